using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Import;

/// <summary>
/// LiteLLM's table: a map of models in USD per token, with thresholds and service tiers in the names of its figures. It has no dates.
/// </summary>
internal static class LiteLlmTable
{
    private static readonly Regex Qualified = new(
        "^(?<name>.+?)(_above_(?<above>[0-9]{1,6})k_tokens)?(_(?<tier>priority|flex|batches))?$",
        RegexOptions.CultureInvariant
    );

    private const decimal PerMillion = 1_000_000m;

    // The book's provider, and what LiteLLM calls it.
    private static readonly Dictionary<string, string[]> Names = new(StringComparer.Ordinal)
    {
        ["aws"] = ["bedrock", "bedrock_converse"],
        ["azure"] = ["azure", "azure_ai"],
        ["cohere"] = ["cohere", "cohere_chat"],
        ["fireworks"] = ["fireworks_ai", "fireworks_ai-embedding-models"],
        ["google"] = ["gemini", "vertex_ai-language-models", "vertex_ai-anthropic_models", "vertex_ai-embedding-models"],
        ["moonshotai"] = ["moonshot"],
        ["together"] = ["together_ai"],
        ["voyageai"] = ["voyage"],
        ["x-ai"] = ["xai"],
    };

    private static readonly string[] Routes =
    [
        "azure/",
        "azure_ai/",
        "bedrock/",
        "bedrock_converse/",
        "cohere/",
        "cohere_chat/",
        "fireworks_ai/",
        "gemini/",
        "moonshot/",
        "together_ai/",
        "vertex_ai/",
        "voyage/",
        "xai/",
    ];

    private static readonly Dictionary<string, UsageClass> Figures = new(StringComparer.Ordinal)
    {
        ["input_cost_per_token"] = UsageClass.Input,
        ["output_cost_per_token"] = UsageClass.Output,
        ["output_cost_per_reasoning_token"] = UsageClass.ReasoningOutput,
        ["cache_read_input_token_cost"] = UsageClass.CacheRead,
        ["input_cost_per_token_cache_hit"] = UsageClass.CacheRead,
        ["cache_creation_input_token_cost"] = UsageClass.CacheWrite5m,
        ["cache_creation_input_token_cost_above_1hr"] = UsageClass.CacheWrite1h,
        ["input_cost_per_audio_token"] = UsageClass.AudioInput,
        ["output_cost_per_audio_token"] = UsageClass.AudioOutput,
        ["cache_read_input_audio_token_cost"] = UsageClass.AudioCacheRead,
        ["input_cost_per_image_token"] = UsageClass.ImageInput,
        ["output_cost_per_image_token"] = UsageClass.ImageOutput,
    };

    // Figures that aren't by the token, with what makes a rate of the book of them, and the modes of models in which they mean that; no mode
    // where they always do.
    private static readonly Dictionary<string, (UsageClass Class, decimal Factor, string[] Modes)> Fees = new(StringComparer.Ordinal)
    {
        ["citation_cost_per_token"] = (UsageClass.Citation, PerMillion, []),
        ["output_cost_per_video_token"] = (UsageClass.VideoOutput, PerMillion, []),
        ["input_cost_per_request"] = (UsageClass.FlatRequest, 1m, []),
        ["input_cost_per_query"] = (UsageClass.SearchUnit, 1m, ["rerank"]),
        ["ocr_cost_per_page"] = (UsageClass.OcrPage, 1m, []),
        ["annotation_cost_per_page"] = (UsageClass.AnnotatedPage, 1m, []),
        ["code_interpreter_cost_per_session"] = (UsageClass.ContainerSession, 1m, []),
        ["input_cost_per_second"] = (UsageClass.AudioSecond, 3600m, ["audio_transcription"]),
        ["input_cost_per_character"] = (UsageClass.SpeechCharacter, PerMillion, ["audio_speech"]),
        ["input_cost_per_image"] = (UsageClass.InputImage, 1m, ["embedding"]),
        ["output_cost_per_image"] = (UsageClass.GeneratedImage, 1m, ["image_generation"]),
    };

    // Models of these modes may have no rate for tokens.
    private static readonly string[] WithoutTokens = ["ocr", "rerank", "audio_transcription", "audio_speech", "image_generation"];

