using Purser.Core.Budgets;
using Purser.Core.Pricing;

namespace Purser.Core.Ledger;

/// <summary>
/// The tokens of an amount by class. Of what was used the classes are disjoint; of what is held each is the most that it alone can be, so
/// they sum to more than the whole.
/// </summary>
/// <param name="Input">All input, cached included.</param>
/// <param name="CacheRead">Read from a prompt cache.</param>
/// <param name="CacheWrite">Written to a prompt cache.</param>
/// <param name="Output">All output, reasoning included.</param>
/// <param name="Reasoning">Reasoning.</param>
public readonly record struct TokenParts(long Input, long CacheRead, long CacheWrite, long Output, long Reasoning)
{
    /// <summary>The most that each class can be, of so much input and output.</summary>
    public static TokenParts AtMost(long input, long output) => new(input, input, input, output, output);

    /// <summary>Whether no class is negative.</summary>
    public bool IsValid => Input >= 0 && CacheRead >= 0 && CacheWrite >= 0 && Output >= 0 && Reasoning >= 0;

    /// <summary>The sum, checked.</summary>
    public static TokenParts operator +(TokenParts left, TokenParts right) =>
        checked(
            new(
                left.Input + right.Input,
                left.CacheRead + right.CacheRead,
                left.CacheWrite + right.CacheWrite,
                left.Output + right.Output,
                left.Reasoning + right.Reasoning
            )
        );

    /// <summary>Each class by which the left exceeds the right; zero where it doesn't.</summary>
    public static TokenParts Excess(TokenParts left, TokenParts right) =>
        new(
            Math.Max(0, left.Input - right.Input),
            Math.Max(0, left.CacheRead - right.CacheRead),
            Math.Max(0, left.CacheWrite - right.CacheWrite),
            Math.Max(0, left.Output - right.Output),
            Math.Max(0, left.Reasoning - right.Reasoning)
        );
}

/// <summary>What one transfer moves, in every unit that a budget can be written in. Negative in adjustments alone.</summary>
/// <param name="Cost">Money.</param>
/// <param name="Tokens">Input and output tokens together.</param>
/// <param name="Requests">Requests; 1 for a request's first attempt and 0 for its retries.</param>
public readonly record struct Amount(Money Cost, long Tokens, long Requests)
{
    /// <summary>The tokens by class.</summary>
    public TokenParts Parts { get; init; }

    /// <summary>Nothing.</summary>
    public static Amount Zero => default;

    /// <summary>The amount in one unit: nano-dollars, tokens or requests.</summary>
    public long In(BudgetUnit unit) =>
        unit switch
        {
            BudgetUnit.Usd => Cost.Nanos,
            BudgetUnit.Tokens => Tokens,
            BudgetUnit.Requests => Requests,
            BudgetUnit.InputTokens => Parts.Input,
            BudgetUnit.CacheReadTokens => Parts.CacheRead,
            BudgetUnit.CacheWriteTokens => Parts.CacheWrite,
            BudgetUnit.OutputTokens => Parts.Output,
            BudgetUnit.ReasoningTokens => Parts.Reasoning,
            // Held by the ledger for as long as an attempt is under way; nothing is ever spent.
            BudgetUnit.Concurrency => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(unit)),
        };

    /// <summary>What holding the amount takes of a budget in one unit: of concurrent attempts one, else the amount itself.</summary>
    public long HeldIn(BudgetUnit unit) => unit == BudgetUnit.Concurrency ? 1 : In(unit);

    /// <summary>The most that one attempt can cost: a million dollars. Thousands of them can be added up in 64 bits.</summary>
    public static Money MostCost => new(1_000_000 * Money.NanosPerDollar);

    /// <summary>The most tokens that one attempt can use, of each class and of all together: 10¹³.</summary>
    public const long MostTokens = 10_000_000_000_000;

    /// <summary>Whether no part is negative.</summary>
    public bool IsValid => Cost.Nanos >= 0 && Tokens >= 0 && Requests >= 0 && Parts.IsValid;

    /// <summary>Whether it's valid, and no more than one attempt can be.</summary>
    public bool IsPlausible =>
        IsValid
        && Cost <= MostCost
        && Tokens <= MostTokens
        && Requests <= MostTokens
        && Parts
            is {
                Input: <= MostTokens,
                CacheRead: <= MostTokens,
                CacheWrite: <= MostTokens,
                Output: <= MostTokens,
                Reasoning: <= MostTokens,
            };

    /// <summary>The sum, checked.</summary>
    public static Amount operator +(Amount left, Amount right) =>
        new(left.Cost + right.Cost, checked(left.Tokens + right.Tokens), checked(left.Requests + right.Requests))
        {
            Parts = left.Parts + right.Parts,
        };

    /// <summary>What the left exceeds the right by, part by part; zero where it doesn't.</summary>
    public static Amount Excess(Amount left, Amount right) =>
        new(
            new(Math.Max(0, left.Cost.Nanos - right.Cost.Nanos)),
            Math.Max(0, left.Tokens - right.Tokens),
            Math.Max(0, left.Requests - right.Requests)
        )
        {
            Parts = TokenParts.Excess(left.Parts, right.Parts),
        };
}
