using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>Reads which currency a price's figures are in.</summary>
internal static class CurrencyReader
{
    private const string Currency = "currency";
    private const string Rate = "usd_per_unit";
    private const string Date = "exchange_date";
    private const string Usd = "USD";

    // No currency's unit is worth so much, and products with the largest rates stay exact.
    private const decimal MostUsdPerUnit = 1000m;
    private const string Example = "write 'currency: CNY', 'usd_per_unit: 0.14' and 'exchange_date: 2026-11-01', the day of that rate";

    /// <summary>The keys of a price.</summary>
    public static IReadOnlyList<string> Keys { get; } = [Currency, Rate, Date];

    /// <summary>The currency; null for USD, and, with an error, where it isn't said in full.</summary>
    public static PriceCurrency? Read(PriceSection price)
    {
        var code = price.Text(Currency);
        if (code is null or Usd)
        {
            foreach (var key in Keys.Skip(1).Where(price.Has))
            {
                price.Report(PriceErrorKind.WrongValue, price.LineOf(key), $"'{key}' is there, and the price is in USD", Example);
            }
            return null;
        }
        if (code.Length != 3 || !code.All(char.IsAsciiLetterUpper))
        {
            price.Report(PriceErrorKind.WrongValue, price.LineOf(Currency), $"'{Currency}' is '{code}'", Example);
        }
        foreach (var key in Keys.Where(key => !price.Has(key)))
        {
            price.Report(PriceErrorKind.MissingKey, price.LineOf(Currency), $"the price is in {code} and has no '{key}'", Example);
        }
        return UsdPerUnit(price) is { } rate && Day(price) is { } day ? new(code, rate, day) : null;
    }

    private static decimal? UsdPerUnit(PriceSection price)
    {
        if (price.Node(Rate) is not { } node || RateReader.Amount(price, $"'{Rate}'", node) is not { } rate)
        {
            return null;
        }
        if (rate is > 0m and <= MostUsdPerUnit)
        {
            return rate;
        }
        price.Report(PriceErrorKind.WrongValue, node.Line, $"'{Rate}' is {node.Text}", Example);
        return null;
    }

    private static DateOnly? Day(PriceSection price)
    {
        if (price.Text(Date) is not { } text)
        {
            return null;
        }
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return day;
        }
        price.Report(PriceErrorKind.WrongValue, price.LineOf(Date), $"'{Date}' is '{text}'", Example);
        return null;
    }
}
