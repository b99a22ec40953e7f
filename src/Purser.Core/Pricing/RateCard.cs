using System.Globalization;

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

    /// <summary>
    /// The long-context tiers, by rising threshold; empty where the length of the context doesn't matter. All of them are marginal or none.
    /// </summary>
    public IReadOnlyList<LongContextRates> LongContext { get; }

    /// <summary>Whether only the input tokens above a threshold cost its rates, and the others and the output what they cost below.</summary>
    public bool IsMarginal => LongContext.Count > 0 && LongContext[0].Marginal;

    /// <summary>
    /// The rates of a whole request with this many input tokens, cached ones included; where the tiers are marginal, those below the first.
    /// </summary>
    public RateSet RatesAt(long inputTokens)
    {
        var rates = Rates;
        for (var index = 0; index < LongContext.Count && inputTokens > LongContext[index].AboveInputTokens && !IsMarginal; index++)
        {
            rates = LongContext[index].Rates;
        }
        return rates;
    }
}

/// <summary>
/// The rates of a whole request, output included, whose input is longer than a threshold; or, where they are marginal, of the input tokens above
/// it alone.
/// </summary>
/// <param name="AboveInputTokens">The tier begins at one token more than this: all input tokens count, cached or not.</param>
/// <param name="Rates">Its rates; a marginal tier's have those for input that it doesn't list from the tier before, and no others.</param>
/// <param name="Marginal">Whether only the tokens above the threshold cost them.</param>
public sealed record LongContextRates(long AboveInputTokens, RateSet Rates, bool Marginal = false)
{
    /// <summary>What lists of rates call the tier: <c>above 200000</c>, or <c>beyond 200000</c> where it is marginal.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{(Marginal ? "beyond" : "above")} {AboveInputTokens}");
}
