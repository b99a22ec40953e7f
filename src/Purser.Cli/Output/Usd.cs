using System.Globalization;

namespace Purser.Cli.Output;

/// <summary>Dollar amounts as the admin API sends them: decimal text. They are shown as they come, never through a binary number.</summary>
internal static class Usd
{
    /// <summary>An amount for people: <c>$0.000123456</c>, with trailing zeros beyond the cents left out.</summary>
    public static string Show(string? amount)
    {
        if (amount is null)
        {
            return "";
        }

        var (sign, digits) = amount.StartsWith('-') ? ("-", amount[1..]) : ("", amount);
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
        {
            return $"{sign}${digits}.00";
        }

        var end = digits.Length;
        while (end > point + 3 && digits[end - 1] == '0')
        {
            end--;
        }

        return $"{sign}${digits[..end].PadRight(point + 3, '0')}";
    }

    /// <summary>An amount with all its digits, and without zeros at its end.</summary>
    public static string Exact(decimal amount) => amount.ToString("0.############################", CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads an amount given on the command line: a positive decimal with at most nine decimals (nano-dollars), with or without a
    /// dollar sign. The text that is sent is the amount's own digits.
    /// </summary>
    public static bool TryRead(string text, out string amount) => TryRead(text, out amount, out var value) && value > 0;

    /// <summary>Like <see cref="TryRead(string, out string)"/>, for what something cost: it may have cost nothing.</summary>
    public static bool TryReadCost(string text, out string amount) => TryRead(text, out amount, out _);

    private static bool TryRead(string text, out string amount, out decimal value)
    {
        amount = text.StartsWith('$') ? text[1..] : text;
        return decimal.TryParse(amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
            && value == decimal.Round(value, 9);
    }
}
