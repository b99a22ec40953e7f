using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>
/// The rates of one context tier of one card, a rate a class. What a vendor doesn't list falls back only where that can't be too cheap:
/// reasoning is priced as output, and what was read from a cache is priced as fresh input of the same kind. Nothing else is guessed:
/// a class without a rate is refused, unless the price says that it is free.
/// </summary>
public sealed class RateSet
{
    private readonly decimal?[] listed = new decimal?[TokenUsage.ClassCount];
    private readonly decimal[] effective = new decimal[TokenUsage.ClassCount];
    private readonly uint pricedClasses;

    internal RateSet(IReadOnlyDictionary<UsageClass, decimal> rates, bool everythingElseIsFree)
    {
        foreach (var (usageClass, rate) in rates)
        {
            listed[(int)usageClass] = rate;
        }
        for (var index = 0; index < TokenUsage.ClassCount; index++)
        {
            var rate = listed[index] ?? Fallback((UsageClass)index) ?? (everythingElseIsFree ? 0m : null);
            if (rate is { } known)
            {
                effective[index] = known;
                pricedClasses |= 1u << index;
            }
        }
    }

    /// <summary>The rate that the price file lists for a class, in USD per unit of the class; null where it lists none.</summary>
    public decimal? Listed(UsageClass usageClass) => listed[(int)usageClass];

    /// <summary>Whether the class has a rate, listed or by fallback.</summary>
    public bool IsPriced(UsageClass usageClass) => (pricedClasses & (1u << (int)usageClass)) != 0;

    /// <summary>The rate that a class is charged at, in USD per unit of the class; 0 where <see cref="IsPriced"/> is false.</summary>
    public decimal Rate(UsageClass usageClass) => effective[(int)usageClass];

    private decimal? Fallback(UsageClass usageClass) =>
        usageClass switch
        {
            UsageClass.ReasoningOutput => listed[(int)UsageClass.Output],
            UsageClass.CacheRead => listed[(int)UsageClass.Input],
            UsageClass.AudioCacheRead => listed[(int)UsageClass.AudioInput],
            UsageClass.ImageCacheRead => listed[(int)UsageClass.ImageInput],
            _ => null,
        };
}
