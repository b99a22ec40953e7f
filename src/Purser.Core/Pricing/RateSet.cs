using System.Collections.Frozen;
using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>
/// The rates of one context tier of one card, a rate a class. What a vendor doesn't list falls back only where that can't be too cheap:
/// reasoning is priced as output, and what was read from a cache is priced as fresh input of the same kind. Fees that hold for several
/// models stand beside their entries (<see cref="ModelFees"/>). Nothing else is guessed: a class without a rate is refused, unless the price
/// says that it is free: then what the model does costs nothing, and the provider's tools what they cost with any model.
/// </summary>
public sealed class RateSet
{
    private static readonly FrozenDictionary<UsageClass, decimal> None = FrozenDictionary<UsageClass, decimal>.Empty;

    private readonly decimal?[] listed = new decimal?[TokenUsage.ClassCount];
    private readonly decimal[] effective = new decimal[TokenUsage.ClassCount];
    private readonly ulong pricedClasses;

    internal RateSet(
        IReadOnlyDictionary<UsageClass, decimal> rates,
        bool everythingElseIsFree,
        IReadOnlyDictionary<UsageClass, decimal>? fees = null
    )
    {
        foreach (var (usageClass, rate) in rates)
        {
            listed[(int)usageClass] = rate;
        }
        for (var index = 0; index < TokenUsage.ClassCount; index++)
        {
            var usageClass = (UsageClass)index;
            var isFree = everythingElseIsFree && !RateKey.Of(usageClass).IsTool;
            decimal? fee = !isFree && (fees ?? None).TryGetValue(usageClass, out var beside) ? beside : null;
            var rate = listed[index] ?? Fallback(usageClass) ?? fee ?? (isFree ? 0m : null);
            if (rate is { } known)
            {
                effective[index] = known;
                pricedClasses |= 1UL << index;
            }
            ChargesRequestsByContext |= IsContextRequest(usageClass) && (listed[index] ?? fee) is not null;
        }
        ChargesRequests = listed[(int)UsageClass.FlatRequest] > 0m;
        ChargesTime = listed[(int)UsageClass.ComputeMillisecond] > 0m;
        foreach (var key in RateKey.All.Where(key => ChargesTime && !key.IsFee))
        {
            pricedClasses |= 1UL << (int)key.Class;
        }
    }

    /// <summary>Whether each request has a flat fee.</summary>
    public bool ChargesRequests { get; }

    /// <summary>Whether each request has a fee that depends on the size of its search's context.</summary>
    public bool ChargesRequestsByContext { get; }

    /// <summary>
    /// Whether the time that a machine works on a request is the price (<c>compute_per_hour</c>). Then tokens cost nothing beside it; what a tool
    /// costs isn't in the time.
    /// </summary>
    public bool ChargesTime { get; }

    /// <summary>The rate that the price file lists for a class, in USD per unit of the class; null where it lists none.</summary>
    public decimal? Listed(UsageClass usageClass) => listed[(int)usageClass];

    /// <summary>Whether the class has a rate: listed, by fallback, or as a fee beside the entry.</summary>
    public bool IsPriced(UsageClass usageClass) => (pricedClasses & (1UL << (int)usageClass)) != 0;

    /// <summary>The rate that a class is charged at, in USD per unit of the class; 0 where <see cref="IsPriced"/> is false.</summary>
    public decimal Rate(UsageClass usageClass) => effective[(int)usageClass];

    /// <summary>
    /// The class of a request's fee, by the size of its search's context, that is dearest; meaningless where
    /// <see cref="ChargesRequestsByContext"/> is false.
    /// </summary>
    public UsageClass DearestContextRequest =>
        Rate(UsageClass.LowContextRequest) > Math.Max(Rate(UsageClass.MediumContextRequest), Rate(UsageClass.HighContextRequest))
            ? UsageClass.LowContextRequest
        : Rate(UsageClass.MediumContextRequest) > Rate(UsageClass.HighContextRequest) ? UsageClass.MediumContextRequest
        : UsageClass.HighContextRequest;

    private static bool IsContextRequest(UsageClass usageClass) =>
        usageClass is UsageClass.LowContextRequest or UsageClass.MediumContextRequest or UsageClass.HighContextRequest;

    private decimal? Fallback(UsageClass usageClass) =>
        usageClass switch
        {
            UsageClass.ReasoningOutput => listed[(int)UsageClass.Output],
            UsageClass.CacheRead => listed[(int)UsageClass.Input],
            UsageClass.AudioCacheRead => listed[(int)UsageClass.AudioInput],
            UsageClass.ImageCacheRead => listed[(int)UsageClass.ImageInput],
            UsageClass.VideoCacheRead => listed[(int)UsageClass.VideoInput],
            _ => null,
        };
}
