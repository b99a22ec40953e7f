namespace Purser.Core.Pricing.Import;

/// <summary>One rate of a price, under a name that says where in the price it stands.</summary>
/// <param name="Name">Such as <c>input_per_mtok</c>, <c>batch output_per_mtok</c>, <c>above 200000 input_per_mtok</c> or <c>beyond 200000 input_per_mtok</c>.</param>
/// <param name="Rate">USD per unit of its class, or an uplift's factor.</param>
/// <param name="Listed">Whether the price lists it itself: it isn't what it falls back to, and no fee that stands beside it.</param>
public readonly record struct NamedRate(string Name, decimal Rate, bool Listed);

/// <summary>All rates of a price as a flat list, so that two prices can be compared.</summary>
public static class NamedRates
{
    /// <summary>The rates, standard ones first, in the order of the classes.</summary>
    public static IEnumerable<NamedRate> Of(SkuPrice price) =>
        Card(price.Standard, "")
            .Concat(Cards(price.ServiceTiers, ""))
            .Concat(Cards(price.Speeds, "speed "))
            .Concat(Cards(price.Variants, "variant "))
            .Concat(
                price
                    .GeoUplift.OrderBy(uplift => uplift.Key, StringComparer.Ordinal)
                    .Select(uplift => new NamedRate($"uplift {uplift.Key}", uplift.Value, Listed: true))
            );

    /// <summary>The rates that hold at some hours alone.</summary>
    public static IEnumerable<NamedRate> Of(PriceHours hours) => Card(hours.Card, "");

    /// <summary>Whether two prices charge the same for everything, at every hour.</summary>
    public static bool AreSame(SkuPrice left, SkuPrice right) =>
        left.Free == right.Free && Charged(left).ToHashSet().SetEquals(Charged(right));

    private static IEnumerable<(string When, string Name, decimal Rate)> Charged(SkuPrice price) =>
        Of(price)
            .Select(rate => ("", rate.Name, rate.Rate))
            .Concat(price.Hours.SelectMany(hours => Of(hours).Select(rate => (hours.ToString(), rate.Name, rate.Rate))));

    private static IEnumerable<NamedRate> Cards(IReadOnlyDictionary<string, RateCard> cards, string prefix) =>
        cards.OrderBy(card => card.Key, StringComparer.Ordinal).SelectMany(card => Card(card.Value, $"{prefix}{card.Key} "));

    private static IEnumerable<NamedRate> Card(RateCard card, string prefix) =>
        Rates(card.Rates, prefix).Concat(card.LongContext.SelectMany(tier => Rates(tier.Rates, $"{prefix}{tier.Name} ")));

    private static IEnumerable<NamedRate> Rates(RateSet rates, string prefix) =>
        RateKey
            .All.Where(key => rates.IsPriced(key.Class))
            .Select(key => new NamedRate(prefix + key.Name, rates.Rate(key.Class), rates.Listed(key.Class) is not null));
}
