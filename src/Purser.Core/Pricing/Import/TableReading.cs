using System.Globalization;
using System.Text.Json;

namespace Purser.Core.Pricing.Import;

/// <summary>What was read of one provider's part of a table so far: models under names that mean one model each, and refusals.</summary>
internal sealed class TableReading(string provider, string source)
{
    private const int Decimals = 9;
    private const decimal MaxRate = 1_000_000m;

    // Far below half of the last decimal that a rate may have: what differs by less was a decimal before a program made a binary
    // fraction of it.
    private const decimal BinaryNoise = 0.000000000001m;

    private readonly List<PricedModel> models = [];
    private readonly List<RefusedFigure> refused = [];
    private readonly Dictionary<string, string> owners = new(StringComparer.Ordinal);

    /// <summary>The provider's name in the price book.</summary>
    public string Provider => provider;

    /// <summary>What each price says as its source.</summary>
    public string Source => source;

    /// <summary>What was read.</summary>
    public PriceTable Table() => new(models, refused);

    /// <summary>Refuses a figure; the model keeps its other figures.</summary>
    public void Refuse(string model, string figure, string why) => refused.Add(new(model, figure, why, WholeModel: false));

    /// <summary>Refuses a model.</summary>
    public void RefuseModel(string model, string figure, string why) => refused.Add(new(model, figure, why, WholeModel: true));

    /// <summary>Adds a model. A name that another model has already stays that model's, and is refused here.</summary>
    public void Add(PricedModel model)
    {
        if (model.Id.Length == 0 || model.Id.Any(char.IsControl))
        {
            RefuseModel(model.Id, "id", "no request names a model so");
            return;
        }
        if (!owners.TryAdd(model.Id, model.Id))
        {
            var owner = models.First(known => known.Id == owners[model.Id]);
            if (!owner.Prices.Zip(model.Prices).All(pair => NamedRates.AreSame(pair.First, pair.Second)))
            {
                RefuseModel(model.Id, "id", $"the table has the name already, at another price, for '{owner.Id}'");
            }
            return;
        }
        var aliases = new List<string>();
        foreach (
            var alias in model.Aliases.Where(alias => alias != model.Id && !alias.Any(char.IsControl)).Distinct(StringComparer.Ordinal)
        )
        {
            if (owners.TryAdd(alias, model.Id))
            {
                aliases.Add(alias);
            }
            else
            {
                Refuse(model.Id, $"alias {alias}", $"the name means '{owners[alias]}' already");
            }
        }
        models.Add(
            new()
            {
                Provider = provider,
                Id = model.Id,
                Aliases = aliases,
                ContextTokens = model.ContextTokens,
                MaxOutputTokens = model.MaxOutputTokens,
                Reasoning = model.Reasoning,
                Prices = model.Prices,
            }
        );
    }

    /// <summary>The price entry that a card of rates makes.</summary>
    public SkuPrice Price(
        string model,
        PriceDates dates,
        CardDraft standard,
        IReadOnlyDictionary<string, RateCard>? tiers = null,
        IReadOnlyDictionary<string, decimal>? uplifts = null
    ) =>
        new()
        {
            Entry = $"{provider}/{model}@{dates.Name}",
            Start = dates.Start,
            End = dates.End,
            Source = source,
            Standard = standard.Card(),
            ServiceTiers = tiers ?? new Dictionary<string, RateCard>(),
            Speeds = new Dictionary<string, RateCard>(),
            GeoUplift = uplifts ?? new Dictionary<string, decimal>(),
        };

    /// <summary>
    /// A figure as a rate: the text of the JSON number, never a binary fraction, times a power of ten. Null, and a refusal, where it
    /// isn't a rate that the book takes.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="figure">The figure's name in the table.</param>
    /// <param name="value">A JSON number, or a text that holds one.</param>
    /// <param name="factor">From the table's unit to the book's.</param>
    public decimal? Rate(string model, string figure, JsonElement value, decimal factor)
    {
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        if (!decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var stated) || Math.Abs(stated) > MaxRate)
        {
            Refuse(model, figure, $"'{text}' is not an amount");
            return null;
        }
        var rate = stated * factor;
        var rounded = decimal.Round(rate, Decimals);
        if (rate == 0m)
        {
            Refuse(model, figure, "0: nothing is free by accident");
        }
        else if (rate < 0m)
        {
            Refuse(model, figure, $"'{text}' is below zero");
        }
        else if (Math.Abs(rate - rounded) > BinaryNoise || rounded == 0m || rounded > MaxRate)
        {
            Refuse(model, figure, $"'{text}' needs more than {Decimals} decimals, or is more than {MaxRate}");
        }
        else
        {
            return rounded;
        }
        return null;
    }

    /// <summary>A whole number of tokens; null where the table has none, or none that can be.</summary>
    public static long? Tokens(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var tokens)
        && tokens is > 0 and <= 1_000_000_000_000
            ? tokens
            : null;
}
