using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Import;

/// <summary>models.dev: a map of providers, each with a map of models, whose <c>cost</c> is in USD per million.</summary>
internal static class ModelsDevTable
{
    private const string Longer = "context_over_200k";
    private const long LongerThan = 200_000;

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["aws"] = "amazon-bedrock",
        ["x-ai"] = "xai",
        ["fireworks"] = "fireworks-ai",
        ["together"] = "togetherai",
        ["novita"] = "novita-ai",
    };

    private static readonly Dictionary<string, UsageClass> Figures = new(StringComparer.Ordinal)
    {
        ["input"] = UsageClass.Input,
        ["output"] = UsageClass.Output,
        ["reasoning"] = UsageClass.ReasoningOutput,
        ["cache_read"] = UsageClass.CacheRead,
        ["cache_write"] = UsageClass.CacheWrite5m,
        ["input_audio"] = UsageClass.AudioInput,
        ["output_audio"] = UsageClass.AudioOutput,
    };

    public static void Read(JsonElement root, TableReading reading)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("this is not models.dev's table: it begins with a map of providers");
        }
        if (
            TableJson.Map(root, Names.GetValueOrDefault(reading.Provider, reading.Provider)) is not { } provider
            || TableJson.Map(provider, "models") is not { } models
        )
        {
            return;
        }
        foreach (var model in models.EnumerateObject())
        {
            Model(model.Name, model.Value, reading);
        }
    }

    private static void Model(string id, JsonElement model, TableReading reading)
    {
        if (TableJson.Map(model, "cost") is not { } cost)
        {
            reading.RefuseModel(id, "cost", "the table states no price");
            return;
        }
        var card = new CardDraft();
        Rates(cost, 0, id, card, reading);
        if (TableJson.Map(cost, Longer) is { } longer)
        {
            Rates(longer, LongerThan, id, card, reading);
            card.CarryUpwards();
        }
        if (!card.Has(UsageClass.Input))
        {
            reading.RefuseModel(id, "cost", "the table states no price; if it is free, say so in a file of your own");
            return;
        }
        var limit = TableJson.Map(model, "limit");
        reading.Add(
            new()
            {
                Provider = reading.Provider,
                Id = id,
                Aliases = [],
                ContextTokens = limit is { } window ? TableReading.Tokens(window, "context") : null,
                MaxOutputTokens = limit is { } most ? TableReading.Tokens(most, "output") : null,
                Reasoning = TableJson.Flag(model, "reasoning"),
                Prices = [reading.Price(id, new(null, null), card)],
            }
        );
    }

    private static void Rates(JsonElement cost, long above, string id, CardDraft card, TableReading reading)
    {
        foreach (var figure in cost.EnumerateObject().Where(figure => figure.Name != Longer))
        {
            if (!Figures.TryGetValue(figure.Name, out var usageClass))
            {
                reading.Refuse(id, figure.Name, "the price book has no such rate");
            }
            else if (reading.Rate(id, figure.Name, figure.Value, 1m) is { } rate)
            {
                card.Add(usageClass, rate, above);
            }
        }
    }
}
