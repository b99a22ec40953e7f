using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Import;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>Charges name the entry that made them, so an entry stays as it is: a change is a new entry with a start.</summary>
public sealed class KeptEntriesTests
{
    private static readonly string Kept = Path.Combine(ShippedPrices.Vectors, "entries.txt");

    [Fact]
    public void No_shipped_entry_is_changed_or_lost_and_each_new_one_is_written_down()
    {
        var shipped = ShippedPrices.Book.Models.SelectMany(model => model.Prices).ToDictionary(price => price.Entry, Hash);
        foreach (var (name, hash) in ShippedPrices.Book.Fees.SelectMany(Fees))
        {
            shipped.Add(name, hash);
        }
        foreach (var model in ShippedPrices.Book.Models.Where(model => model.Prices.Any(price => price.AlwaysSearches)))
        {
            shipped.Add($"searches:{model.Provider}/{model.Id}", model.Prices[0].DefaultContextRequest?.ToString() ?? "always");
        }
        var kept = File.ReadLines(Kept).Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1]);

        var broken = kept.Where(entry => shipped.GetValueOrDefault(entry.Key) != entry.Value).Select(entry => entry.Key).ToList();
        Assert.True(
            broken.Count == 0,
            $"changed or lost: {string.Join(", ", broken)}. Leave them as they were, and add entries with a start."
        );

        var added = shipped.Where(entry => !kept.ContainsKey(entry.Key)).Select(entry => $"{entry.Key} {entry.Value}").ToList();
        Assert.True(
            added.Count == 0,
            $"add to tests/vectors/pricing/entries.txt:\n{string.Join('\n', added.Order(StringComparer.Ordinal))}"
        );
    }

    // Fees that stand beside entries: each by itself, so that more can be added.
    private static IEnumerable<(string Name, string Hash)> Fees(ModelFees fees) =>
        from rate in fees.Rates
        from model in fees.Models.DefaultIfEmpty("*")
        select (
            $"fees:{fees.Provider}/{model}:{RateKey.Of(rate.Key).Name}",
            rate.Value.ToString("0.##################", CultureInfo.InvariantCulture)
        );

    // What an entry lists. When it ends is the next entry's business.
    private static string Hash(SkuPrice price)
    {
        var text = new StringBuilder(price.Free ? "free" : "");
        foreach (var rate in NamedRates.Of(price).Where(rate => rate.Listed))
        {
            text.Append(CultureInfo.InvariantCulture, $"{rate.Name} {rate.Rate:0.##################}\n");
        }
        foreach (var hours in price.Hours)
        {
            text.Append($"{hours}\n");
            foreach (var rate in NamedRates.Of(hours).Where(rate => rate.Listed))
            {
                text.Append(CultureInfo.InvariantCulture, $"{rate.Name} {rate.Rate:0.##################}\n");
            }
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..12];
    }
}
