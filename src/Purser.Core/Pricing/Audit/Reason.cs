using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>A known way in which bills differ from the book.</summary>
/// <param name="Name">The finding's name.</param>
/// <param name="Evidence">What equals the bill, to be continued with where.</param>
/// <param name="Action">What to do about it.</param>
/// <param name="Cost">What usage costs that way; null where that makes no sense for it, or has no price.</param>
internal sealed record Reason(string Name, string Evidence, string Action, Func<PricedWay, decimal?> Cost)
{
    private static readonly (UsageClass From, UsageClass To)[] CachedToFresh =
    [
        (UsageClass.CacheRead, UsageClass.Input),
        (UsageClass.AudioCacheRead, UsageClass.AudioInput),
        (UsageClass.ImageCacheRead, UsageClass.ImageInput),
    ];

    private static readonly (UsageClass From, UsageClass To)[] HourToMinutes = [(UsageClass.CacheWrite1h, UsageClass.CacheWrite5m)];

    private static readonly (UsageClass From, UsageClass To)[] MinutesToHour = [(UsageClass.CacheWrite5m, UsageClass.CacheWrite1h)];

    private static readonly (UsageClass From, UsageClass To)[] WritesToInput =
    [
        (UsageClass.CacheWrite5m, UsageClass.Input),
        (UsageClass.CacheWrite1h, UsageClass.Input),
    ];

    private static readonly (UsageClass From, UsageClass To)[] ReasoningToOutput = [(UsageClass.ReasoningOutput, UsageClass.Output)];

    private static readonly IReadOnlyList<Reason> Fixed =
    [
        new(
            "cached_at_input_rate",
            "the bill is what it costs with cached input at the rate of fresh input",
            "Ask for the cached rate; if a gateway's table made the figure, give it the cached rate.",
            way => Moved(way, CachedToFresh)
        ),
        new(
            "cached_counted_twice",
            "the bill is what it costs with cached input counted as cached and as fresh",
            "Count cached tokens once: take them out of the prompt's tokens.",
            way => Added(way, CachedToFresh)
        ),
        new(
            "reasoning_counted_twice",
            "the bill is what it costs with reasoning tokens counted beside the output that has them already",
            "Count reasoning once: it is a part of the completion's tokens.",
            way => Added(way, ReasoningToOutput)
        ),
        new(
            "one_hour_writes_at_five_minute_rate",
            "the bill is what it costs with one-hour cache writes at the five-minute rate",
            "The vendor's bill will be higher: price one-hour writes at their own rate.",
            way => Moved(way, HourToMinutes)
        ),
        new(
            "five_minute_writes_at_one_hour_rate",
            "the bill is what it costs with five-minute cache writes at the one-hour rate",
            "Ask for the five-minute rate, or see whether the requests asked for an hour.",
            way => Moved(way, MinutesToHour)
        ),
        new(
            "cache_writes_at_input_rate",
            "the bill is what it costs with cache writes at the rate of fresh input",
            "The vendor's bill will be higher where it charges more for writing to the cache.",
            way => Moved(way, WritesToInput)
        ),
        new(
            "long_context_applied",
            "the bill is what it costs at the long-context rates, and the context was short",
            "Ask for the rates of the shorter context.",
            way => OnOtherSide(way, toLong: true)
        ),
        new(
            "long_context_missed",
            "the bill is what it costs without the long-context rates, and the context was long",
            "The vendor's bill will be higher: price the whole request at the long-context rates.",
            way => OnOtherSide(way, toLong: false)
        ),
        new(
            "batch_price_missed",
            "the bill is the standard price, and the requests were on a cheaper tier",
            "Ask for the tier's price.",
            way => way.Terms.ServiceTier is "batch" or "flex" ? (way with { Terms = way.Terms with { ServiceTier = null } }).Cost : null
        ),
    ];

    /// <summary>
    /// Which reason explains a bill to the last digit: the usage priced that way is the bill. Only asked of bills outside the book's range:
    /// within a range something always fits.
    /// </summary>
    /// <param name="model">The model; null where the bill is for several.</param>
    /// <param name="parts">The usage that was billed.</param>
    /// <param name="billed">The bill in USD.</param>
    /// <param name="tolerance">What counts as equal, in USD.</param>
    public static Reason? Of(PricedModel? model, IReadOnlyList<PricedWay> parts, decimal billed, decimal tolerance)
    {
        foreach (var reason in Fixed.Concat(Served(parts)).Concat(Dates(model)))
        {
            var (sum, fits) = (0m, true);
            foreach (var part in parts)
            {
                var cost = reason.Cost(part);
                fits &= cost is not null;
                sum += cost ?? 0m;
            }
            if (fits && Math.Abs(sum - billed) <= tolerance)
            {
                return reason;
            }
        }
        return null;
    }

    private static IEnumerable<Reason> Served(IReadOnlyList<PricedWay> parts)
    {
        foreach (var tier in parts.SelectMany(part => part.Entry.ServiceTiers.Keys).Distinct().Append("standard"))
        {
            yield return new(
                "service_tier_differs",
                $"the bill is what it costs on the service tier '{tier}', and the file says another",
                "See which tier the requests asked for, and which one the project has by default.",
                way => (way with { Terms = way.Terms with { ServiceTier = tier } }).Cost
            );
        }
        foreach (var place in parts.SelectMany(part => part.Entry.GeoUplift.Keys).Distinct())
        {
            yield return new(
                "regional_uplift",
                $"the bill is what it costs where inference stays in '{place}', and the file doesn't say that it does",
                "See whether the project or workspace has to keep its data there; if it need not, move it.",
                way => (way with { Terms = way.Terms with { InferenceGeo = place } }).Cost
            );
        }
        yield return new(
            "regional_uplift_missed",
            "the bill is the price without the uplift for the place that the file names",
            "The vendor's bill will be higher: price the uplift.",
            way => (way with { Terms = way.Terms with { InferenceGeo = null } }).Cost
        );
    }

    private static IEnumerable<Reason> Dates(PricedModel? model) =>
        (model?.Prices ?? []).Select(entry => new Reason(
            "price_of_another_date",
            $"the bill is what it costs by {entry.Entry}, which doesn't hold then",
            "If a gateway's table made the figure, update it; else ask the vendor from when the price holds.",
            way => (way with { Entry = entry }).Cost
        ));

    private static decimal? Moved(PricedWay way, (UsageClass From, UsageClass To)[] moves)
    {
        var usage = way.Usage;
        foreach (var (from, to) in moves)
        {
            usage[to] += usage[from];
            usage[from] = 0;
        }
        return (way with { Usage = usage }).Cost;
    }

    private static decimal? Added(PricedWay way, (UsageClass From, UsageClass To)[] moves)
    {
        var usage = way.Usage;
        foreach (var (from, to) in moves)
        {
            usage[to] += usage[from];
        }
        return (way with { Usage = usage }).Cost;
    }

    private static decimal? OnOtherSide(PricedWay way, bool toLong)
    {
        var isLong = BookRates.Contexts(way.Entry, 0, requests: 0, stated: true).Any(longer => longer > 0 && way.Context >= longer);
        return isLong == toLong
            ? null
            : BookRates
                .Contexts(way.Entry, 0, requests: 0, stated: toLong)
                .Where(context => !toLong || context > 0)
                .Select(context => (way with { Context = context }).Cost)
                .FirstOrDefault();
    }
}
