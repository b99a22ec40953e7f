using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Core.Ledger;

/// <summary>How an attempt ended.</summary>
public enum Outcome
{
    /// <summary>The provider answered in full.</summary>
    Completed,

    /// <summary>The provider answered with an error.</summary>
    ProviderError,

    /// <summary>The client left before the answer's end.</summary>
    ClientClosed,

    /// <summary>The provider's answer broke off, or wasn't of its format.</summary>
    Cut,

    /// <summary>The provider didn't answer in time.</summary>
    Timeout,

    /// <summary>Purser refused the request; no provider saw it.</summary>
    Refused,

    /// <summary>The process ended while the attempt was under way.</summary>
    Unconfirmed,

    /// <summary>The provider could not be reached.</summary>
    Void,

    /// <summary>Purser ended the stream: a budget had no room for more of it.</summary>
    CutOff,
}

/// <summary>What one attempt (or one refusal) was and used: the row that reports are made of.</summary>
public sealed record UsageEvent
{
    /// <summary>Which attempt; attempt 0 is a refusal.</summary>
    public required AttemptId Attempt { get; init; }

    /// <summary>When the request came in, microseconds since 1970 UTC.</summary>
    public required long StartedAt { get; init; }

    /// <summary>How it ended.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>The HTTP status that the provider (or for a refusal, Purser) answered; 0 where there was none.</summary>
    public int Status { get; init; }

    /// <summary>Whether the client asked for a stream.</summary>
    public bool Stream { get; init; }

    /// <summary>The model that the response named, where it did.</summary>
    public string? ModelServed { get; init; }

    /// <summary>The provider's own id of the response.</summary>
    public string? ProviderRequestId { get; init; }

    /// <summary>What was used.</summary>
    public TokenUsage Usage { get; init; }

    /// <summary>What it cost.</summary>
    public Money Cost { get; init; }

    /// <summary>What was reserved.</summary>
    public Money Ceiling { get; init; }

    /// <summary>Marks, as on the journal's entry.</summary>
    public JournalMarks Marks { get; init; }

    /// <summary>Time to the provider's first byte of the body, microseconds; 0 where there was none.</summary>
    public long TimeToFirstByte { get; init; }

    /// <summary>Time to the end, microseconds.</summary>
    public long Duration { get; init; }

    /// <summary>The decision in detail, JSON: budgets at the reservation, the refusal, terms of the price, violations.</summary>
    public string? Detail { get; init; }
}