    public static void Read(JsonElement root, TableReading reading)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("this is not LiteLLM's table: it begins with a map of models");
        }
        var names = Names.GetValueOrDefault(reading.Provider, [reading.Provider]);
        foreach (var model in root.EnumerateObject().Where(model => names.Contains(TableJson.Text(model.Value, "litellm_provider"))))
        {
            var route = Routes
                .Append($"{reading.Provider}/")
                .FirstOrDefault(route => model.Name.StartsWith(route, StringComparison.Ordinal));
            Model(
                route is null ? model.Name : model.Name[route.Length..],
                model.Value,
                reading,
                hasRegions: route is "azure/" or "bedrock/"
            );
        }
    }

    private static void Model(string id, JsonElement model, TableReading reading, bool hasRegions)
    {
        var refusals = new ModelRefusal(reading, id);
        if (hasRegions && id.Contains('/', StringComparison.Ordinal))
        {
            refusals.Model("id", "the price of one region or deployment, which the name on the wire doesn't show");
            return;
        }
        var cards = new Dictionary<string, CardDraft>(StringComparer.Ordinal) { [""] = new() };
        var mode = TableJson.Text(model, "mode") ?? "";
        // Some have a price by the image beside the one by the token that it's made of.
        var isByToken = model.TryGetProperty("output_cost_per_image_token", out _);
        foreach (var figure in model.EnumerateObject().Where(figure => IsFigure(figure.Name)))
        {
            Figure(figure, id, isByToken ? "" : mode, cards, reading, refusals);
        }
        var standard = cards[""];
        if (!standard.Has(UsageClass.Input) && (standard.IsEmpty || !WithoutTokens.Contains(mode)))
        {
            refusals.Model("input_cost_per_token", "the table states no rate for input tokens");
        }
        if (refusals.Any)
        {
            return;
        }
        var (input, output) = (TableReading.Tokens(model, "max_input_tokens"), TableReading.Tokens(model, "max_output_tokens"));
        reading.Add(
            new()
            {
                Provider = reading.Provider,
                Id = id,
                Aliases = [],
                // The table has the longest input; the book has input and output together.
                ContextTokens = input + output,
                MaxOutputTokens = output,
                Reasoning = TableJson.Flag(model, "supports_reasoning"),
                Prices = [reading.Price(id, new(null, null), standard, Tiers(cards, id, reading), Uplifts(model, id, reading))],
            }
        );
    }

    private static bool IsFigure(string name) =>
        name.Contains("cost", StringComparison.Ordinal) || name.Contains("pricing", StringComparison.Ordinal);

    private static void Figure(
        JsonProperty figure,
        string id,
        string mode,
        Dictionary<string, CardDraft> cards,
        TableReading reading,
        ModelRefusal refusals
    )
    {
        if (figure.Name == "search_context_cost_per_query")
        {
            Search(figure.Value, id, cards[""], reading);
            return;
        }
        var (name, above, tier) = Parts(figure.Name);
        if (Figures.TryGetValue(name, out var usageClass))
        {
            if (reading.Rate(id, figure.Name, figure.Value, PerMillion) is { } rate)
            {
                if (!cards.TryGetValue(tier, out var card))
                {
                    cards[tier] = card = new();
                }
                card.Add(usageClass, rate, above);
            }
        }
        else if (Fees.TryGetValue(figure.Name, out var fee) && (fee.Modes.Length == 0 || fee.Modes.Contains(mode)))
        {
            if (reading.Rate(id, figure.Name, figure.Value, fee.Factor) is { } rate)
            {
                cards[""].Add(fee.Class, rate);
            }
            else if (fee.Modes.Length == 0)
            {
                refusals.Model(figure.Name, "the price would be too low without it");
            }
        }
        else if (figure.Name == "tiered_pricing")
        {
            refusals.Model(figure.Name, "ranges of lengths are not carried over");
        }
        else if (figure.Value.ValueKind != JsonValueKind.Null)
        {
            reading.Refuse(id, figure.Name, "the price book has no such rate");
        }
    }

    // input_cost_per_token_above_272k_tokens_priority is input_cost_per_token, above 272,000 tokens, on the tier 'priority'.
    private static (string Name, long Above, string Tier) Parts(string figure)
    {
        var match = Qualified.Match(figure);
        var above = match.Groups["above"] is { Success: true, Value: var text } ? long.Parse(text, CultureInfo.InvariantCulture) * 1000 : 0;
        var tier = match.Groups["tier"].Value;
        return (match.Groups["name"].Value, above, tier == "batches" ? "batch" : tier);
    }

    private static void Search(JsonElement fees, string id, CardDraft card, TableReading reading)
    {
        const string Figure = "search_context_cost_per_query";
        var stated = fees.ValueKind == JsonValueKind.Object ? fees.EnumerateObject().ToList() : [];
        if (stated.Select(fee => fee.Value.GetRawText()).Distinct(StringComparer.Ordinal).Count() == 1)
        {
            if (reading.Rate(id, Figure, stated[0].Value, 1m) is { } fee)
            {
                card.Add(UsageClass.WebSearch, fee);
            }
        }
        else if (reading.Provider != "perplexity")
        {
            reading.Refuse(id, Figure, "the fee depends on the size of the search's context, which usage doesn't state");
        }
        else
        {
            foreach (var size in stated)
            {
                var usageClass = size.Name switch
                {
                    "search_context_size_low" => UsageClass.LowContextRequest,
                    "search_context_size_medium" => UsageClass.MediumContextRequest,
                    _ => UsageClass.HighContextRequest,
                };
                if (reading.Rate(id, $"{Figure} {size.Name}", size.Value, 1m) is { } fee)
                {
                    card.Add(usageClass, fee);
                }
            }
        }
    }

    private static Dictionary<string, RateCard> Tiers(Dictionary<string, CardDraft> cards, string id, TableReading reading)
    {
        var standard = cards[""];
        var tiers = new Dictionary<string, RateCard>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, card) in cards.Where(card => card.Key.Length > 0))
        {
            if (!card.Has(UsageClass.Input) || (standard.Has(UsageClass.Output) && !card.Has(UsageClass.Output)))
            {
                reading.Refuse(id, $"tier {name}", "it has no rate for input or for output");
            }
            else
            {
                tiers[name] = card.Card(standard.Fees);
            }
        }
        return tiers;
    }

    private static Dictionary<string, decimal> Uplifts(JsonElement model, string id, TableReading reading)
    {
        var uplifts = new Dictionary<string, decimal>(StringComparer.OrdinalIgnoreCase);
        if (TableJson.Map(model, "provider_specific_entry") is not { } entries)
        {
            return uplifts;
        }
        foreach (var entry in entries.EnumerateObject())
        {
            if (entry.Name == "us" && entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetDecimal(out var factor))
            {
                uplifts[entry.Name] = factor;
            }
            else
            {
                reading.Refuse(id, $"provider_specific_entry {entry.Name}", "a multiple is not a rate");
            }
        }
        return uplifts;
    }
}
