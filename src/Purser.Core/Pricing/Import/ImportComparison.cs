namespace Purser.Core.Pricing.Import;

/// <summary>Works out an <see cref="ImportPlan"/>.</summary>
internal sealed class ImportComparison(PriceBook? book, DateTimeOffset at, DateTimeOffset? start)
{
    private readonly List<ImportLine> lines = [];
    private readonly List<PricedModel> newModels = [];
    private readonly List<AddedPrice> newPrices = [];
    private readonly HashSet<string> withoutStart = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PricedModel> compared = new(StringComparer.Ordinal);

    public ImportPlan Of(PriceTable table)
    {
        foreach (var model in table.Models)
        {
            if (book?.FindModel(model.Provider, model.Id) is { } known)
            {
                Compare(known, model);
            }
            else
            {
                Add(model);
            }
        }
        lines.AddRange(
            table.Refused.Select(refused => new ImportLine(
                refused.Model,
                ImportState.Refused,
                refused.Figure,
                null,
                null,
                null,
                refused.WholeModel ? $"{refused.Why}; the model is left out" : refused.Why
            ))
        );
        return new(lines, newModels, newPrices, [.. withoutStart]);
    }

    private void Add(PricedModel model)
    {
        var aliases = new List<string>();
        foreach (var alias in model.Aliases)
        {
            if (book?.FindModel(model.Provider, alias) is { } owner)
            {
                Refuse(model.Id, $"alias {alias}", $"the name means '{owner.Id}' in the book");
            }
            else
            {
                aliases.Add(alias);
            }
        }
        newModels.Add(
            new()
            {
                Provider = model.Provider,
                Id = model.Id,
                Aliases = aliases,
                ContextTokens = model.ContextTokens,
                MaxOutputTokens = model.MaxOutputTokens,
                Reasoning = model.Reasoning,
                Prices = model.Prices,
            }
        );
        lines.AddRange(
            model.Prices.SelectMany(price =>
                NamedRates
                    .Of(price)
                    .Where(rate => rate.Listed)
                    .Select(rate => new ImportLine(model.Id, ImportState.New, rate.Name, null, rate.Rate, price.Start, null))
            )
        );
    }

    private void Compare(PricedModel known, PricedModel model)
    {
        // Several names of the table may be one model of the book.
        if (!compared.TryAdd(known.Id, model))
        {
            var first = compared[known.Id];
            if (!first.Prices.Zip(model.Prices).All(pair => NamedRates.AreSame(pair.First, pair.Second)))
            {
                Refuse(model.Id, "id", $"it is '{known.Id}' in the book, for which the table has another price under '{first.Id}'");
            }
            return;
        }
        var same = true;
        foreach (var price in model.Prices.Where(price => price.HoldsAt(at) || price.Start > at))
        {
            var instant = price.Start > at ? price.Start.Value : at;
            var differences = Differences(known.PriceAt(instant), price);
            if (differences.Count > 0)
            {
                same = false;
                Change(known, price, differences);
            }
        }
        if (same)
        {
            lines.Add(new(known.Id, ImportState.Same, null, null, null, null, null));
        }
    }

    private void Change(PricedModel known, SkuPrice price, List<RateDifference> differences)
    {
        var since = price.Start ?? start;
        if (since is { } begin && known.Prices.Any(entry => entry.Start >= begin))
        {
            Refuse(known.Id, "start", $"the book has an entry that starts at {new PriceDates(begin, null).Name} or later");
            return;
        }
        lines.AddRange(
            differences.Select(difference => new ImportLine(
                known.Id,
                ImportState.Changed,
                difference.Rate,
                difference.InBook,
                difference.InTable,
                since,
                null
            ))
        );
        if (since is null)
        {
            withoutStart.Add(known.Id);
        }
        else
        {
            newPrices.Add(new(known.Id, Entry(known, price, since.Value)));
        }
    }

    private void Refuse(string model, string figure, string why) =>
        lines.Add(new(model, ImportState.Refused, figure, null, null, null, why));

    private static SkuPrice Entry(PricedModel model, SkuPrice price, DateTimeOffset start) =>
        new()
        {
            Entry = $"{model.Provider}/{model.Id}@{new PriceDates(start, null).Name}",
            Start = start,
            Source = price.Source,
            Standard = price.Standard,
            ServiceTiers = price.ServiceTiers,
            Speeds = price.Speeds,
            GeoUplift = price.GeoUplift,
        };

    // Only what the table says can differ; and where something does, a new entry has no rate that the table doesn't give: those show too.
    private static List<RateDifference> Differences(SkuPrice? inBook, SkuPrice inTable)
    {
        var differences = RateDifference.Between(inBook, inTable).ToList();
        return differences.Any(difference => difference.InTable is not null) ? differences : [];
    }
}
