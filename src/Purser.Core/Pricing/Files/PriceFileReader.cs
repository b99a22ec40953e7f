using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>A model as one file states it, with the lines that later errors point at.</summary>
internal sealed record StatedModel(PricedModel Model, string File, int Line, bool Replace, IReadOnlyList<(string Name, int Line)> Names);

/// <summary>What one file states, as far as it can be read.</summary>
internal sealed record StatedFile(IReadOnlyList<StatedModel> Models, IReadOnlyList<ModelFees> Fees);

/// <summary>Reads one price file into models; whatever is wrong in it is reported, all at once.</summary>
internal sealed class PriceFileReader
{
    private static readonly string[] FileKeys = ["provider", "sources", FeesReader.Key, "models"];
    private static readonly string[] ModelKeys =
    [
        "id",
        "aliases",
        "context_tokens",
        "max_output_tokens",
        MachineHour.Limit,
        "reasoning",
        SearchingModel.Always,
        SearchingModel.DefaultContext,
        "replace",
        "note",
        "prices",
    ];
    private static readonly string[] PriceKeys =
    [
        "start",
        "end",
        "source",
        "note",
        "free",
        .. CurrencyReader.Keys,
        .. RateReader.RateNames,
        RateReader.LongContext,
        HoursReader.Key,
        "service_tiers",
        "speeds",
        RateReader.Variants,
        "geo_uplift",
    ];

    private readonly PriceFile file;
    private readonly List<PriceError> errors;
    private readonly Dictionary<string, string> sources = new(StringComparer.Ordinal);
    private List<ModelFees> fees = [];

    private PriceFileReader(PriceFile file, List<PriceError> errors)
    {
        (this.file, this.errors) = (file, errors);
    }

    /// <summary>The models and fees of a file, as far as they can be read.</summary>
    public static StatedFile Read(PriceFile file, List<PriceError> errors)
    {
        if (PriceNode.Read(file, errors) is not { } root)
        {
            return new([], []);
        }
        var reader = new PriceFileReader(file, errors);
        var models = reader.Models(root);
        return new(models, reader.fees);
    }

    private List<StatedModel> Models(PriceNode root)
    {
        var section = new PriceSection(file.Name, root, "the file", FileKeys, errors);
        var provider = section.RequiredText("provider", "add 'provider: NAME', the provider's name in purser.yml");
        if (!section.Has("models"))
        {
            section.Report(PriceErrorKind.MissingKey, section.Line, "the file has no 'models'", "add 'models:' and a list of models");
        }
        foreach (var (name, description) in section.Node("sources")?.Pairs ?? [])
        {
            sources[name.Text ?? ""] = description.Text ?? "";
        }
        fees = FeesReader.Read(section, file.Name, provider ?? "", Source, errors);
        var models = new List<StatedModel>();
        foreach (var node in section.List("models"))
        {
            if (Model(node, provider ?? "") is { } model)
            {
                models.Add(model);
            }
        }
        return provider is null ? [] : models;
    }

    private StatedModel? Model(PriceNode node, string provider)
    {
        var section = new PriceSection(file.Name, node, "a model", ModelKeys, errors);
        var id = section.RequiredText("id", "add 'id: NAME', the model's name on the wire");
        var names = new List<(string, int)>();
        if (id is not null)
        {
            names.Add((id, section.LineOf("id")));
        }
        foreach (var alias in section.List("aliases"))
        {
            if (string.IsNullOrWhiteSpace(alias.Text))
            {
                section.Report(PriceErrorKind.WrongValue, alias.Line, $"an alias is {alias.Kind}", "write a model's name on the wire");
                continue;
            }
            names.Add((alias.Text, alias.Line));
        }
        if (!section.Has("prices"))
        {
            section.Report(
                PriceErrorKind.MissingKey,
                section.Line,
                $"the model '{id}' has no 'prices'",
                "add 'prices:' and a list of prices"
            );
        }
        var (context, output) = (section.Tokens("context_tokens"), section.Tokens("max_output_tokens"));
        var (reasoning, replace) = (section.Flag("reasoning"), section.Flag("replace"));
        var prices = Prices(section, $"{provider}/{id}", FeesReader.Of(id ?? "", fees));
        if (id is null)
        {
            return null;
        }
        var model = new PricedModel
        {
            Provider = provider,
            Id = id,
            Aliases = [.. names.Skip(1).Select(name => name.Item1)],
            ContextTokens = context,
            MaxOutputTokens = output,
            MaxSeconds = MachineHour.LimitOf(section, prices),
            Reasoning = reasoning,
            Prices = prices,
        };
        return new(model, file.Name, section.LineOf("id"), replace, names);
    }

