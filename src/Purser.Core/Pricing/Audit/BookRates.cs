using System.Runtime.CompilerServices;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>
/// Prices sums of many requests. A sum has no context length of its own, so that the length is an argument here, and the calculator,
/// which chooses the context tier by the input, is asked for one unit of each class.
/// </summary>
internal static class BookRates
{
    // A log asks for each of its requests.
    private static readonly ConditionalWeakTable<SkuPrice, long[]> Known = [];

    /// <summary>The context lengths that usage may have had, one for each tier that it can be on.</summary>
    /// <param name="price">The price.</param>
    /// <param name="input">All its input tokens.</param>
    /// <param name="requests">How many requests it is the sum of; 0 where that isn't known.</param>
    /// <param name="stated">Whether an export says that it was on the long-context price; null where it doesn't say.</param>
    public static IReadOnlyList<long> Contexts(SkuPrice price, long input, long requests, bool? stated)
    {
        if (stated is null && requests == 1)
        {
            return [input];
        }
        var tiers = Thresholds(price).Where(above => stated ?? input > above).Select(above => above + 1);
        return stated switch
        {
            false => [0],
            true => tiers.ToList() is { Count: > 0 } known ? known : [0],
            null => [0, .. tiers],
        };
    }

    /// <summary>What usage costs, exactly and not rounded, where each of its requests has a context of this length.</summary>
    public static bool TryCost(
        SkuPrice price,
        in TokenUsage usage,
        in PricingTerms terms,
        long context,
        out decimal usd,
        out PricingFailure failure
    )
    {
        usd = 0m;
        var one = new TokenUsage();
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            one[usageClass] = Math.Min(usage[usageClass], 1);
        }
        if (Thresholds(price) is [var first, ..] && context > first)
        {
            one[UsageClass.Input] += context - one.InputTokens;
        }
        if (terms.SearchIsApart && price.Standard.Rates.ChargesRequestsByContext && !usage.HasContextRequest)
        {
            // Of some size: none is in the sum.
            one[price.Standard.Rates.DearestContextRequest] = 1;
        }
        var result = PriceCalculator.Price(price, one, terms);
        failure = result.Failure;
        if (result.Charge is not { } charge)
        {
            return false;
        }
        foreach (var line in charge.Lines)
        {
            usd += usage[line.Class] * (line.Usd / line.Quantity);
        }
        return true;
    }

    private static long[] Thresholds(SkuPrice price) => Known.GetValue(price, Find);

    private static long[] Find(SkuPrice price) =>
        [
            .. price
                .ServiceTiers.Values.Concat(price.Speeds.Values)
                .Concat(price.Hours.Select(hours => hours.Card))
                .Prepend(price.Standard)
                .SelectMany(card => card.LongContext)
                .Select(tier => tier.AboveInputTokens)
                .Distinct()
                .Order(),
        ];
}
