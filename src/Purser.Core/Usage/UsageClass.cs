namespace Purser.Core.Usage;

/// <summary>
/// The disjoint classes that a request's usage is counted in. Each unit that a provider bills is in exactly one class,
/// so the sum over the classes is the bill. Every provider's reader maps its own semantics to these.
/// </summary>
public enum UsageClass
{
    /// <summary>Text input tokens that were neither read from nor written to a prompt cache.</summary>
    Input,

    /// <summary>Text input tokens read from a prompt cache.</summary>
    CacheRead,

    /// <summary>Input tokens written to a prompt cache that lives about five minutes (the provider's default time to live).</summary>
    CacheWrite5m,

    /// <summary>Input tokens written to a prompt cache that lives one hour.</summary>
    CacheWrite1h,

    /// <summary>Text output tokens that the caller can see.</summary>
    Output,

    /// <summary>Output tokens spent on reasoning (thinking), visible or not.</summary>
    ReasoningOutput,

    /// <summary>Audio input tokens that were not read from a cache.</summary>
    AudioInput,

    /// <summary>Audio input tokens read from a prompt cache.</summary>
    AudioCacheRead,

    /// <summary>Audio output tokens.</summary>
    AudioOutput,

    /// <summary>Image input tokens that were not read from a cache.</summary>
    ImageInput,

    /// <summary>Image input tokens read from a prompt cache.</summary>
    ImageCacheRead,

    /// <summary>Image output tokens.</summary>
    ImageOutput,

    /// <summary>Web searches that the provider made for the request (calls, not tokens).</summary>
    WebSearch,
}