    private List<SkuPrice> Prices(PriceSection model, string name, Dictionary<Usage.UsageClass, decimal> beside)
    {
        var searches = SearchingModel.Read(model);
        var stated = model
            .List("prices")
            .Select(node => (Section: new PriceSection(file.Name, node, "a price", PriceKeys, errors), node.Line))
            .Select(price => (price.Line, Dates: PriceDates.Read(price.Section), Price: price.Section))
            .OrderBy(price => price.Dates.Start ?? DateTimeOffset.MinValue)
            .ToList();
        if (model.Node("prices") is { Items.Count: 0 } none)
        {
            model.Report(PriceErrorKind.MissingKey, none.Line, "'prices' is empty", "a model needs a price");
        }
        var prices = new List<SkuPrice>();
        for (var index = 0; index < stated.Count; index++)
        {
            var (line, dates, section) = stated[index];
            var next = index + 1 < stated.Count ? stated[index + 1] : default;
            if (next.Price is not null && dates.Overlaps(next.Dates))
            {
                var later = Math.Max(line, next.Line);
                var what =
                    dates.Start == next.Dates.Start
                        ? $"two prices start at {dates.Name}"
                        : $"the price of {dates.Name} ends after {next.Dates.Name} starts";
                model.Report(
                    PriceErrorKind.OverlappingDates,
                    later,
                    what,
                    "give each price a start of its own; it ends where the next begins"
                );
            }
            prices.Add(Price(section, name, dates with { End = dates.End ?? next.Dates?.Start }, beside, searches));
        }
        return prices;
    }

    private SkuPrice Price(
        PriceSection section,
        string name,
        PriceDates dates,
        Dictionary<Usage.UsageClass, decimal> beside,
        (bool Always, Usage.UsageClass? DefaultRequest) searches
    )
    {
        MachineHour.Check(section);
        var free = section.Flag("free");
        var currency = CurrencyReader.Read(section);
        var rates = new RateReader(file.Name, errors, beside, currency?.UsdPerUnit ?? 1m);
        var standard = rates.Card(section, new Dictionary<Usage.UsageClass, decimal>(), free);
        return new()
        {
            Entry = string.Create(CultureInfo.InvariantCulture, $"{name}@{dates.Name}"),
            Start = dates.Start,
            End = dates.End,
            Source = Source(section),
            Note = section.Text("note"),
            Free = free,
            Currency = currency,
            Standard = standard,
            Hours = HoursReader.Read(section, file.Name, errors, rates, standard),
            ServiceTiers = rates.Cards(section, "service_tiers", standard, PricingTerms.IsStandardTier),
            Speeds = rates.Cards(section, "speeds", standard, PricingTerms.IsStandardSpeed),
            Variants = rates.Cards(section, RateReader.Variants, standard, string.IsNullOrEmpty),
            GeoUplift = RateReader.Uplifts(section, "geo_uplift"),
            AlwaysSearches = searches.Always,
            DefaultContextRequest = searches.DefaultRequest,
        };
    }

    // One text or a list of texts; a text that 'sources' explains is replaced by its explanation.
    private string Source(PriceSection section)
    {
        var node = section.Node("source");
        if (node is null || node.Items is null)
        {
            var text = section.RequiredText("source", "say where the figures come from, such as 'source: the contract of 2026-10-01'");
            return text is null ? "" : sources.GetValueOrDefault(text, text);
        }
        var texts = node.Items.Select(item => item.Text ?? "").Where(text => text.Length > 0).ToList();
        if (texts.Count == 0)
        {
            section.Report(PriceErrorKind.WrongValue, node.Line, "'source' is an empty list", "say where the figures come from");
        }
        return string.Join("; ", texts.Select(text => sources.GetValueOrDefault(text, text)));
    }
}
