namespace Purser.Core.Pricing.Import;

/// <summary>A rate in which a price of the book and one of a table differ.</summary>
/// <param name="Rate">The rate's name, as <see cref="NamedRates"/> gives it.</param>
/// <param name="InBook">What the book charges, by fallback too; null where it has no such rate.</param>
/// <param name="InTable">What the table says; null where it says nothing.</param>
public sealed record RateDifference(string Rate, decimal? InBook, decimal? InTable)
{
    /// <summary>
    /// The rates that the table states and the book doesn't charge, and those that the book lists and the table doesn't state. What a table
    /// leaves out says nothing: it may be unknown there, or free.
    /// </summary>
    public static IEnumerable<RateDifference> Between(SkuPrice? inBook, SkuPrice inTable)
    {
        var book = (inBook is null ? [] : NamedRates.Of(inBook)).ToDictionary(rate => rate.Name, StringComparer.Ordinal);
        var table = NamedRates.Of(inTable).Where(rate => rate.Listed).ToDictionary(rate => rate.Name, StringComparer.Ordinal);
        foreach (var (name, stated) in table)
        {
            decimal? charged = book.TryGetValue(name, out var known) ? known.Rate : null;
            if (stated.Rate != charged)
            {
                yield return new(name, charged, stated.Rate);
            }
        }
        foreach (var (name, known) in book.Where(rate => rate.Value.Listed && !table.ContainsKey(rate.Key)))
        {
            yield return new(name, known.Rate, null);
        }
    }
}
