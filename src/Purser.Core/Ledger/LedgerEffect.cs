using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>What a budget's balance reached.</summary>
public enum CrossingKind
{
    /// <summary>A percentage of the limit is spent.</summary>
    Threshold,

    /// <summary>At this pace the limit will be exceeded before the window ends.</summary>
    Forecast,

    /// <summary>A request was refused for want of room.</summary>
    Exhausted,

    /// <summary>More is spent than the limit and its grants, by a named cause.</summary>
    Exceeded,
}

/// <summary>Something that a person should be told, once for each window of a budget.</summary>
/// <param name="Kind">What.</param>
/// <param name="Percent">The threshold; 0 where there is none.</param>
/// <param name="Balance">The figures when it happened.</param>
/// <param name="At">When, by the ledger's clock.</param>
public sealed record Crossing(CrossingKind Kind, int Percent, BalanceSnapshot Balance, DateTimeOffset At);
