using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>
/// All that a <see cref="LedgerState"/> is at one moment. A ledger made from it goes on as the one it was taken of would have; so a start
/// carries out the journal from there, and not from its first entry.
/// </summary>
/// <param name="HighWater">The ledger's clock.</param>
/// <param name="Budgets">The budgets, in the order they came.</param>
/// <param name="Lines">Their lines; those that are no longer found, but hold something, included.</param>
/// <param name="Balances">The balances of the lines, also of windows that are over and in which something is under way.</param>
/// <param name="Open">The reservations under way.</param>
public sealed record LedgerImage(
    DateTimeOffset HighWater,
    IReadOnlyList<Budget> Budgets,
    IReadOnlyList<LineImage> Lines,
    IReadOnlyList<BalanceImage> Balances,
    IReadOnlyList<ReservationImage> Open
);

/// <summary>One budget, or one of those that it stands for.</summary>
/// <param name="BudgetId">The budget.</param>
/// <param name="Instance">Which one; else its scope.</param>
/// <param name="Found">Whether requests still find it.</param>
/// <param name="UsedAt">When it was last used, or null.</param>
/// <param name="Balance">The place of its present balance among <see cref="LedgerImage.Balances"/>.</param>
/// <param name="Previous">The place of the one before, where it's remembered.</param>
/// <param name="Waiting">Grants whose window has not begun.</param>
/// <param name="Known">The ids of the grants that it ever had, where it has to know.</param>
public sealed record LineImage(
    string BudgetId,
    BudgetScope Instance,
    bool Found,
    DateTimeOffset? UsedAt,
    int Balance,
    int? Previous,
    IReadOnlyList<Grant> Waiting,
    IReadOnlyCollection<string> Known
);

/// <summary>What is spent and held in one window of a line, in its budget's unit.</summary>
/// <param name="Line">The place of the line among <see cref="LedgerImage.Lines"/>.</param>
/// <param name="Window">The window.</param>
/// <param name="Posted">Settled.</param>
/// <param name="Pending">Held.</param>
/// <param name="Residue">What grants that have ended were spent on.</param>
/// <param name="Granted">What grants add now.</param>
/// <param name="GivenAway">What of it is below zero.</param>
/// <param name="CarriedOn">What the next window has taken over.</param>
/// <param name="Borrowed">What was borrowed from the next window.</param>
/// <param name="Fired">Which thresholds have been reached.</param>
/// <param name="NextGrantChange">When a grant begins or ends next.</param>
/// <param name="Grants">The grants that count, or will, in the window.</param>
/// <param name="Buckets">The stretches of a rolling window.</param>
public sealed record BalanceImage(
    int Line,
    WindowSpan Window,
    Int128 Posted,
    Int128 Pending,
    Int128 Residue,
    Int128 Granted,
    Int128 GivenAway,
    Int128 CarriedOn,
    Int128 Borrowed,
    int Fired,
    DateTimeOffset NextGrantChange,
    IReadOnlyList<Grant> Grants,
    IReadOnlyList<BucketImage> Buckets
);

/// <summary>A stretch of a rolling window.</summary>
/// <param name="Key">Its number.</param>
/// <param name="Posted">Settled of what was admitted in it.</param>
public readonly record struct BucketImage(long Key, Int128 Posted);

/// <summary>Money held for an attempt.</summary>
/// <param name="Id">The attempt.</param>
/// <param name="Held">How much.</param>
/// <param name="AdmittedAt">When it was admitted.</param>
/// <param name="SubjectId">The number of its subject; see <see cref="Reservation.SubjectId"/>.</param>
/// <param name="RouteId">The number of its route.</param>
/// <param name="Balances">The places of the balances that hold it.</param>
public sealed record ReservationImage(
    AttemptId Id,
    Amount Held,
    DateTimeOffset AdmittedAt,
    long SubjectId,
    long RouteId,
    IReadOnlyList<int> Balances
);
