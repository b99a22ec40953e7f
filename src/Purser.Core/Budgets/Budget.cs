using Purser.Core.Pricing;

namespace Purser.Core.Budgets;

/// <summary>What a budget counts.</summary>
public enum BudgetUnit
{
    /// <summary>US dollars; amounts are nano-dollars.</summary>
    Usd,

    /// <summary>Input and output tokens together.</summary>
    Tokens,

    /// <summary>Requests.</summary>
    Requests,
}

/// <summary>What kind of thing a budget is for.</summary>
public enum ScopeKind
{
    /// <summary>An account, with all that is below it.</summary>
    Account,

    /// <summary>One virtual key.</summary>
    Key,
}

/// <summary>One thing that a request is counted under.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its id.</param>
public readonly record struct Scope(ScopeKind Kind, string Id);

/// <summary>A hard limit: what is admitted in one window of one scope never exceeds it.</summary>
/// <param name="Id">A stable id, <c>bud_…</c>.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Scope">What it limits.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Window">Over which time.</param>
/// <param name="Limit">The most, in the unit (nano-dollars for dollars); at least 1.</param>
public sealed record Budget(string Id, string Name, Scope Scope, BudgetUnit Unit, BudgetWindow Window, long Limit)
{
    /// <summary>An amount in this budget's unit, for people: dollars with nine decimals, or a whole number.</summary>
    public static string Format(BudgetUnit unit, long amount) =>
        unit == BudgetUnit.Usd ? new Money(amount).ToString() : amount.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
