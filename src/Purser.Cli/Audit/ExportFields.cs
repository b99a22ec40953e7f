using System.Globalization;
using System.Text.Json;

namespace Purser.Cli.Audit;

/// <summary>Reads the fields of exports. What is there and is no such figure is a <see cref="FormatException"/>; nothing is skipped.</summary>
internal static class ExportFields
{
    // More tokens than any bill has, and dollars.
    private const long MaxCount = 1_000_000_000_000_000;

    /// <summary>A member; null where it isn't there or is null.</summary>
    public static JsonElement? Member(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A text; null where it isn't there or is empty.</summary>
    public static string? Text(JsonElement item, string name) =>
        Member(item, name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } value => value.GetString() is { Length: > 0 } text ? text : null,
            _ => throw new FormatException($"{name} is no text"),
        };

    /// <summary>A whole number that isn't negative; 0 where it isn't there.</summary>
    public static long Count(JsonElement item, string name) => CountOrNull(item, name) ?? 0;

    /// <summary>A whole number that isn't negative; null where it isn't there.</summary>
    public static long? CountOrNull(JsonElement item, string name)
    {
        if (Amount(item, name) is not { } figure)
        {
            return null;
        }
        return Count(figure, name);
    }

    /// <summary>A whole number that isn't negative, of a text; 0 where it is empty.</summary>
    public static long Count(string text, string name) => text.Length == 0 ? 0 : Count(Decimal(text, name), name);

    private static long Count(decimal figure, string name) =>
        figure >= 0m && figure == decimal.Truncate(figure)
            ? (long)figure
            : throw new FormatException($"{name} is {figure.ToString(CultureInfo.InvariantCulture)}, which is no count");

    /// <summary>An exact decimal, of a number or a text; null where it isn't there.</summary>
    public static decimal? Amount(JsonElement item, string name) =>
        Member(item, name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } value => Decimal(value.GetRawText(), name),
            { ValueKind: JsonValueKind.String } value => Decimal(value.GetString()!, name),
            _ => throw new FormatException($"{name} is no number"),
        };

    /// <summary>A decimal of a text, of at most so much as any bill or count has.</summary>
    public static decimal Decimal(string text, string name) =>
        !decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? throw new FormatException($"{name} is no decimal: '{text}'")
        : Math.Abs(value) > MaxCount ? throw new FormatException($"{name} is beyond belief: '{text}'")
        : value;

    /// <summary>Half a unit of the last digit of a text: how exact a written decimal is.</summary>
    public static decimal HalfUnit(decimal value) => new(5, 0, 0, false, (byte)Math.Min(value.Scale + 1, 28));

    /// <summary>An instant of a text; without an offset it is UTC.</summary>
    public static DateTimeOffset Instant(string text, string name) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var instant
        ) && instant.Year is >= 2000 and < 2200
            ? instant
            : throw new FormatException($"{name} is no time: '{text}'");

    /// <summary>Sees that an amount is in dollars.</summary>
    public static void CheckCurrency(string? currency)
    {
        if (currency is not null && !currency.Equals("usd", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"the amount is in {currency.ToUpperInvariant()}, and the price book is in USD");
        }
    }
}
