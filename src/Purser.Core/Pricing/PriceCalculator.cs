using System.Diagnostics.CodeAnalysis;
using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>
/// Prices usage: exact decimals, summed first and rounded once, up. It never guesses: what has no price is a named failure.
/// </summary>
public static class PriceCalculator
{
    // More tokens than any bill has, and few enough that sums over all classes fit a long and products fit a decimal exactly.
    private const long MaxQuantity = 1_000_000_000_000_000;
    private const decimal PerToken = 0.000001m;

    /// <summary>Prices a usage, with a line for each class.</summary>
    public static ChargeResult Price(SkuPrice price, in TokenUsage usage, in PricingTerms terms)
    {
        if (!TrySum(price, usage, terms, out var card, out var uplift, out var exact, out var failure))
        {
            return new(null, failure);
        }
        var lines = card.IsMarginal ? TierLines(card, usage, uplift) : Lines(card.RatesAt(usage.InputTokens), usage, uplift);
        return new(new(Money.FromUsdRoundedUp(exact), exact, lines, price.Entry), default);
    }

    /// <summary>Prices a usage without lines and without allocating, for the hot path. The cost is that of <see cref="Price"/>.</summary>
    /// <returns>Whether it could be priced; else <paramref name="failure"/> says why not.</returns>
    public static bool TryCost(SkuPrice price, in TokenUsage usage, in PricingTerms terms, out Money cost, out PricingFailure failure)
    {
        if (!TrySum(price, usage, terms, out _, out _, out var exact, out failure))
        {
            cost = default;
            return false;
        }
        cost = Money.FromUsdRoundedUp(exact);
        return true;
    }

    /// <summary>
    /// The most that any usage within the bounds can cost: each token at the dearest rate it can reach, in the dearest context tier
    /// it can reach, on the terms asked for or at the standard price, whichever is more (on a tier that is certain, at that one's alone), and the
    /// fee of a request at its dearest.
    /// </summary>
    public static CeilingResult Ceiling(SkuPrice price, in CeilingBounds bounds)
    {
        if (
            bounds.MaxInputTokens > MaxQuantity
            || bounds.MaxOutputTokens > MaxQuantity
            || bounds.WebSearches > MaxQuantity
            || Math.Max(bounds.Pieces.Characters, bounds.Pieces.AudioSeconds) > MaxQuantity
            || bounds.SearchUnits > MaxQuantity
            || bounds.MaxComputeMilliseconds > MaxQuantity
        )
        {
            return new(null, new(PricingFailureKind.AmountOutOfRange));
        }
        if (price.SearchesUncounted)
        {
            return new(null, new(PricingFailureKind.SearchUnbounded));
        }
        var terms = new PricingTerms(bounds.ServiceTier, bounds.InferenceGeo, bounds.Speed);
        if (!TryCard(price, terms, out var card, out var failure) || !TryUplift(price, terms, out var uplift, out failure))
        {
            return new(null, failure);
        }
        // An uplift below one would make the place asked for cheaper than where the provider may serve it.
        uplift = Math.Max(uplift, 1m);
        var isCertain = bounds.TierIsCertain && card != price.Standard;
        var most = 0m;
        if (!isCertain && !TryDearestStandard(price, bounds, uplift, out most, out failure))
        {
            return new(null, failure);
        }
        // A request may wait, and last, into other hours.
        foreach (var hours in price.Hours)
        {
            if (!CeilingRates.TryDearest(hours.Card, bounds, uplift, out var then, out failure))
            {
                return new(null, failure);
            }
            most = Math.Max(most, then);
        }
        if (card != price.Standard)
        {
            if (LongContextIsUnpriced(price, card, bounds.MaxInputTokens))
            {
                return new(null, new(PricingFailureKind.LongContextUnpriced, Term: Name(terms)));
            }
            if (!CeilingRates.TryDearest(card, bounds, uplift, out var asked, out failure))
            {
                return new(null, failure);
            }
            most = Math.Max(most, asked);
        }
        return most > Money.MaxValue.Usd ? new(null, new(PricingFailureKind.AmountOutOfRange)) : new(Money.FromUsdRoundedUp(most), default);
    }

