using System.Globalization;

namespace Purser.Core.Pricing;

/// <summary>Reads the amounts, percentages and periods of contract files, and reports those that are wrong.</summary>
internal static class ContractAmounts
{
    private const decimal MostUsd = 1_000_000_000m;
    private const int UsdDecimals = 9;
    private const int PercentDecimals = 4;

    private static readonly (string Name, ContractPeriod Period)[] Periods =
    [
        ("month", ContractPeriod.Month),
        ("quarter", ContractPeriod.Quarter),
        ("year", ContractPeriod.Year),
        ("term", ContractPeriod.Term),
    ];

    /// <summary>An amount of dollars that may be missing.</summary>
    public static decimal? Usd(PriceSection section, string key, bool mayBeZero = false)
    {
        var usd = Number(
            section,
            key,
            0m,
            MostUsd,
            $"an amount of dollars up to {MostUsd}, with at most {UsdDecimals} decimals",
            UsdDecimals
        );
        if (usd == 0m && !mayBeZero)
        {
            section.Report(PriceErrorKind.WrongValue, section.LineOf(key), $"'{key}' is 0", "leave it out, or write how much it is");
        }
        return usd;
    }

    /// <summary>An amount of dollars that has to be there.</summary>
    public static decimal RequiredUsd(PriceSection section, string key, string example, bool mayBeZero = false) =>
        IsThere(section, key, example) ? Usd(section, key, mayBeZero) ?? 0m : 0m;

    /// <summary>A percentage from 0 to 100 that may be missing.</summary>
    public static decimal? Percent(PriceSection section, string key) =>
        Number(section, key, 0m, 100m, $"a percentage from 0 to 100, with at most {PercentDecimals} decimals");

    /// <summary>A percentage from 0 to 100 that has to be there.</summary>
    public static decimal RequiredPercent(PriceSection section, string key) =>
        IsThere(section, key, "10") ? Percent(section, key) ?? 0m : 0m;

    /// <summary>An instant that has to be there; null, and an error, where it isn't.</summary>
    public static DateTimeOffset? RequiredInstant(PriceSection section, string key) =>
        IsThere(section, key, "2026-09-01") ? PriceDates.KnownInstant(section, key) : null;

    /// <summary>A number that may be missing; null, and an error, where it's wrong.</summary>
    public static decimal? Number(
        PriceSection section,
        string key,
        decimal least,
        decimal most,
        string what,
        int decimals = PercentDecimals
    )
    {
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (section.Text(key) is not { } text)
        {
            return null;
        }
        if (
            decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            && decimal.Round(number, decimals) == number
        )
        {
            return number;
        }
        section.Report(PriceErrorKind.WrongValue, section.LineOf(key), $"'{key}' is '{text}'", $"write {what}");
        return null;
    }

    /// <summary>A period that has to be there.</summary>
    public static ContractPeriod Period(PriceSection section, string key)
    {
        var names = string.Join(", ", Periods.Select(period => period.Name));
        var text = section.RequiredText(key, $"add '{key}: month' (one of {names})");
        var found = Array.Find(Periods, period => period.Name == text);
        if (text is not null && found.Name is null)
        {
            section.Report(PriceErrorKind.WrongValue, section.LineOf(key), $"'{key}' is '{text}'", $"write one of {names}");
        }
        return found.Period;
    }

    private static bool IsThere(PriceSection section, string key, string example)
    {
        if (!section.Has(key))
        {
            section.Report(PriceErrorKind.MissingKey, section.Line, $"{section.What} has no '{key}'", $"add '{key}: {example}'");
        }
        return section.Has(key);
    }
}
