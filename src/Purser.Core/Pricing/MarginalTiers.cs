using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>
/// Which tokens of a request are above the thresholds of marginal context tiers. Tokens count in the order of the prompt as far as that is
/// known: what was read from a cache is its beginning, then comes what was written to one, then the rest. Of these, text comes before images,
/// video and audio: usage doesn't say where they were, and the later ones are those that cost more by the token.
/// </summary>
internal static class MarginalTiers
{
    /// <summary>The classes of input, in the order in which they fill the tiers.</summary>
    public static readonly UsageClass[] InputOrder =
    [
        UsageClass.CacheRead,
        UsageClass.ImageCacheRead,
        UsageClass.VideoCacheRead,
        UsageClass.AudioCacheRead,
        UsageClass.CacheWrite1h,
        UsageClass.CacheWrite5m,
        UsageClass.Input,
        UsageClass.ImageInput,
        UsageClass.VideoInput,
        UsageClass.AudioInput,
    ];

    /// <summary>Whether a class is of input, and so may have a rate in a marginal tier.</summary>
    public static bool IsInput(UsageClass usageClass) => Array.IndexOf(InputOrder, usageClass) >= 0;

    /// <summary>The part of a usage that a tier prices: below the first, all that isn't input too.</summary>
    /// <param name="card">A card whose tiers are marginal.</param>
    /// <param name="usage">The whole usage.</param>
    /// <param name="tier">0 below the first threshold, 1 above it, and so on, up to the number of thresholds.</param>
    public static TokenUsage Part(RateCard card, in TokenUsage usage, int tier)
    {
        var part = tier == 0 ? usage : default;
        var from = tier == 0 ? 0L : card.LongContext[tier - 1].AboveInputTokens;
        var to = tier == card.LongContext.Count ? long.MaxValue : card.LongContext[tier].AboveInputTokens;
        var at = 0L;
        foreach (var usageClass in InputOrder)
        {
            var end = at + usage[usageClass];
            part[usageClass] = Math.Max(0L, Math.Min(end, to) - Math.Max(at, from));
            at = end;
        }
        return part;
    }

    /// <summary>The rates of a tier, counted as in <see cref="Part"/>.</summary>
    public static RateSet Rates(RateCard card, int tier) => tier == 0 ? card.Rates : card.LongContext[tier - 1].Rates;
}