    // Where images cost by their size, one of a size that isn't known may be the dearest.
    private static bool TryDearestStandard(
        SkuPrice price,
        in CeilingBounds bounds,
        decimal uplift,
        out decimal most,
        out PricingFailure failure
    )
    {
        most = 0m;
        if (bounds.Pieces.Images == 0 || price.Variants.Count == 0)
        {
            return CeilingRates.TryDearest(price.Standard, bounds, uplift, out most, out failure);
        }
        failure = default;
        var asked = bounds.Pieces.Variant is { } name && price.Variants.TryGetValue(name, out var known) ? known : null;
        foreach (var card in asked is null ? price.Variants.Values : [asked])
        {
            if (!CeilingRates.TryDearest(card, bounds, uplift, out var usd, out failure))
            {
                return false;
            }
            most = Math.Max(most, usd);
        }
        return true;
    }

    private static bool TrySum(
        SkuPrice price,
        in TokenUsage usage,
        in PricingTerms terms,
        [NotNullWhen(true)] out RateCard? card,
        out decimal uplift,
        out decimal exact,
        out PricingFailure failure
    )
    {
        (card, uplift, exact) = (null, 1m, 0m);
        if (usage.Largest > MaxQuantity)
        {
            failure = new(PricingFailureKind.AmountOutOfRange);
            return false;
        }
        if (!TryCard(price, terms, out card, out failure) || !TryUplift(price, terms, out uplift, out failure))
        {
            return false;
        }
        if (price.SearchesUncounted && !terms.SearchIsApart && usage[UsageClass.WebSearch] == 0)
        {
            failure = new(PricingFailureKind.SearchUnknown);
            return false;
        }
        if (price.Hours.Count > 0)
        {
            if (terms.At is not { } at)
            {
                failure = new(PricingFailureKind.TimeUnknown);
                return false;
            }
            card = price.StandardAt(at);
        }
        if (price.Variants.Count > 0 && !TryVariant(price, usage, terms, ref card, out failure))
        {
            return false;
        }
        var inputTokens = usage.InputTokens;
        if (LongContextIsUnpriced(price, card, inputTokens))
        {
            failure = new(PricingFailureKind.LongContextUnpriced, Term: Name(terms));
            return false;
        }
        return card.IsMarginal
            ? TryAddTiers(card, usage, uplift, out exact, out failure)
            : TryAdd(card.RatesAt(inputTokens), usage, uplift, out exact, out failure);
    }

    private static bool TryAddTiers(RateCard card, in TokenUsage usage, decimal uplift, out decimal exact, out PricingFailure failure)
    {
        (exact, failure) = (0m, default);
        for (var tier = 0; tier <= card.LongContext.Count; tier++)
        {
            var part = MarginalTiers.Part(card, usage, tier);
            if (!TryAdd(MarginalTiers.Rates(card, tier), part, uplift, out var usd, out failure))
            {
                return false;
            }
            exact += usd;
        }
        failure = exact > Money.MaxValue.Usd ? new(PricingFailureKind.AmountOutOfRange) : default;
        return failure.Kind == PricingFailureKind.None;
    }

    private static bool TryAdd(RateSet rates, in TokenUsage usage, decimal uplift, out decimal exact, out PricingFailure failure)
    {
        var (tokens, fees) = (0m, 0m);
        (exact, failure) = (0m, default);
        if (rates.ChargesRequestsByContext && !usage.HasContextRequest)
        {
            failure = new(PricingFailureKind.RequestFeeUnknown);
            return false;
        }
        if (rates.ChargesTime && usage[UsageClass.ComputeMillisecond] == 0)
        {
            failure = new(PricingFailureKind.DurationUnknown);
            return false;
        }
        for (var usageClass = usage.NextUsed(default); (int)usageClass < TokenUsage.ClassCount; usageClass = usage.NextUsed(usageClass + 1))
        {
            if (!rates.IsPriced(usageClass))
            {
                failure = new(PricingFailureKind.ClassUnpriced, usageClass);
                return false;
            }
            var quantity = usage[usageClass];
            var unit = RateKey.UnitOf(usageClass);
            if (unit == PriceUnit.MillionTokens)
            {
                tokens += quantity * rates.Rate(usageClass);
            }
            else
            {
                fees += PriceUnits.Usd(quantity, rates.Rate(usageClass), unit);
            }
        }
        if (rates.ChargesRequests && usage[UsageClass.FlatRequest] == 0)
        {
            fees += rates.Rate(UsageClass.FlatRequest);
        }
        exact = (tokens * uplift * PerToken) + fees;
        failure = exact > Money.MaxValue.Usd ? new(PricingFailureKind.AmountOutOfRange) : default;
        return failure.Kind == PricingFailureKind.None;
    }

