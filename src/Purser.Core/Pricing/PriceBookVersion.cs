using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Purser.Core.Pricing;

/// <summary>The version of a price book: a hash over what it says, in one fixed form.</summary>
internal static class PriceBookVersion
{
    private const int Characters = 12;

    public static string Of(IEnumerable<PricedModel> models, IEnumerable<ModelFees> fees)
    {
        var text = new StringBuilder();
        foreach (var model in models)
        {
            var aliases = string.Join(',', model.Aliases.Order(StringComparer.Ordinal));
            Line(text, $"model {model.Provider}/{model.Id} [{aliases}] {model.ContextTokens} {model.MaxOutputTokens} {model.Reasoning}");
            if (model.MaxSeconds is { } seconds)
            {
                Line(text, $"seconds {seconds}");
            }
            if (model.Prices is [{ AlwaysSearches: true } searching, ..])
            {
                Line(text, $"searches {searching.DefaultContextRequest}");
            }
            foreach (var price in model.Prices)
            {
                Line(text, $"price {price.Entry} until {price.End?.ToUnixTimeSeconds()} free {price.Free}");
                Card(text, "standard", price.Standard);
                foreach (var hours in price.Hours)
                {
                    Line(text, $"hours {hours}");
                    Card(text, hours.Name, hours.Card);
                }
                Cards(text, "tier", price.ServiceTiers);
                Cards(text, "speed", price.Speeds);
                Cards(text, "variant", price.Variants);
                foreach (var (place, factor) in price.GeoUplift.OrderBy(uplift => uplift.Key, StringComparer.Ordinal))
                {
                    Line(text, $"geo {place} {Plain(factor)}");
                }
            }
        }
        foreach (var beside in fees)
        {
            var rates = beside.Rates.OrderBy(rate => rate.Key).Select(rate => $"{RateKey.Of(rate.Key).Name}={Plain(rate.Value)}");
            Line(text, $"fees {beside.Provider} [{string.Join(',', beside.Models)}]: {string.Join(' ', rates)}");
        }
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return Convert.ToHexStringLower(hash)[..Characters];
    }

    private static void Cards(StringBuilder text, string kind, IReadOnlyDictionary<string, RateCard> cards)
    {
        foreach (var (name, card) in cards.OrderBy(card => card.Key, StringComparer.Ordinal))
        {
            Card(text, $"{kind} {name}", card);
        }
    }

    private static void Card(StringBuilder text, string name, RateCard card)
    {
        Rates(text, name, card.Rates);
        foreach (var tier in card.LongContext)
        {
            Rates(text, $"{name} {tier.Name}", tier.Rates);
        }
    }

    private static void Rates(StringBuilder text, string name, RateSet rates)
    {
        var listed = RateKey
            .All.Where(key => rates.Listed(key.Class) is not null)
            .Select(key => $"{key.Name}={Plain(rates.Rate(key.Class))}");
        Line(text, $"{name}: {string.Join(' ', listed)}");
    }

    // 0.50 and 0.5 are the same rate.
    private static string Plain(decimal amount) => amount.ToString("0.##################", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
