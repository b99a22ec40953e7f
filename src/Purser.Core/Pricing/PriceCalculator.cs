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
        if (!TrySum(price, usage, terms, out var rates, out var uplift, out var exact, out var failure))
        {
            return new(null, failure);
        }
        var lines = new List<ChargeLine>();
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            var quantity = usage[usageClass];
            if (quantity > 0)
            {
                lines.Add(Line(usageClass, quantity, rates.Rate(usageClass), uplift));
            }
        }
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
    /// it can reach, on the terms asked for or at the standard price, whichever is more.
    /// </summary>
    public static CeilingResult Ceiling(SkuPrice price, in CeilingBounds bounds)
    {
        if (bounds.MaxInputTokens > MaxQuantity || bounds.MaxOutputTokens > MaxQuantity || bounds.WebSearches > MaxQuantity)
        {
            return new(null, new(PricingFailureKind.AmountOutOfRange));
        }
        var terms = new PricingTerms(bounds.ServiceTier, bounds.InferenceGeo, bounds.Speed);
        if (!TryCard(price, terms, out var card, out var failure) || !TryUplift(price, terms, out var uplift, out failure))
        {
            return new(null, failure);
        }
        // An uplift below one would make the place asked for cheaper than where the provider may serve it.
        uplift = Math.Max(uplift, 1m);
        if (!TryDearest(price.Standard, bounds, uplift, out var most, out failure))
        {
            return new(null, failure);
        }
        // A request may wait, and last, into other hours.
        foreach (var hours in price.Hours)
        {
            if (!TryDearest(hours.Card, bounds, uplift, out var then, out failure))
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
            if (!TryDearest(card, bounds, uplift, out var asked, out failure))
            {
                return new(null, failure);
            }
            most = Math.Max(most, asked);
        }
        return most > Money.MaxValue.Usd ? new(null, new(PricingFailureKind.AmountOutOfRange)) : new(Money.FromUsdRoundedUp(most), default);
    }

    private static bool TrySum(
        SkuPrice price,
        in TokenUsage usage,
        in PricingTerms terms,
        [NotNullWhen(true)] out RateSet? rates,
        out decimal uplift,
        out decimal exact,
        out PricingFailure failure
    )
    {
        (rates, uplift, exact) = (null, 1m, 0m);
        if (!InRange(usage))
        {
            failure = new(PricingFailureKind.AmountOutOfRange);
            return false;
        }
        if (!TryCard(price, terms, out var card, out failure) || !TryUplift(price, terms, out uplift, out failure))
        {
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
        var inputTokens = usage.InputTokens;
        if (LongContextIsUnpriced(price, card, inputTokens))
        {
            failure = new(PricingFailureKind.LongContextUnpriced, Term: Name(terms));
            return false;
        }
        rates = card.RatesAt(inputTokens);
        return TryAdd(rates, usage, uplift, out exact, out failure);
    }

    private static bool TryAdd(RateSet rates, in TokenUsage usage, decimal uplift, out decimal exact, out PricingFailure failure)
    {
        var (tokens, calls) = (0m, 0m);
        (exact, failure) = (0m, default);
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            var quantity = usage[usageClass];
            if (quantity == 0)
            {
                continue;
            }
            if (!rates.IsPriced(usageClass))
            {
                failure = new(PricingFailureKind.ClassUnpriced, usageClass);
                return false;
            }
            if (IsPerCall(usageClass))
            {
                calls += quantity * rates.Rate(usageClass);
            }
            else
            {
                tokens += quantity * rates.Rate(usageClass);
            }
        }
        exact = (tokens * uplift * PerToken) + calls;
        failure = exact > Money.MaxValue.Usd ? new(PricingFailureKind.AmountOutOfRange) : default;
        return failure.Kind == PricingFailureKind.None;
    }

    private static ChargeLine Line(UsageClass usageClass, long quantity, decimal rate, decimal uplift) =>
        IsPerCall(usageClass)
            ? new(usageClass, quantity, rate, PriceUnit.Call, quantity * rate)
            : new(usageClass, quantity, rate * uplift, PriceUnit.MillionTokens, quantity * rate * uplift * PerToken);

    // A fee for a call isn't a token rate: tiers of geography don't change it.
    private static bool IsPerCall(UsageClass usageClass) => usageClass == UsageClass.WebSearch;

    private static bool InRange(in TokenUsage usage)
    {
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            if (usage[usageClass] > MaxQuantity)
            {
                return false;
            }
        }
        return true;
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

    private static bool TryDearest(RateCard card, in CeilingBounds bounds, decimal uplift, out decimal most, out PricingFailure failure)
    {
        most = 0m;
        var last = card.LongContext.Count;
        for (var tier = 0; tier <= last; tier++)
        {
            if (tier > 0 && bounds.MaxInputTokens <= card.LongContext[tier - 1].AboveInputTokens)
            {
                break;
            }
            var inputTokens =
                tier < last ? Math.Min(bounds.MaxInputTokens, card.LongContext[tier].AboveInputTokens) : bounds.MaxInputTokens;
            var rates = tier == 0 ? card.Rates : card.LongContext[tier - 1].Rates;
            if (!TryCeilingRates(rates, bounds, out var input, out var output, out var search, out failure))
            {
                return false;
            }
            var tokens = (inputTokens * input) + (bounds.MaxOutputTokens * output);
            most = Math.Max(most, (tokens * uplift * PerToken) + (bounds.WebSearches * search));
        }
        failure = default;
        return true;
    }

    private static bool TryCeilingRates(
        RateSet rates,
        in CeilingBounds bounds,
        out decimal input,
        out decimal output,
        out decimal search,
        out PricingFailure failure
    )
    {
        (input, output, search) = (0m, 0m, rates.Rate(UsageClass.WebSearch));
        if (Missing(rates, bounds) is { } missing)
        {
            failure = new(PricingFailureKind.ClassUnpriced, missing);
            return false;
        }
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            if (IsInput(usageClass, bounds))
            {
                input = Math.Max(input, rates.Rate(usageClass));
            }
            else if (IsOutput(usageClass, bounds))
            {
                output = Math.Max(output, rates.Rate(usageClass));
            }
        }
        failure = default;
        return true;
    }

    // What the request asks for by name has to have a price. What it may merely reach counts where it has one: without one it is billed
    // as another class (images as text), or can't be priced and is posted at its ceiling.
    private static UsageClass? Missing(RateSet rates, in CeilingBounds bounds)
    {
        if (bounds.MaxInputTokens > 0 && !rates.IsPriced(UsageClass.Input))
        {
            return UsageClass.Input;
        }
        if (bounds.MaxOutputTokens > 0 && !rates.IsPriced(UsageClass.Output))
        {
            return UsageClass.Output;
        }
        if (bounds.CacheWriteHint == CacheWriteHint.FiveMinutes && !rates.IsPriced(UsageClass.CacheWrite5m))
        {
            return UsageClass.CacheWrite5m;
        }
        if (bounds.CacheWriteHint == CacheWriteHint.OneHour && !rates.IsPriced(UsageClass.CacheWrite1h))
        {
            return UsageClass.CacheWrite1h;
        }
        if (bounds.AudioOutput && !rates.IsPriced(UsageClass.AudioOutput))
        {
            return UsageClass.AudioOutput;
        }
        return bounds.WebSearches > 0 && !rates.IsPriced(UsageClass.WebSearch) ? UsageClass.WebSearch : null;
    }

    private static bool IsInput(UsageClass usageClass, in CeilingBounds bounds) =>
        usageClass switch
        {
            UsageClass.Input or UsageClass.CacheRead => true,
            UsageClass.CacheWrite5m => bounds.CacheWriteHint != CacheWriteHint.None,
            UsageClass.CacheWrite1h => bounds.CacheWriteHint == CacheWriteHint.OneHour,
            UsageClass.AudioInput or UsageClass.AudioCacheRead or UsageClass.ImageInput or UsageClass.ImageCacheRead => bounds.NonTextInput,
            _ => false,
        };

    private static bool IsOutput(UsageClass usageClass, in CeilingBounds bounds) =>
        usageClass switch
        {
            // A model with a rate for images may answer with one unasked.
            UsageClass.Output or UsageClass.ReasoningOutput or UsageClass.ImageOutput => true,
            UsageClass.AudioOutput => bounds.AudioOutput,
            _ => false,
        };
}