    private static List<ChargeLine> Lines(RateSet rates, TokenUsage usage, decimal uplift)
    {
        if (rates.ChargesRequests && usage[UsageClass.FlatRequest] == 0)
        {
            // The fee of a request is due whether or not the usage counts it.
            usage[UsageClass.FlatRequest] = 1;
        }
        var lines = new List<ChargeLine>(usage.UsedClasses);
        for (var usageClass = usage.NextUsed(default); (int)usageClass < TokenUsage.ClassCount; usageClass = usage.NextUsed(usageClass + 1))
        {
            lines.Add(Line(usageClass, usage[usageClass], rates.Rate(usageClass), uplift));
        }
        return lines;
    }

    private static List<ChargeLine> TierLines(RateCard card, in TokenUsage usage, decimal uplift)
    {
        var lines = new List<ChargeLine>();
        for (var tier = 0; tier <= card.LongContext.Count; tier++)
        {
            lines.AddRange(Lines(MarginalTiers.Rates(card, tier), MarginalTiers.Part(card, usage, tier), uplift));
        }
        return [.. lines.OrderBy(line => line.Class)];
    }

    // A fee isn't a token rate: tiers of geography don't change it.
    private static ChargeLine Line(UsageClass usageClass, long quantity, decimal rate, decimal uplift)
    {
        var unit = RateKey.UnitOf(usageClass);
        var charged = unit == PriceUnit.MillionTokens ? rate * uplift : rate;
        return new(usageClass, quantity, charged, unit, PriceUnits.Usd(quantity, charged, unit));
    }

    private static bool TryCard(SkuPrice price, in PricingTerms terms, [NotNullWhen(true)] out RateCard? card, out PricingFailure failure)
    {
        (card, failure) = (price.Standard, default);
        var (standardTier, standardSpeed) = (PricingTerms.IsStandardTier(terms.ServiceTier), PricingTerms.IsStandardSpeed(terms.Speed));
        if (!standardTier && !standardSpeed)
        {
            failure = new(
                PricingFailureKind.CombinationUnpriced,
                Term: $"the speed '{terms.Speed}' in the service tier '{terms.ServiceTier}'"
            );
            return false;
        }
        if (!standardTier && !price.ServiceTiers.TryGetValue(terms.ServiceTier!, out card))
        {
            failure = new(PricingFailureKind.ServiceTierUnpriced, Term: terms.ServiceTier);
            return false;
        }
        if (!standardSpeed && !price.Speeds.TryGetValue(terms.Speed!, out card))
        {
            failure = new(PricingFailureKind.SpeedUnpriced, Term: terms.Speed);
            return false;
        }
        return card is not null;
    }

    // What else such a model bills (text, a search) costs the same in all variants. No source has a variant's price on a tier or at a speed.
    private static bool TryVariant(
        SkuPrice price,
        in TokenUsage usage,
        in PricingTerms terms,
        ref RateCard card,
        out PricingFailure failure
    )
    {
        failure = default;
        if (usage[UsageClass.GeneratedImage] == 0 && usage[UsageClass.VideoSecond] == 0)
        {
            return true;
        }
        if (card != price.Standard)
        {
            failure = new(PricingFailureKind.CombinationUnpriced, Term: $"images or videos of '{Name(terms)}'");
            return false;
        }
        if (string.IsNullOrEmpty(terms.Variant))
        {
            failure = new(PricingFailureKind.VariantUnknown);
            return false;
        }
        if (!price.Variants.TryGetValue(terms.Variant, out var variant))
        {
            failure = new(PricingFailureKind.VariantUnpriced, Term: terms.Variant);
            return false;
        }
        card = variant;
        return true;
    }

    private static bool TryUplift(SkuPrice price, in PricingTerms terms, out decimal uplift, out PricingFailure failure)
    {
        (uplift, failure) = (1m, default);
        if (PricingTerms.IsAnywhere(terms.InferenceGeo) || price.GeoUplift.TryGetValue(terms.InferenceGeo!, out uplift))
        {
            return true;
        }
        failure = new(PricingFailureKind.GeoUnpriced, Term: terms.InferenceGeo);
        return false;
    }

    // The vendor re-prices long contexts, and no source says what that is on these terms: a guess could be too cheap.
    private static bool LongContextIsUnpriced(SkuPrice price, RateCard card, long inputTokens) =>
        card != price.Standard
        && card.LongContext.Count == 0
        && price.Standard.LongContext.Count > 0
        && inputTokens > price.Standard.LongContext[0].AboveInputTokens;

    private static string? Name(in PricingTerms terms) => PricingTerms.IsStandardTier(terms.ServiceTier) ? terms.Speed : terms.ServiceTier;
}
