using System.Globalization;
using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Import;

/// <summary>
/// The data of genai-prices: a list of providers with models, whose prices are per million and may have start dates. A threshold is
/// its last length at the rates before; a rate without thresholds holds at every length.
/// </summary>
internal static class GenaiPricesTable
{
    private static readonly Dictionary<string, (UsageClass Class, decimal Factor)> Figures = new(StringComparer.Ordinal)
    {
        ["input_mtok"] = (UsageClass.Input, 1m),
        ["cache_read_mtok"] = (UsageClass.CacheRead, 1m),
        ["cache_write_mtok"] = (UsageClass.CacheWrite5m, 1m),
        ["cache_write_5m_mtok"] = (UsageClass.CacheWrite5m, 1m),
        ["cache_write_1h_mtok"] = (UsageClass.CacheWrite1h, 1m),
        ["output_mtok"] = (UsageClass.Output, 1m),
        ["output_reasoning_mtok"] = (UsageClass.ReasoningOutput, 1m),
        ["input_audio_mtok"] = (UsageClass.AudioInput, 1m),
        ["cache_audio_read_mtok"] = (UsageClass.AudioCacheRead, 1m),
        ["output_audio_mtok"] = (UsageClass.AudioOutput, 1m),
        ["input_image_mtok"] = (UsageClass.ImageInput, 1m),
        ["cache_image_read_mtok"] = (UsageClass.ImageCacheRead, 1m),
        ["output_image_mtok"] = (UsageClass.ImageOutput, 1m),
        ["web_searches_kcount"] = (UsageClass.WebSearch, 0.001m),
        ["input_video_mtok"] = (UsageClass.VideoInput, 1m),
        ["cache_video_read_mtok"] = (UsageClass.VideoCacheRead, 1m),
        ["output_video_mtok"] = (UsageClass.VideoOutput, 1m),
        ["output_citation_mtok"] = (UsageClass.Citation, 1m),
        ["requests_kcount"] = (UsageClass.FlatRequest, 0.001m),
        ["rerank_searches_kcount"] = (UsageClass.SearchUnit, 0.001m),
        ["storage_searches_kcount"] = (UsageClass.FileSearch, 0.001m),
        ["social_searches_kcount"] = (UsageClass.XSearch, 0.001m),
        ["code_executions_kcount"] = (UsageClass.CodeExecution, 0.001m),
    };

    public static void Read(JsonElement root, TableReading reading)
    {
        if (root.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("this is not genai-prices' table: it begins with a list of providers");
        }
        foreach (var provider in root.EnumerateArray().Where(provider => TableJson.Text(provider, "id") == reading.Provider))
        {
            foreach (var model in TableJson.Items(provider, "models"))
            {
                Model(model, reading);
            }
        }
    }

    private static void Model(JsonElement model, TableReading reading)
    {
        var id = TableJson.Text(model, "id") ?? throw new FormatException("a model of genai-prices' table has no 'id'");
        var refusals = new ModelRefusal(reading, id);
        var prices = Prices(model, id, reading, refusals);
        if (refusals.Any)
        {
            return;
        }
        var aliases = new List<string>();
        if (model.TryGetProperty("match", out var match))
        {
            Names(match, aliases, reading, id);
        }
        reading.Add(
            new()
            {
                Provider = reading.Provider,
                Id = id,
                Aliases = aliases,
                Prices = prices,
            }
        );
    }

    private static List<SkuPrice> Prices(JsonElement model, string id, TableReading reading, ModelRefusal refusals)
    {
        var stated = new List<(DateTimeOffset? Start, CardDraft Card)>();
        if (!model.TryGetProperty("prices", out var prices) || prices.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
        {
            refusals.Model("prices", "the table states no price");
            return [];
        }
        foreach (var (constraint, figures) in Conditional(prices))
        {
            var start = Start(constraint, refusals);
            var card = Card(figures, id, reading, refusals);
            if (card.IsEmpty)
            {
                refusals.Model("prices", "the table states no rate; if it is free, say so in a file of your own");
            }
            stated.Add((start, card));
        }
        var ordered = stated.OrderBy(price => price.Start ?? DateTimeOffset.MinValue).ToList();
        return
        [
            .. ordered.Select(
                (price, index) =>
                    reading.Price(id, new(price.Start, index + 1 < ordered.Count ? ordered[index + 1].Start : null), price.Card)
            ),
        ];
    }

    private static IEnumerable<(JsonElement? Constraint, JsonElement Figures)> Conditional(JsonElement prices) =>
        prices.ValueKind == JsonValueKind.Object
            ? [(null, prices)]
            : prices
                .EnumerateArray()
                .Select(price =>
                    (price.TryGetProperty("constraint", out var constraint) ? constraint : (JsonElement?)null, price.GetProperty("prices"))
                );

    private static DateTimeOffset? Start(JsonElement? constraint, ModelRefusal refusals)
    {
        if (constraint is not { ValueKind: JsonValueKind.Object } conditions)
        {
            return null;
        }
        if (
            TableJson.Text(conditions, "start_date") is { } day
            && conditions.EnumerateObject().All(condition => condition.Name is "start_date" or "type")
            && DateTimeOffset.TryParseExact(
                day,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var start
            )
        )
        {
            return start;
        }
        refusals.Model("constraint", $"only a start date can be carried over, not {conditions.GetRawText()}");
        return null;
    }

    private static CardDraft Card(JsonElement figures, string id, TableReading reading, ModelRefusal refusals)
    {
        var card = new CardDraft();
        foreach (var figure in figures.EnumerateObject().Where(figure => figure.Value.ValueKind != JsonValueKind.Null))
        {
            if (!Figures.TryGetValue(figure.Name, out var known))
            {
                refusals.Model(figure.Name, "the price book has no such rate, and the price would be too low without it");
                continue;
            }
            var steps = figure.Value.ValueKind == JsonValueKind.Object ? Steps(figure.Value) : [(0L, figure.Value)];
            foreach (var (above, value) in steps)
            {
                if (reading.Rate(id, figure.Name, value, known.Factor) is { } rate)
                {
                    card.Add(known.Class, rate, above);
                }
            }
        }
        card.CarryUpwards();
        return card;
    }

    private static IEnumerable<(long Above, JsonElement Rate)> Steps(JsonElement tiered) =>
        TableJson
            .Items(tiered, "tiers")
            .Select(tier => (tier.GetProperty("start").GetInt64(), tier.GetProperty("price")))
            .Prepend((0L, tiered.GetProperty("base")));

    // A rule that names are only like (starts_with, contains, regex) would price models that nobody has seen yet.
    private static void Names(JsonElement match, List<string> names, TableReading reading, string id)
    {
        foreach (var clause in match.EnumerateObject())
        {
            if (clause.Name == "equals")
            {
                names.Add(clause.Value.GetString()!);
            }
            else if (clause is { Name: "or", Value.ValueKind: JsonValueKind.Array })
            {
                foreach (var option in clause.Value.EnumerateArray())
                {
                    Names(option, names, reading, id);
                }
            }
            else
            {
                reading.Refuse(id, $"match {clause.Name} {clause.Value}", "only exact names are carried over");
            }
        }
    }
}
