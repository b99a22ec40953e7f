using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>The dearest rates that a request within bounds can reach, at one set of rates.</summary>
/// <param name="Input">For an input token, in USD per million.</param>
/// <param name="Output">For an output token, in USD per million.</param>
/// <param name="Search">For a web search.</param>
/// <param name="Unit">For a search unit of a reranking.</param>
/// <param name="Request">For the request itself, with the largest context of its search.</param>
/// <param name="Hour">For an hour of the machine.</param>
/// <param name="Pieces">For all that is billed by the piece.</param>
internal readonly record struct CeilingRates(
    decimal Input,
    decimal Output,
    decimal Search,
    decimal Unit,
    decimal Request,
    decimal Hour,
    decimal Pieces
)
{
    private const decimal PerToken = 0.000001m;

    /// <summary>The most that a request within bounds can cost by a card, in USD; false where that can't be said.</summary>
    public static bool TryDearest(RateCard card, in CeilingBounds bounds, decimal uplift, out decimal most, out PricingFailure failure)
    {
        most = 0m;
        if (card.IsMarginal)
        {
            return TryMarginal(card, bounds, uplift, out most, out failure);
        }
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
            if (!TryOf(rates, bounds, out var dearest, out failure))
            {
                return false;
            }
            most = Math.Max(most, dearest.Usd(inputTokens * dearest.Input, bounds, uplift));
        }
        failure = default;
        return true;
    }

    private static bool TryMarginal(RateCard card, in CeilingBounds bounds, decimal uplift, out decimal most, out PricingFailure failure)
    {
        most = 0m;
        if (!TryOf(card.Rates, bounds, out var dearest, out failure))
        {
            return false;
        }
        var input = 0m;
        for (var tier = 0; tier <= card.LongContext.Count; tier++)
        {
            var from = tier == 0 ? 0L : card.LongContext[tier - 1].AboveInputTokens;
            var to = tier == card.LongContext.Count ? long.MaxValue : card.LongContext[tier].AboveInputTokens;
            var tokens = Math.Max(0L, Math.Min(to, bounds.MaxInputTokens) - from);
            input += tokens * DearestInput(MarginalTiers.Rates(card, tier), bounds);
        }
        most = dearest.Usd(input, bounds, uplift);
        return true;
    }

    private decimal Usd(decimal input, in CeilingBounds bounds, decimal uplift) =>
        ((input + (bounds.MaxOutputTokens * Output)) * uplift * PerToken)
        + (bounds.WebSearches * Search)
        + (bounds.SearchUnits * Unit)
        + Request
        + Pieces
        + PriceUnits.Usd(bounds.MaxComputeMilliseconds ?? 0, Hour, PriceUnit.MachineHour);

    private static bool TryOf(RateSet rates, in CeilingBounds bounds, out CeilingRates dearest, out PricingFailure failure)
    {
        dearest = default;
        if (Missing(rates, bounds) is { } missing)
        {
            failure = new(PricingFailureKind.ClassUnpriced, missing);
            return false;
        }
        if (Unbounded(rates, bounds) is { } unbounded)
        {
            failure = new(PricingFailureKind.Unbounded, unbounded);
            return false;
        }
        var output = 0m;
        for (var usageClass = default(UsageClass); (int)usageClass < TokenUsage.ClassCount; usageClass++)
        {
            output = IsOutput(usageClass, bounds) ? Math.Max(output, rates.Rate(usageClass)) : output;
        }
        var request = rates.Rate(UsageClass.FlatRequest) + rates.Rate(rates.DearestContextRequest);
        dearest = new(
            DearestInput(rates, bounds),
            output,
            rates.Rate(UsageClass.WebSearch),
            rates.Rate(UsageClass.SearchUnit),
            request,
            rates.Rate(UsageClass.ComputeMillisecond),
            bounds.Pieces.Usd(rates)
        );
        failure = default;
        return true;
    }

    private static decimal DearestInput(RateSet rates, in CeilingBounds bounds)
    {
        var input = 0m;
        foreach (var usageClass in MarginalTiers.InputOrder)
        {
            input = IsInput(usageClass, bounds) ? Math.Max(input, rates.Rate(usageClass)) : input;
        }
        return input;
    }

    // What a request can't say beforehand, and no limit of it bounds.
    private static UsageClass? Unbounded(RateSet rates, in CeilingBounds bounds)
    {
        if (rates.Rate(UsageClass.Citation) > 0m)
        {
            return UsageClass.Citation;
        }
        if (rates.ChargesTime && bounds.MaxComputeMilliseconds is null)
        {
            return UsageClass.ComputeMillisecond;
        }
        if (bounds.NonTextInput && bounds.Pieces.AudioSeconds == 0 && rates.Rate(UsageClass.AudioSecond) > 0m)
        {
            return UsageClass.AudioSecond;
        }
        return bounds.NonTextInput && bounds.Pieces.InputImages == 0 && rates.Rate(UsageClass.InputImage) > 0m
            ? UsageClass.InputImage
            : null;
    }

    // What the request asks for by name has to have a price. What it may merely reach counts where it has one: without one it is billed
    // as another class (images as text), or can't be priced and is posted at its ceiling.
    private static UsageClass? Missing(RateSet rates, in CeilingBounds bounds)
    {
        var isByPiece = bounds.Pieces.ArePriced(rates);
        if (bounds.MaxInputTokens > 0 && !isByPiece && !rates.IsPriced(UsageClass.Input))
        {
            return UsageClass.Input;
        }
        if (bounds.MaxOutputTokens > 0 && !isByPiece && !rates.IsPriced(UsageClass.Output))
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
        if (bounds.AudioOutput && !isByPiece && !rates.IsPriced(UsageClass.AudioOutput))
        {
            return UsageClass.AudioOutput;
        }
        if (bounds.SearchUnits > 0 && !rates.IsPriced(UsageClass.SearchUnit))
        {
            return UsageClass.SearchUnit;
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
            UsageClass.VideoInput or UsageClass.VideoCacheRead => bounds.NonTextInput,
            _ => false,
        };

    private static bool IsOutput(UsageClass usageClass, in CeilingBounds bounds) =>
        usageClass switch
        {
            // A model with a rate for images or video may answer with one unasked.
            UsageClass.Output or UsageClass.ReasoningOutput or UsageClass.ImageOutput or UsageClass.VideoOutput => true,
            UsageClass.AudioOutput => bounds.AudioOutput,
            _ => false,
        };
}
