namespace Purser.Auditor;

/// <summary>
/// What the auditor is told of a budget. Scopes are <c>kind:id</c>; <c>kind:*</c> and <c>tag:name=*</c> stand for each one, and no id has a
/// star of its own.
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="First">Its scope.</param>
/// <param name="Second">The second part of a pair, or null.</param>
/// <param name="Unit">One of <see cref="AuditUnits.Names"/>.</param>
/// <param name="Window">minute, hour, day, week, month, quarter, year, rolling, anchored, run, or forever.</param>
/// <param name="Limit">The most.</param>
public sealed record AuditBudget(string Id, string First, string? Second, string Unit, string Window, long Limit)
{
    /// <summary>The time zone's IANA name.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>The first day of a week: 0 for Sunday to 6.</summary>
    public int WeekStart { get; init; } = 1;

    /// <summary>The first month of a year, 1 to 12.</summary>
    public int YearStart { get; init; } = 1;

    /// <summary>Of rolling and anchored windows, in microseconds.</summary>
    public long Length { get; init; }

    /// <summary>Whether it refuses.</summary>
    public bool IsHard { get; init; }

    /// <summary>How much of what is left is carried over, or 0.</summary>
    public int CarryPercent { get; init; }

    /// <summary>The most that is carried over.</summary>
    public long CarryCap { get; init; }

    /// <summary>The most that is borrowed in one window.</summary>
    public long Borrow { get; init; }

    internal bool IsCalendar => Window is not ("rolling" or "anchored" or "run" or "forever");

    internal bool IsEach => IsEachOne(First) || (Second is not null && IsEachOne(Second));

    /// <summary>The things that it stands for among the scopes of one request.</summary>
    internal IEnumerable<string> Instances(IReadOnlyList<string> scopes) =>
        (
            from first in scopes
            where Covers(First, first)
            from second in Second is null ? (IEnumerable<string?>)[null] : scopes.Where(other => Covers(Second, other))
            select second is null ? first : $"{first}+{second}"
        ).Distinct();

    private static bool IsEachOne(string scope) =>
        scope.EndsWith(":*", StringComparison.Ordinal) || scope.EndsWith("=*", StringComparison.Ordinal);

    private static bool Covers(string written, string concrete) =>
        written == concrete || (IsEachOne(written) && concrete.StartsWith(written[..^1], StringComparison.Ordinal));
}

/// <summary>What the auditor is told of a grant. Times are microseconds since 1970 UTC.</summary>
/// <param name="Id">Its id: the same one twice is one.</param>
/// <param name="BudgetId">The budget.</param>
/// <param name="Instance">The thing that it's for.</param>
/// <param name="Amount">What it adds; negative for what is given away.</param>
/// <param name="From">The first instant that it counts at.</param>
/// <param name="Until">The first that it doesn't, or null.</param>
/// <param name="Cause">approved, carried, borrowed, lent or gift.</param>
public sealed record AuditGrant(string Id, string BudgetId, string Instance, long Amount, long From, long? Until, string Cause);

/// <summary>What the engine says of one budget (or one thing that it stands for) now.</summary>
/// <param name="BudgetId">The budget.</param>
/// <param name="Instance">The thing.</param>
/// <param name="Start">The window's first instant, in microseconds since 1970 UTC; the smallest number where it has none.</param>
/// <param name="End">The first instant after it; the largest number where there is none.</param>
/// <param name="Posted">Settled.</param>
/// <param name="Pending">Held.</param>
/// <param name="Limit">The limit and its grants, at least 0.</param>
public readonly record struct AuditFigures(string BudgetId, string Instance, long Start, long End, long Posted, long Pending, long Limit);

/// <summary>An invariant doesn't hold.</summary>
/// <param name="invariant">I1 to I7.</param>
/// <param name="words">What is wrong.</param>
public sealed class AuditException(string invariant, string words) : Exception($"{invariant}: {words}")
{
    /// <summary>I1 to I7.</summary>
    public string Invariant => invariant;
}
