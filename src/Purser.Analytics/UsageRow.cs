using Purser.Core.Usage;

namespace Purser.Analytics;

/// <summary>One attempt, one refusal or one correction, as the journal has it: what all figures are summed from.</summary>
public sealed record UsageRow
{
    /// <summary>The number of its entry in the journal.</summary>
    public required long Seq { get; init; }

    /// <summary>When the entry was written, microseconds since 1970 UTC.</summary>
    public required long RecordedAt { get; init; }

    /// <summary>When its request came in, microseconds since 1970 UTC.</summary>
    public required long StartedAt { get; init; }

    /// <summary>The request.</summary>
    public required Guid Request { get; init; }

    /// <summary>Which attempt of it; 0 for a refusal.</summary>
    public required byte Attempt { get; init; }

    /// <summary>Whether it corrects the cost of the attempt, and says nothing else of it: its cost is the difference.</summary>
    public bool IsCorrection { get; init; }

    /// <summary>Whom it was for: the number of the entry that says so.</summary>
    public required long SubjectId { get; init; }

    /// <summary>Where it went: the number of the entry that says so.</summary>
    public required long RouteId { get; init; }

    /// <summary>How it ended, by its name in reports.</summary>
    public required string Outcome { get; init; }

    /// <summary>The HTTP status; 0 where there was none.</summary>
    public int Status { get; init; }

    /// <summary>Whether a stream was asked for.</summary>
    public bool Stream { get; init; }

    /// <summary>The model that the response named.</summary>
    public string? ModelServed { get; init; }

    /// <summary>The entry of the price book that it was charged by, where it isn't its route's.</summary>
    public string? PriceEntry { get; init; }

    /// <summary>The service tier that it was billed on.</summary>
    public required string ServiceTier { get; init; }

    /// <summary>Why it was refused, where it was.</summary>
    public string? RefusalCode { get; init; }

    /// <summary>What routing's part in it was; null where it had none.</summary>
    public string? RouteMode { get; init; }

    /// <summary>The routing policy; null where there is none.</summary>
    public string? RoutePolicy { get; init; }

    /// <summary>What was used.</summary>
    public TokenUsage Usage { get; init; }

    /// <summary>What it cost, nano-dollars.</summary>
    public required long CostNanos { get; init; }

    /// <summary>What it would have cost at list prices, where the caller's own subscription paid, nano-dollars.</summary>
    public long NotBilledNanos { get; init; }

    /// <summary>Whether it was posted at the best-known usage.</summary>
    public bool Estimated { get; init; }

    /// <summary>Whether what it cost isn't known.</summary>
    public bool Unconfirmed { get; init; }

    /// <summary>Time to the first byte, microseconds; 0 where there was none.</summary>
    public long TimeToFirstByte { get; init; }

    /// <summary>Time to the end, microseconds.</summary>
    public long Duration { get; init; }

    /// <summary>
    /// For each earlier attempt of the same request, in which of <see cref="AttemptTraits"/> it's the same; null where there was none. By it a
    /// request is counted once in each row of a report, however it's grouped, and sums of rows stay sums.
    /// </summary>
    public IReadOnlyList<int>? Repeats { get; init; }
}

/// <summary>What can differ between attempts of one request. Bits, which are kept in files: they never change.</summary>
[Flags]
public enum AttemptTraits
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The provider.</summary>
    Provider = 1,

    /// <summary>The model that the provider was asked for.</summary>
    Model = 2,

    /// <summary>The model that answered.</summary>
    ModelServed = 4,

    /// <summary>How it ended.</summary>
    Outcome = 8,

    /// <summary>The service tier.</summary>
    ServiceTier = 16,

    /// <summary>The entry of the price book.</summary>
    PriceEntry = 32,

    /// <summary>The earlier one was posted at the best-known usage.</summary>
    Estimated = 64,

    /// <summary>What the earlier one cost isn't known.</summary>
    Unconfirmed = 128,

    /// <summary>What the client asked for.</summary>
    ModelRequested = 256,

    /// <summary>Routing's part.</summary>
    Routing = 512,
}

/// <summary>Whom attempts were for.</summary>
public sealed record UsageSubject
{
    /// <summary>The key's id.</summary>
    public required string Key { get; init; }

    /// <summary>The account ids from the key's own up, joined by <c>/</c>.</summary>
    public required string AccountPath { get; init; }

    /// <summary>The organization's id.</summary>
    public string? Organization { get; init; }

    /// <summary>The department's id.</summary>
    public string? Department { get; init; }

    /// <summary>The team's id.</summary>
    public string? Team { get; init; }

    /// <summary>The project's id.</summary>
    public string? Project { get; init; }

    /// <summary>The member's id.</summary>
    public string? Member { get; init; }

    /// <summary>The end user, as the client named them.</summary>
    public string? EndUser { get; init; }

    /// <summary>The client's session.</summary>
    public string? Session { get; init; }

    /// <summary>The agent.</summary>
    public string? Agent { get; init; }

    /// <summary>The run, or else the session.</summary>
    public string? Run { get; init; }

    /// <summary>The repository.</summary>
    public string? Repository { get; init; }

    /// <summary>The branch.</summary>
    public string? Branch { get; init; }

    /// <summary>The tags, as a JSON object of texts; null where there are none.</summary>
    public string? Tags { get; init; }
}

/// <summary>What was asked for, and where it went.</summary>
/// <param name="Api">The client's wire format.</param>
/// <param name="ModelRequested">The model that the client named.</param>
/// <param name="Provider">The provider; null where none was chosen.</param>
/// <param name="Model">The model that it was asked for; null where none was chosen.</param>
/// <param name="PriceEntry">The entry of the price book; null where none was chosen.</param>
public sealed record UsageRoute(string Api, string ModelRequested, string? Provider, string? Model, string? PriceEntry);
