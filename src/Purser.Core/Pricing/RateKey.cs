using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>The name of a rate in a price file: which class it prices, and the unit that the name ends in.</summary>
/// <param name="Name">The key as it is written, such as <c>cache_write_5m_per_mtok</c>.</param>
/// <param name="Class">The class of usage that it prices.</param>
/// <param name="Unit">What the rate is for one of.</param>
public sealed record RateKey(string Name, UsageClass Class, PriceUnit Unit)
{
    /// <summary>Every key, in the order of <see cref="UsageClass"/>. <c>prices/units.yml</c> says the same in words.</summary>
    public static IReadOnlyList<RateKey> All { get; } =
    [
        new("input_per_mtok", UsageClass.Input, PriceUnit.MillionTokens),
        new("cache_read_per_mtok", UsageClass.CacheRead, PriceUnit.MillionTokens),
        new("cache_write_5m_per_mtok", UsageClass.CacheWrite5m, PriceUnit.MillionTokens),
        new("cache_write_1h_per_mtok", UsageClass.CacheWrite1h, PriceUnit.MillionTokens),
        new("output_per_mtok", UsageClass.Output, PriceUnit.MillionTokens),
        new("reasoning_output_per_mtok", UsageClass.ReasoningOutput, PriceUnit.MillionTokens),
        new("audio_input_per_mtok", UsageClass.AudioInput, PriceUnit.MillionTokens),
        new("audio_cache_read_per_mtok", UsageClass.AudioCacheRead, PriceUnit.MillionTokens),
        new("audio_output_per_mtok", UsageClass.AudioOutput, PriceUnit.MillionTokens),
        new("image_input_per_mtok", UsageClass.ImageInput, PriceUnit.MillionTokens),
        new("image_cache_read_per_mtok", UsageClass.ImageCacheRead, PriceUnit.MillionTokens),
        new("image_output_per_mtok", UsageClass.ImageOutput, PriceUnit.MillionTokens),
        new("web_search_per_call", UsageClass.WebSearch, PriceUnit.Call),
    ];

    /// <summary>The key of a class.</summary>
    public static RateKey Of(UsageClass usageClass) => All[(int)usageClass];
}
