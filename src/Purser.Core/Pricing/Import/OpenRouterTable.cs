using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Import;

/// <summary>
/// OpenRouter's list of models: texts in USD per token, per call for searches. <c>overrides</c> hold above a number of prompt tokens; the
/// vendors that it passes on call the same number the last length at the rates before.
/// </summary>
internal static class OpenRouterTable
{
    private const decimal PerMillion = 1_000_000m;

    private static readonly Dictionary<string, (UsageClass Class, decimal Factor)> Figures = new(StringComparer.Ordinal)
    {
        ["prompt"] = (UsageClass.Input, PerMillion),
        ["completion"] = (UsageClass.Output, PerMillion),
        ["input_cache_read"] = (UsageClass.CacheRead, PerMillion),
        ["input_cache_write"] = (UsageClass.CacheWrite5m, PerMillion),
        ["input_cache_write_1h"] = (UsageClass.CacheWrite1h, PerMillion),
        ["internal_reasoning"] = (UsageClass.ReasoningOutput, PerMillion),
        ["audio"] = (UsageClass.AudioInput, PerMillion),
        ["input_audio_cache"] = (UsageClass.AudioCacheRead, PerMillion),
        ["audio_output"] = (UsageClass.AudioOutput, PerMillion),
        ["image_output"] = (UsageClass.ImageOutput, PerMillion),
        ["web_search"] = (UsageClass.WebSearch, 1m),
        ["request"] = (UsageClass.FlatRequest, 1m),
    };

    public static void Read(JsonElement root, TableReading reading)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("data", out _))
        {
            throw new FormatException("this is not OpenRouter's list of models: it has no 'data'");
        }
        // Its models have the names of other hosts' models, and not their prices.
        if (reading.Provider != "openrouter")
        {
            return;
        }
        foreach (var model in TableJson.Items(root, "data"))
        {
            Model(model, reading);
        }
    }

    private static void Model(JsonElement model, TableReading reading)
    {
        var id = TableJson.Text(model, "id") ?? throw new FormatException("a model of OpenRouter's list has no 'id'");
        var refusals = new ModelRefusal(reading, id);
        if (TableJson.Map(model, "pricing") is not { } pricing)
        {
            refusals.Model("pricing", "the table states no price");
            return;
        }
        var card = new CardDraft();
        Rates(pricing, 0, id, card, reading);
        foreach (var longer in TableJson.Items(pricing, "overrides"))
        {
            if (TableReading.Tokens(longer, "min_prompt_tokens") is { } above)
            {
                Rates(longer, above, id, card, reading);
            }
            else
            {
                refusals.Model("overrides", $"only a number of prompt tokens can be carried over, not {longer.GetRawText()}");
            }
        }
        card.CarryUpwards();
        if (!card.Has(UsageClass.Input) || !card.Has(UsageClass.Output))
        {
            refusals.Model("pricing", "the table states no price; if it is free, say so in a file of your own");
        }
        if (refusals.Any)
        {
            return;
        }
        var limits = TableJson.Map(model, "top_provider");
        reading.Add(
            new()
            {
                Provider = reading.Provider,
                Id = id,
                Aliases = TableJson.Text(model, "canonical_slug") is { } slug ? [slug] : [],
                ContextTokens = TableReading.Tokens(model, "context_length"),
                MaxOutputTokens = limits is { } known ? TableReading.Tokens(known, "max_completion_tokens") : null,
                Reasoning = TableJson.Map(model, "reasoning") is not null,
                Prices = [reading.Price(id, new(null, null), card)],
            }
        );
    }

    private static void Rates(JsonElement pricing, long above, string id, CardDraft card, TableReading reading)
    {
        foreach (var figure in pricing.EnumerateObject().Where(figure => figure.Name is not ("overrides" or "min_prompt_tokens")))
        {
            if (Figures.TryGetValue(figure.Name, out var known))
            {
                if (reading.Rate(id, figure.Name, figure.Value, known.Factor) is { } rate)
                {
                    card.Add(known.Class, rate, above);
                }
            }
            else
            {
                reading.Refuse(id, figure.Name, "the table doesn't say what it is for one of");
            }
        }
    }
}
