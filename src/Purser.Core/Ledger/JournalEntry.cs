namespace Purser.Core.Ledger;

/// <summary>What a journal entry records.</summary>
public enum JournalKind
{
    /// <summary>Money is held for an attempt, before it leaves the process.</summary>
    Reserve = 1,

    /// <summary>An attempt's actual cost; its hold is released.</summary>
    Post = 2,

    /// <summary>An attempt never reached a provider; its hold is released.</summary>
    Void = 3,

    /// <summary>A change of accounts, keys or budgets, with its text in <see cref="JournalEntry.Text"/>.</summary>
    Control = 4,

    /// <summary>More is held for an attempt under way.</summary>
    Extend = 5,

    /// <summary>An addition to a budget's limit, with its text in <see cref="JournalEntry.Text"/>.</summary>
    Grant = 6,

    /// <summary>
    /// A correction of what was posted for an attempt: the amount is the difference, negative where less was billed; its reason is in
    /// <see cref="JournalEntry.Text"/>.
    /// </summary>
    Adjust = 7,

    /// <summary>Whom later entries are for, who name it by this entry's number.</summary>
    Subject = 8,

    /// <summary>What was asked for and where it went; later entries name it by this entry's number.</summary>
    Route = 9,

    /// <summary>Why a request was refused. No money moved.</summary>
    Refusal = 10,

    /// <summary>
    /// The balances after the entry before were kept, for the next start; their hash is in <see cref="JournalEntry.Text"/>. It changes nothing.
    /// </summary>
    Snapshot = 11,
}

/// <summary>Marks on a posted entry.</summary>
[Flags]
public enum JournalMarks
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The provider gave no final usage: the amount is the best-known one, on the safe side.</summary>
    Estimated = 1,

    /// <summary>
    /// What it cost isn't known: the process ended before the attempt was settled, and it was posted at its ceiling after the restart; or the
    /// provider's figures are beyond belief, and the most that one attempt can cost was posted.
    /// </summary>
    Unconfirmed = 2,

    /// <summary>The provider billed more than was reserved; all of it is posted.</summary>
    Overage = 4,

    /// <summary>The provider was called on the caller's own subscription: it costs nothing here, whatever its list price.</summary>
    Subscription = 8,
}

/// <summary>
/// One entry of the journal of money. Entries are only ever appended, and each one's hash covers all before it
/// (<see cref="JournalChain"/>). Balances, reports and lists are made of entries alone.
/// </summary>
public readonly record struct JournalEntry
{
    /// <summary>The entry's place, from 1, without gaps.</summary>
    public long Seq { get; init; }

    /// <summary>When it was written, in microseconds since 1970 UTC, by the ledger's high-water clock: never less than the entry before.</summary>
    public long At { get; init; }

    /// <summary>What it records.</summary>
    public JournalKind Kind { get; init; }

    /// <summary>Which attempt; default where it's about none.</summary>
    public AttemptId Attempt { get; init; }

    /// <summary>The number of the entry that says whom the attempt is for; 0 where it's about none.</summary>
    public long SubjectId { get; init; }

    /// <summary>The number of the entry that says where the attempt went; 0 where it's about none.</summary>
    public long RouteId { get; init; }

    /// <summary>When the attempt was admitted, in microseconds since 1970 UTC: the windows its charge belongs to.</summary>
    public long AdmittedAt { get; init; }

    /// <summary>Held (reserve, extend), spent (post) or corrected by (adjust).</summary>
    public Amount Amount { get; init; }

    /// <summary>Marks.</summary>
    public JournalMarks Marks => Event?.Marks ?? JournalMarks.None;

    /// <summary>What the attempt was and used (post, void), or the refusal.</summary>
    public UsageEvent? Event { get; init; }

    /// <summary>The text of a change, a grant, an adjustment or a snapshot, JSON.</summary>
    public string? Text { get; init; }

    /// <summary>The texts of a subject or a route, null where one is absent; null itself where it's neither.</summary>
    public IReadOnlyList<string?>? Definition { get; init; }
}
