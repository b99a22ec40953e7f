namespace Purser.Core.Pricing;

/// <summary>The rates of one way to be served: standard, a service tier or a speed, with what changes for long contexts.</summary>
public sealed class RateCard
{
    internal RateCard(RateSet rates, IReadOnlyList<LongContextRates> longContext)
    {
        Rates = rates;
        LongContext = longContext;
    }

    /// <summary>The rates up to the first long-context tier.</summary>
    public RateSet Rates { get; }

    /// <summary>The long-context tiers, by rising threshold; empty where the length of the context doesn't matter.</summary>
    public IReadOnlyList<LongContextRates> LongContext { get; }

    /// <summary>The rates of a whole request with this many input tokens, cached ones included.</summary>
    public RateSet RatesAt(long inputTokens)
    {
        var rates = Rates;
        for (var index = 0; index < LongContext.Count && inputTokens > LongContext[index].AboveInputTokens; index++)
        {
            rates = LongContext[index].Rates;
        }
        return rates;
    }
}

/// <summary>The rates of a whole request, output included, whose input is longer than a threshold.</summary>
/// <param name="AboveInputTokens">The tier begins at one token more than this: all input tokens count, cached or not.</param>
/// <param name="Rates">Its rates.</param>
public sealed record LongContextRates(long AboveInputTokens, RateSet Rates);
