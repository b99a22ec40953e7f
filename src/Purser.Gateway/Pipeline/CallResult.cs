using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Routing.Escalation;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>How a call to a provider went: what money and the client need to know of it.</summary>
internal sealed class CallResult
{
    /// <summary>How it ended.</summary>
    public Outcome Outcome { get; set; } = Outcome.Completed;

    /// <summary>The provider's HTTP status; 0 where it gave none.</summary>
    public int Status { get; set; }

    /// <summary>The id of the credential that the provider was called with; null where there was none yet.</summary>
    public string? Credential { get; init; }

    /// <summary>Whether the request can have reached the provider.</summary>
    public bool Dispatched { get; set; } = true;

    /// <summary>What the answer's bytes said about usage.</summary>
    public UsageReading Reading { get; } = new();

    /// <summary>What the client is told where the provider gave no answer of its own.</summary>
    public Refusal? Failure { get; set; }

    /// <summary>Whether it was stopped because its price lets it take no longer: no fault of the provider's.</summary>
    public bool IsOverLimit { get; set; }

    /// <summary>How long a provider that refused asks to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>Whether a provider that refused says that trying again can't help.</summary>
    public bool ForbidsRetry { get; set; }

    /// <summary>Whether a provider says in its error alone, by no status that others use so, that the model has failed: it may serve the next time.</summary>
    public bool SaysModelFailed { get; set; }

    /// <summary>Whether a provider says in its error alone that the credential isn't valid, as Google does with status 400.</summary>
    public bool SaysKeyIsInvalid { get; set; }

    /// <summary>Why the attempt was made, where it's not the first choice; else null.</summary>
    public string? Because { get; set; }

    /// <summary>What became of the checks of the answer; null where none were made.</summary>
    public AnswerWatch? Checked { get; set; }

    /// <summary>Time to the first byte of the body, microseconds; 0 where none came.</summary>
    public long FirstByteUs { get; set; }

    /// <summary>Time to the end, microseconds.</summary>
    public long DurationUs { get; set; }

    /// <summary>Time from sending the request to the end, microseconds; 0 where that wasn't measured.</summary>
    public long ProviderUs { get; set; }

    /// <summary>Tokens of thinking that the stream may not have shown: the time in which it could think, at the fastest known pace.</summary>
    public long HiddenTokens { get; set; }

    /// <summary>Bytes of an answer that is no stream of events and no error, as far as it was read; they bound the tokens that it shows.</summary>
    public long BodyBytes { get; set; }

    /// <summary>The budget that had no room for more of the stream.</summary>
    public BalanceSnapshot? StoppedBy { get; set; }

    /// <summary>Whether the answer was a stream of events.</summary>
    public bool Streamed { get; set; }
}
