using Purser.Core.Budgets;
using Purser.Core.Pricing;

namespace Purser.Core.Ledger;

/// <summary>What one transfer moves, in every unit that a budget can be written in. Never negative.</summary>
/// <param name="Cost">Money.</param>
/// <param name="Tokens">Input and output tokens together.</param>
/// <param name="Requests">Requests; 1 for a request's first attempt and 0 for its retries.</param>
public readonly record struct Amount(Money Cost, long Tokens, long Requests)
{
    /// <summary>Nothing.</summary>
    public static Amount Zero => default;

    /// <summary>The amount in one unit: nano-dollars, tokens or requests.</summary>
    public long In(BudgetUnit unit) =>
        unit switch
        {
            BudgetUnit.Usd => Cost.Nanos,
            BudgetUnit.Tokens => Tokens,
            BudgetUnit.Requests => Requests,
            _ => throw new ArgumentOutOfRangeException(nameof(unit)),
        };

    /// <summary>Whether no part is negative.</summary>
    public bool IsValid => Cost.Nanos >= 0 && Tokens >= 0 && Requests >= 0;

    /// <summary>The sum, checked.</summary>
    public static Amount operator +(Amount left, Amount right) =>
        new(left.Cost + right.Cost, checked(left.Tokens + right.Tokens), checked(left.Requests + right.Requests));
}
