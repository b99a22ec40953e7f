using System.Globalization;
using Purser.Core.Pricing;

namespace Purser.Core.Budgets;

/// <summary>What happens to a request that a budget has no room for: the money's part of the ladder from re-routing to refusing.</summary>
public enum OnExhausted
{
    /// <summary>It's refused, with all that helps.</summary>
    Block,

    /// <summary>It's admitted: the budget only alerts, and is no hard limit.</summary>
    Alert,

    /// <summary>A cheaper model that fits answers it, where there is one.</summary>
    Downgrade,

    /// <summary>It waits a little for room, then is told when to come again (429).</summary>
    Throttle,

    /// <summary>It waits in turn until room is given back, up to a bound.</summary>
    Queue,

    /// <summary>It's refused, and an approver is asked; a grant lets it through.</summary>
    Ask,
}

/// <summary>What of an unspent limit goes into the next window.</summary>
/// <param name="Percent">How much of what is left, 1 to 100.</param>
/// <param name="Cap">The most, in the budget's unit; at least 1.</param>
public readonly record struct CarryOver(int Percent, long Cap);

/// <summary>A limit: what is admitted in one window of one scope never exceeds it and its grants.</summary>
/// <param name="Id">A stable id, <c>bud_…</c>.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Scope">What it limits.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Window">Over which time.</param>
/// <param name="Limit">The most, in the unit (nano-dollars for dollars); at least 1.</param>
public sealed record Budget(string Id, string Name, BudgetScope Scope, BudgetUnit Unit, BudgetWindow Window, long Limit)
{
    /// <summary>The thresholds of a budget that names none.</summary>
    public static IReadOnlyList<int> DefaultThresholds { get; } = [50, 80, 100];

    /// <summary>What happens where there is no room.</summary>
    public OnExhausted OnExhausted { get; init; }

    /// <summary>Percentages of the limit at which an alert is raised once in a window, ascending, 1 to 100; at most 16.</summary>
    public IReadOnlyList<int> Thresholds { get; init; } = DefaultThresholds;

    /// <summary>
    /// An alert is raised once in a window where the spend so far, carried on to its end, exceeds this percentage of the limit; null for
    /// none. Calendar and anchored windows alone.
    /// </summary>
    public int? ForecastPercent { get; init; }

    /// <summary>What is carried over to the next window; calendar windows alone.</summary>
    public CarryOver? CarryOver { get; init; }

    /// <summary>
    /// The most that a window may borrow from the one after it, which then has so much less; never more than the limit. Calendar windows
    /// alone.
    /// </summary>
    public long? Borrow { get; init; }

    /// <summary>Whether it refuses; the others only alert.</summary>
    public bool IsHard => OnExhausted != OnExhausted.Alert;

    /// <summary>An amount in this budget's unit, for people: dollars with nine decimals, or a whole number.</summary>
    public static string Format(BudgetUnit unit, long amount) =>
        unit == BudgetUnit.Usd ? new Money(amount).ToString() : amount.ToString(CultureInfo.InvariantCulture);

    /// <summary>The same for texts: no zeros at the end. Clients look for statuses in texts, and digits that say nothing may look like one.</summary>
    public static string Text(BudgetUnit unit, long amount) =>
        unit == BudgetUnit.Usd ? new Money(amount).ToText() : amount.ToString(CultureInfo.InvariantCulture);
}
