using System.Globalization;
using System.Text;
using Purser.Core.Usage;

namespace Purser.Core.Pricing.Import;

/// <summary>Writes models and prices in the form of price files.</summary>
internal static class PriceFileText
{
    private static readonly string[] Words = ["true", "false", "yes", "no", "on", "off", "null", "unknown"];

    /// <summary>A model, as an item of <c>models</c>.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="model">The model.</param>
    /// <param name="indent">The spaces before the item's dash.</param>
    public static void Model(StringBuilder text, PricedModel model, int indent)
    {
        Line(text, indent, $"- id: {Scalar(model.Id)}");
        if (model.Aliases.Count > 0)
        {
            Line(text, indent + 2, $"aliases: [{string.Join(", ", model.Aliases.Select(Scalar))}]");
        }
        if (model.ContextTokens is { } context)
        {
            Line(text, indent + 2, $"context_tokens: {context}");
        }
        if (model.MaxOutputTokens is { } output)
        {
            Line(text, indent + 2, $"max_output_tokens: {output}");
        }
        if (model.Reasoning)
        {
            Line(text, indent + 2, "reasoning: true");
        }
        Line(text, indent + 2, "prices:");
        foreach (var price in model.Prices)
        {
            Price(text, price, indent + 4);
        }
    }

    /// <summary>A price, as an item of <c>prices</c>. Its end is the next one's start.</summary>
    public static void Price(StringBuilder text, SkuPrice price, int indent)
    {
        Line(text, indent, $"- start: {new PriceDates(price.Start, null).Name}");
        Line(text, indent + 2, $"source: {Scalar(price.Source)}");
        Card(text, price.Standard, [], indent + 2);
        Cards(text, "service_tiers", price.ServiceTiers, price.Standard, indent + 2);
        Cards(text, "speeds", price.Speeds, price.Standard, indent + 2);
        Cards(text, "variants", price.Variants, price.Standard, indent + 2);
        if (price.GeoUplift.Count > 0)
        {
            Line(text, indent + 2, "geo_uplift:");
            foreach (var (place, factor) in price.GeoUplift.OrderBy(uplift => uplift.Key, StringComparer.Ordinal))
            {
                Line(text, indent + 4, $"{Scalar(place)}: {Plain(factor)}");
            }
        }
    }

    private static void Cards(StringBuilder text, string key, IReadOnlyDictionary<string, RateCard> cards, RateCard standard, int indent)
    {
        if (cards.Count == 0)
        {
            return;
        }
        Line(text, indent, $"{key}:");
        foreach (var (name, card) in cards.OrderBy(card => card.Key, StringComparer.Ordinal))
        {
            Line(text, indent + 2, $"{Scalar(name)}:");
            Card(text, card, Fees(standard.Rates), indent + 4);
        }
    }

    // Fees that the reader lets every card inherit aren't written again.
    private static void Card(StringBuilder text, RateCard card, IReadOnlyCollection<(UsageClass, decimal)> inherited, int indent)
    {
        Rates(text, card.Rates, inherited, indent);
        if (card.LongContext.Count == 0)
        {
            return;
        }
        Line(text, indent, "long_context:");
        foreach (var tier in card.LongContext)
        {
            Line(text, indent + 2, $"- above_input_tokens: {tier.AboveInputTokens}");
            if (tier.Marginal)
            {
                Line(text, indent + 4, "marginal: true");
            }
            Rates(text, tier.Rates, Fees(card.Rates), indent + 4);
        }
    }

    private static void Rates(StringBuilder text, RateSet rates, IReadOnlyCollection<(UsageClass, decimal)> inherited, int indent)
    {
        foreach (var key in RateKey.All)
        {
            if (rates.Listed(key.Class) is { } rate && !inherited.Contains((key.Class, rate)))
            {
                Line(text, indent, $"{key.Name}: {Plain(rate)}");
            }
        }
    }

    private static List<(UsageClass Class, decimal Fee)> Fees(RateSet rates) =>
        [.. RateKey.All.Where(key => key.IsFee && rates.Listed(key.Class) is not null).Select(key => (key.Class, rates.Rate(key.Class)))];

    /// <summary>A text as YAML, quoted where it would mean something else.</summary>
    public static string Scalar(string text) =>
        text.Length > 0
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(IsPlain)
        && text[^1] is not (':' or ' ')
        && !text.Contains(": ", StringComparison.Ordinal)
        && !IsOther(text)
            ? text
            : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static bool IsPlain(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '/' or ':' or '-' or '+' or ' ';

    private static bool IsOther(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
        || Words.Contains(text, StringComparer.OrdinalIgnoreCase)
        || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    private static string Plain(decimal amount) => amount.ToString("0.##################", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, int indent, string line) => text.Append(' ', indent).Append(line).Append('\n');
}
