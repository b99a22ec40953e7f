namespace Purser.Core.Pricing.Import;

/// <summary>A rate of which the book and tables, or two tables, say different things.</summary>
/// <param name="Provider">The provider's name in the book.</param>
/// <param name="Model">The model, by its id in the book, or by a table's where the book doesn't have it.</param>
/// <param name="Rate">The rate's name, as <see cref="NamedRates"/> gives it.</param>
/// <param name="Figures">What the book says, then what each table says, in USD per the unit in the rate's name; null where one says nothing.</param>
public sealed record Disagreement(string Provider, string Model, string Rate, IReadOnlyList<decimal?> Figures)
{
    /// <summary>Every rate of a provider that the book charges and tables state, or tables alone state, and not alike.</summary>
    /// <param name="book">The book.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="tables">Its part of each table.</param>
    /// <param name="at">The instant to compare at.</param>
    public static IEnumerable<Disagreement> Of(PriceBook book, string provider, IReadOnlyList<PriceTable> tables, DateTimeOffset at)
    {
        var byTable = tables.Select(ByName).ToList();
        var names = tables
            .SelectMany(table => table.Models)
            .Select(model => book.FindModel(provider, model.Id)?.Id ?? model.Id)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return names.SelectMany(name =>
        {
            var known = book.FindModel(provider, name);
            var allNames = known is null ? [name] : known.Aliases.Prepend(known.Id).ToList();
            var prices = byTable
                .Select(table => allNames.Select(alias => table.GetValueOrDefault(alias)).FirstOrDefault(model => model is not null))
                .Prepend(known)
                .Select(model => model?.PriceAt(at));
            return Of(provider, name, [.. prices]);
        });
    }

    private static IEnumerable<Disagreement> Of(string provider, string model, IReadOnlyList<SkuPrice?> prices)
    {
        // What a table leaves out says nothing; the book charges what it falls back to.
        var rates = prices
            .Select(
                (price, index) =>
                    (price is null ? [] : NamedRates.Of(price))
                        .Where(rate => rate.Listed || index == 0)
                        .ToDictionary(rate => rate.Name, rate => rate.Rate, StringComparer.Ordinal)
            )
            .ToList();
        foreach (var name in rates.SelectMany(side => side.Keys).Distinct(StringComparer.Ordinal))
        {
            var figures = rates.Select(side => side.TryGetValue(name, out var rate) ? rate : (decimal?)null).ToList();
            if (figures.OfType<decimal>().Distinct().Count() > 1)
            {
                yield return new(provider, model, name, figures);
            }
        }
    }

    private static Dictionary<string, PricedModel> ByName(PriceTable table) =>
        table
            .Models.SelectMany(model => model.Aliases.Prepend(model.Id).Select(name => KeyValuePair.Create(name, model)))
            .ToDictionary(StringComparer.Ordinal);
}
