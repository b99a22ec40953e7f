namespace Purser.Core.Pricing.Import;

/// <summary>A rate in which a price of the book and one of a table differ.</summary>
/// <param name="Rate">The rate's name, as <see cref="NamedRates"/> gives it.</param>
/// <param name="InBook">What the book charges, by fallback too; null where it has no such rate.</param>
/// <param name="InTable">What the table says; null where it says nothing.</param>
public sealed record RateDifference(string Rate, decimal? InBook, decimal? InTable)
{
    /// <summary>The rates that either side lists and that aren't the same on both. What a side falls back to counts as said by it.</summary>
    public static IEnumerable<RateDifference> Between(SkuPrice? inBook, SkuPrice inTable)
    {
        var book = (inBook is null ? [] : NamedRates.Of(inBook)).ToDictionary(rate => rate.Name, StringComparer.Ordinal);
        var table = NamedRates.Of(inTable).ToDictionary(rate => rate.Name, StringComparer.Ordinal);
        foreach (var name in table.Keys.Union(book.Keys, StringComparer.Ordinal))
        {
            NamedRate? theirs = table.TryGetValue(name, out var stated) ? stated : null;
            NamedRate? ours = book.TryGetValue(name, out var known) ? known : null;
            var anyoneLists = theirs is { Listed: true } || ours is { Listed: true };
            if (anyoneLists && theirs?.Rate != ours?.Rate)
            {
                yield return new(name, ours?.Rate, theirs?.Rate);
            }
        }
    }
}
