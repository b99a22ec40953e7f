namespace Purser.Core.Pricing;

/// <summary>A model of a provider, with its limits and all its prices, past, present and announced.</summary>
public sealed class PricedModel
{
    /// <summary>The name of the provider, as its file says (<c>openai</c>, <c>my-vllm</c>).</summary>
    public required string Provider { get; init; }

    /// <summary>The model's own name on the wire.</summary>
    public required string Id { get; init; }

    /// <summary>Other names on the wire that mean the same model at the same price: aliases and dated snapshots.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>The most tokens of input and output together; null where it isn't known.</summary>
    public long? ContextTokens { get; init; }

    /// <summary>The most output tokens of one answer; null where it isn't known.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>
    /// The most seconds that one call may take, at which the gateway cuts it off; null where there is no such limit. Only a model with a price by
    /// the machine's hour has one, 1 to 86,400.
    /// </summary>
    public long? MaxSeconds { get; init; }

    /// <summary>Whether the model may bill output tokens (reasoning) that the answer doesn't show.</summary>
    public bool Reasoning { get; init; }

    /// <summary>Its prices, by rising start; they never overlap.</summary>
    public required IReadOnlyList<SkuPrice> Prices { get; init; }

    /// <summary>The price at an instant; null before the first and in a gap.</summary>
    public SkuPrice? PriceAt(DateTimeOffset at)
    {
        for (var index = Prices.Count - 1; index >= 0; index--)
        {
            if (Prices[index].HoldsAt(at))
            {
                return Prices[index];
            }
        }
        return null;
    }
}
