namespace Purser.Core.Pricing;

/// <summary>What a request may write to the provider's prompt cache. Later values are dearer.</summary>
public enum CacheWriteHint
{
    /// <summary>Nothing: the request asks for no cache, and the provider doesn't cache by itself.</summary>
    None,

    /// <summary>Whatever the provider caches by itself: entries of the default time to live where the price charges for writing them.</summary>
    Automatic,

    /// <summary>Entries of the provider's default time to live, about five minutes.</summary>
    FiveMinutes,

    /// <summary>Entries of one hour, and of the default time to live.</summary>
    OneHour,
}

/// <summary>What a request can use at most. Quantities are never negative.</summary>
public readonly record struct CeilingBounds
{
    /// <summary>The most input tokens, cached or not, of every modality.</summary>
    public required long MaxInputTokens { get; init; }

    /// <summary>The most output tokens of all answers together, reasoning included.</summary>
    public required long MaxOutputTokens { get; init; }

    /// <summary>What may be written to the provider's cache.</summary>
    public CacheWriteHint CacheWriteHint { get; init; }

    /// <summary>Whether the answer may hold audio.</summary>
    public bool AudioOutput { get; init; }

    /// <summary>Whether the input may hold anything but text.</summary>
    public bool NonTextInput { get; init; }

    /// <summary>What some models bill by the piece: images, speech, audio.</summary>
    public PieceBounds Pieces { get; init; }

    /// <summary>The most search units of a reranking.</summary>
    public long SearchUnits { get; init; }

    /// <summary>The most web searches that the provider may make.</summary>
    public long WebSearches { get; init; }

    /// <summary>The most milliseconds that a machine may work on it; null where nothing bounds them, so that a price by the hour has no ceiling.</summary>
    public long? MaxComputeMilliseconds { get; init; }

    /// <summary>The service tier asked for. A provider may serve it at the standard price instead.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Whether the service tier is the one that is billed, whatever the provider does: a batch is never billed at the standard price.</summary>
    public bool TierIsCertain { get; init; }

    /// <summary>Where inference has to stay: asked for, or what the provider's account is set to.</summary>
    public string? InferenceGeo { get; init; }

    /// <summary>The speed asked for. A provider may serve it at the standard price instead.</summary>
    public string? Speed { get; init; }
}
