using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Providers.Bodies;

/// <summary>What a body, or the usage object of one, says that is billed.</summary>
/// <param name="Usage">In disjoint classes; meaningless where there is an <paramref name="Error"/>.</param>
/// <param name="Terms">What the body says of its service tier, geography and speed, in the price book's words.</param>
/// <param name="ServedModel">The model that the body names; null where it names none.</param>
/// <param name="Video">Video input, which isn't in <paramref name="Usage"/>: what it is billed as depends on the price.</param>
/// <param name="Error">Why it can't be billed exactly, in words that quote nothing of the body; null where it can.</param>
public readonly record struct BodyUsage(TokenUsage Usage, PricingTerms Terms, string? ServedModel, VideoInput Video, string? Error)
{
    /// <summary>Why the request isn't billed though it has no usage, such as one of a batch that failed; null where it is billed.</summary>
    public string? NotBilled { get; init; }

    /// <summary>Whether the answer counts nothing, so that only a price that says <c>free: true</c> can price it.</summary>
    public bool CountsNothing { get; init; }

    /// <summary>
    /// How long the provider's machine worked on it, as it says itself, in milliseconds; 0 where it doesn't say. It isn't in <see cref="Usage"/>:
    /// it is billed only where the price is by the hour.
    /// </summary>
    public long ComputeMilliseconds { get; init; }

    /// <summary>
    /// Cached input tokens in <see cref="Usage"/> that are counted as text and may be audio: it has an exact cost only where that makes no
    /// difference to it. 0 where all are told apart.
    /// </summary>
    public long CachedTextOrAudio { get; init; }

    /// <summary>What the provider itself says that the request cost, in USD; null where it doesn't.</summary>
    public decimal? ProviderCostUsd { get; init; }

    /// <summary>What another provider bills beside that on the caller's own key (OpenRouter's BYOK), in USD; null where nothing is.</summary>
    public decimal? UpstreamCostUsd { get; init; }

    /// <summary>What a reading comes to when all is read.</summary>
    internal static BodyUsage Of(UsageReading reading, VideoInput video)
    {
        if (reading.OtherModels.Count > 0)
        {
            reading.AddViolation("a part was billed on another model");
        }
        if (!reading.HasUsage && reading.Violation is null && reading.NotBilled is null)
        {
            reading.AddViolation("the usage is missing");
        }
        var terms = new PricingTerms(reading.ServiceTier, reading.InferenceGeo, reading.Speed) { Variant = reading.Variant };
        return new BodyUsage(reading.Usage, terms, reading.ServedModel, video, reading.Violation)
        {
            NotBilled = reading.Violation is null ? reading.NotBilled : null,
            CountsNothing = reading.CountsNothing,
            ComputeMilliseconds = reading.ComputeMilliseconds,
            CachedTextOrAudio = reading.CachedTextOrAudio,
            ProviderCostUsd = reading.ProviderCostUsd,
            UpstreamCostUsd = reading.UpstreamCostUsd,
        };
    }
}

/// <summary>Video input. It is billed at its own rate where the price has one, and as text where the vendor lists one rate for text, images and video.</summary>
/// <param name="Fresh">Tokens that were not read from a cache.</param>
/// <param name="CacheRead">Tokens read from a cache.</param>
public readonly record struct VideoInput(long Fresh, long CacheRead)
{
    /// <summary>
    /// Puts it into a usage as Google bills it: one rate holds for text, images and video, unless another is listed for images: then video has one
    /// too. False where it hasn't.
    /// </summary>
    /// <param name="price">The price in force.</param>
    /// <param name="usage">The usage beside the video; its images become text where they have no rate.</param>
    public bool TryAdd(SkuPrice price, ref TokenUsage usage)
    {
        var rates = price.Standard.Rates;
        var hasImageRate = rates.IsPriced(UsageClass.ImageInput);
        if (rates.IsPriced(UsageClass.VideoInput))
        {
            usage[UsageClass.VideoInput] = Fresh;
            usage[UsageClass.VideoCacheRead] = CacheRead;
        }
        else if (this != default && hasImageRate && rates.Rate(UsageClass.ImageInput) != rates.Rate(UsageClass.Input))
        {
            return false;
        }
        else
        {
            usage[UsageClass.Input] += Fresh;
            usage[UsageClass.CacheRead] += CacheRead;
        }
        if (!hasImageRate)
        {
            usage[UsageClass.Input] += usage[UsageClass.ImageInput];
            usage[UsageClass.CacheRead] += usage[UsageClass.ImageCacheRead];
            usage[UsageClass.ImageInput] = 0;
            usage[UsageClass.ImageCacheRead] = 0;
        }
        return true;
    }
}
