namespace Purser.Gateway.Configuration;

/// <summary>Whether a request is tried again where the provider had it, and its answer broke off before anything of it reached the client.</summary>
public enum RetryBroken
{
    /// <summary>Streams are: what the provider may bill for them is the input, and the little output that had come.</summary>
    Streams,

    /// <summary>Every request is: an answer that isn't streamed may be billed whole, each time.</summary>
    Always,

    /// <summary>None is.</summary>
    Never,
}

/// <summary>In which order the providers of a model are tried.</summary>
public enum Balance
{
    /// <summary>In the order of the configuration, or by their weights where they have some.</summary>
    Order,

    /// <summary>The one first that is the quickest at the moment, with what it has under way.</summary>
    LeastLoaded,
}

/// <summary>How long a provider is waited for, when a request is sent again, and when it's left alone for a while.</summary>
public sealed record ResilienceOptions
{
    /// <summary>The longest that one attempt may take in all, a stream's end included; null for no such limit. 1 to 86,400 seconds.</summary>
    /// <value>The default is null.</value>
    public TimeSpan? AttemptTimeout { get; init; }

    /// <summary>How long a stream may take to its body's first byte; null where only silence counts. 1 to 3,600 seconds.</summary>
    /// <value>The default is null.</value>
    public TimeSpan? FirstTokenTimeout { get; init; }

    /// <summary>How often a request is sent to the same model of the provider again. 0 to 10.</summary>
    /// <value>The default is 2.</value>
    public int Retries { get; init; } = 2;

    /// <summary>The longest wait before an attempt; a provider that wants a longer one isn't tried again. 0 to 600 seconds.</summary>
    /// <value>The default is 5 seconds.</value>
    public TimeSpan RetryWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a request whose answer broke off is sent again.</summary>
    /// <value>The default is <see cref="RetryBroken.Streams"/>.</value>
    public RetryBroken RetryBroken { get; init; }

    /// <summary>The most requests under way at the provider; null for no limit. 1 to 100,000.</summary>
    /// <value>The default is null.</value>
    public int? MaxConcurrency { get; init; }

    /// <summary>The most requests under way for one model of it with one credential; null for no limit. 1 to 100,000.</summary>
    /// <value>The default is null.</value>
    public int? MaxConcurrencyPerKey { get; init; }

    /// <summary>How long a request waits for one of them to end, before the next provider is tried. 0 to 600 seconds.</summary>
    /// <value>The default is 5 seconds.</value>
    public TimeSpan QueueWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After how long a second attempt is begun beside the first, at another provider or with another credential, where no answer has begun. Null:
    /// never. 1 to 3,600 seconds.
    /// </summary>
    /// <value>The default is null.</value>
    public TimeSpan? HedgeAfter { get; init; }

    /// <summary>Its share of the requests for a model that several have; null to stand behind those with a weight. 1 to 1,000.</summary>
    /// <value>The default is null.</value>
    public int? Weight { get; init; }

    /// <summary>Of so many attempts in 30 seconds or more, three of four must fail for a model of the provider to be left alone. 2 to 10,000; 0: it never is.</summary>
    /// <value>The default is 10.</value>
    public int BreakAfter { get; init; } = 10;

    /// <summary>For how long at first; each time that it fails again, for twice as long, up to 8 times. 1 to 600 seconds.</summary>
    /// <value>The default is 15 seconds.</value>
    public TimeSpan BreakTime { get; init; } = TimeSpan.FromSeconds(15);
}
