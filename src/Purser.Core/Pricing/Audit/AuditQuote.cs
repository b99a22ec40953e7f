using Purser.Core.Usage;

namespace Purser.Core.Pricing.Audit;

/// <summary>What an export leaves open, so that a price by the book is a range.</summary>
[Flags]
public enum OpenTerms
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Which requests had a long context.</summary>
    Context = 1,

    /// <summary>The service tier.</summary>
    ServiceTier = 2,

    /// <summary>The price changed within the bucket.</summary>
    PriceChange = 4,

    /// <summary>The price depends on the hour.</summary>
    Hours = 8,

    /// <summary>How much of the input was cached, or for how long.</summary>
    Caching = 16,
}

/// <summary>One way in which usage can be priced: every term is known.</summary>
/// <param name="Entry">The price.</param>
/// <param name="Usage">The usage, as it is read.</param>
/// <param name="Terms">The terms.</param>
/// <param name="Context">The context length of its requests.</param>
internal readonly record struct PricedWay(SkuPrice Entry, TokenUsage Usage, PricingTerms Terms, long Context)
{
    /// <summary>What it costs; null where the entry has no price for it.</summary>
    public decimal? Cost => BookRates.TryCost(Entry, Usage, Terms, Context, out var usd, out _) ? usd : null;
}

/// <summary>What usage costs by the book, or why that can't be said.</summary>
/// <param name="Range">The amount or range; null where there is a failure.</param>
/// <param name="Open">What makes it a range.</param>
/// <param name="First">The first way to price it, on standard terms where they are open.</param>
/// <param name="Failure">Why it has no price, in words; null where it has one.</param>
internal readonly record struct AuditQuote(UsdRange? Range, OpenTerms Open, PricedWay First, string? Failure)
{
    // A price's hours begin and end at whole or half hours.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(30);

    /// <summary>Prices usage, over everything that the export leaves open.</summary>
    public static AuditQuote Of(PricedModel model, AuditUsage usage)
    {
        var entries = Entries(model, usage.Period);
        if (entries.Count == 0)
        {
            return new(null, default, default, $"the price book has no price of {model.Provider}/{model.Id} at that time");
        }
        var (range, first, open) = (default(UsdRange?), default(PricedWay), LeftOpen(entries, usage));
        foreach (var way in entries.SelectMany(entry => Ways(entry, usage)))
        {
            if (!BookRates.TryCost(way.Entry, way.Usage, way.Terms, way.Context, out var usd, out var failure))
            {
                // A tier that the export doesn't name, or another reading, is no candidate where it has no price.
                if ((usage.Terms.ServiceTier is null && way.Terms.ServiceTier is not null) || way.Usage != usage.Usage)
                {
                    continue;
                }
                return new(null, default, default, failure.Describe(way.Entry));
            }
            first = range is null ? way : first;
            range = range is { } so ? new(Math.Min(so.Low, usd), Math.Max(so.High, usd)) : new(usd, usd);
        }
        return new(range, range is { IsExact: true } ? OpenTerms.None : open, first, null);
    }

    /// <summary>The prices that hold in some part of a span; none where a part of it has none.</summary>
    public static IReadOnlyList<SkuPrice> Entries(PricedModel model, AuditPeriod period)
    {
        if (model.PriceAt(period.From) is not { } price)
        {
            return [];
        }
        var entries = new List<SkuPrice> { price };
        while (entries[^1].End is { } end && end < period.To)
        {
            if (model.PriceAt(end) is not { } next)
            {
                return [];
            }
            entries.Add(next);
        }
        return entries;
    }

    private static OpenTerms LeftOpen(IReadOnlyList<SkuPrice> entries, AuditUsage usage)
    {
        var open = entries.Count > 1 ? OpenTerms.PriceChange : OpenTerms.None;
        open |= usage.OtherReadings.Count > 0 ? OpenTerms.Caching : OpenTerms.None;
        foreach (var entry in entries)
        {
            open |= Contexts(entry, usage, usage.Usage).Count > 1 ? OpenTerms.Context : OpenTerms.None;
            open |= !usage.Period.IsInstant && entry.Hours.Count > 0 ? OpenTerms.Hours : OpenTerms.None;
            open |= Tiers(entry, usage.Terms).Count > 1 ? OpenTerms.ServiceTier : OpenTerms.None;
        }
        return open;
    }

    private static IEnumerable<PricedWay> Ways(SkuPrice entry, AuditUsage usage)
    {
        foreach (var tier in Tiers(entry, usage.Terms))
        {
            foreach (var at in Instants(entry, usage.Period))
            {
                var terms = new PricingTerms(tier, usage.Terms.InferenceGeo, usage.Terms.Speed, at) { SearchIsApart = usage.SearchesApart };
                foreach (var read in usage.OtherReadings.Prepend(usage.Usage))
                {
                    foreach (var context in Contexts(entry, usage, read))
                    {
                        yield return new(entry, read, terms, context);
                    }
                }
            }
        }
    }

    private static IReadOnlyList<long> Contexts(SkuPrice entry, AuditUsage usage, in TokenUsage read) =>
        BookRates.Contexts(entry, (usage.Whole ?? read).InputTokens, usage.Requests, usage.Terms.LongContext);

    private static IEnumerable<DateTimeOffset> Instants(SkuPrice entry, AuditPeriod period)
    {
        yield return period.From;
        for (var at = period.From + Step; entry.Hours.Count > 0 && at < period.To; at += Step)
        {
            yield return at;
        }
    }

    // The standard tier is first. A speed has no tiers beside it.
    private static IReadOnlyList<string?> Tiers(SkuPrice entry, in AuditTerms terms) =>
        terms.ServiceTier is { } stated ? [stated]
        : PricingTerms.IsStandardSpeed(terms.Speed) ? [null, .. entry.ServiceTiers.Keys]
        : [null];
}
