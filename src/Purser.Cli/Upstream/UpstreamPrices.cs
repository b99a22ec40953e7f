using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Cli.Upstream;

/// <summary>Flat rates, for a model that no price book has.</summary>
/// <param name="Input">USD for a million prompt tokens, cached or not.</param>
/// <param name="Output">USD for a million output tokens, reasoning included.</param>
internal sealed record FlatRates(decimal Input, decimal Output);

/// <summary>What an upstream's bills come to: by flat rates where there are some, else by the price book's list prices.</summary>
internal sealed class UpstreamPrices(PriceBook book, FlatRates? flat)
{
    private const decimal PerToken = 0.000001m;

    /// <summary>Whether a model has a price at a time.</summary>
    public bool Knows(string api, string model, DateTimeOffset at) => flat is not null || Find(api, model, at) is not null;

    /// <summary>What one call cost, rounded up to a nano-dollar.</summary>
    /// <returns>Null where the model, or a class of what it billed, has no price.</returns>
    public Money? Cost(UpstreamCall call)
    {
        if (flat is not null)
        {
            var output = call.Usage[UsageClass.Output] + call.Usage[UsageClass.ReasoningOutput];
            return Money.FromUsdRoundedUp(((call.Usage.InputTokens * flat.Input) + (output * flat.Output)) * PerToken);
        }

        return
            Find(call.Api, call.Model, call.At) is { } price
            && PriceCalculator.TryCost(price, call.Usage, new PricingTerms(At: call.At), out var cost, out _)
            ? cost
            : null;
    }

    private SkuPrice? Find(string api, string model, DateTimeOffset at) => book.FindModel(api, model)?.PriceAt(at);
}
