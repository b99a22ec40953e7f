namespace Purser.Core.Pricing;

/// <summary>What a rate is for one of.</summary>
public enum PriceUnit
{
    /// <summary>A million tokens; the key of such a rate ends in <c>_per_mtok</c>.</summary>
    MillionTokens,

    /// <summary>One call; the key of such a rate ends in <c>_per_call</c>.</summary>
    Call,

    /// <summary>One session of a container; the key of such a rate ends in <c>_per_session</c>.</summary>
    Session,

    /// <summary>One source of a search; the key of such a rate ends in <c>_per_source</c>.</summary>
    Source,

    /// <summary>One page; the key of such a rate ends in <c>_per_page</c>.</summary>
    Page,

    /// <summary>One image; the key of such a rate ends in <c>_per_image</c>.</summary>
    Image,

    /// <summary>An hour, of which the usage counts the seconds; the key of such a rate ends in <c>_per_hour</c>.</summary>
    Hour,

    /// <summary>A million characters; the key of such a rate ends in <c>_per_mchar</c>.</summary>
    MillionCharacters,

    /// <summary>An hour of a machine, of which the usage counts the milliseconds; the key of such a rate ends in <c>_per_hour</c>, too.</summary>
    MachineHour,

    /// <summary>One second; the key of such a rate ends in <c>_per_second</c>.</summary>
    Second,
}

/// <summary>What quantities cost by the unit that their rate is for.</summary>
public static class PriceUnits
{
    private const decimal PerMillion = 0.000001m;
    private const decimal SecondsPerHour = 3600m;
    private const decimal MillisecondsPerHour = 3_600_000m;

    // A nano-dollar has nine decimals; these are a millionth of one, and leave room for the largest amounts.
    private const decimal Finest = 1_000_000_000_000_000m;

    /// <summary>The unit's name at the end of a rate's key: <c>mtok</c>, <c>call</c>.</summary>
    public static string NameOf(PriceUnit unit) =>
        unit switch
        {
            PriceUnit.MillionTokens => "mtok",
            PriceUnit.Call => "call",
            PriceUnit.Session => "session",
            PriceUnit.Source => "source",
            PriceUnit.Page => "page",
            PriceUnit.Image => "image",
            PriceUnit.Hour or PriceUnit.MachineHour => "hour",
            PriceUnit.Second => "second",
            _ => "mchar",
        };

    /// <summary>
    /// What a quantity costs in USD, exactly; of hours, where the price of a second or millisecond may have no end, to fifteen decimals, rounded up.
    /// </summary>
    /// <param name="quantity">How many, as the usage counts them: tokens, calls, seconds, milliseconds, characters.</param>
    /// <param name="usdPerUnit">The rate.</param>
    /// <param name="unit">What the rate is for one of.</param>
    public static decimal Usd(long quantity, decimal usdPerUnit, PriceUnit unit) =>
        unit switch
        {
            PriceUnit.MillionTokens or PriceUnit.MillionCharacters => quantity * usdPerUnit * PerMillion,
            PriceUnit.Hour => RoundedUp(quantity * usdPerUnit / SecondsPerHour),
            PriceUnit.MachineHour => RoundedUp(quantity * usdPerUnit / MillisecondsPerHour),
            _ => quantity * usdPerUnit,
        };

    // What is beyond all money needs no decimals, and would have no room for them.
    private static decimal RoundedUp(decimal usd) => usd > Money.MaxValue.Usd ? usd : decimal.Ceiling(usd * Finest) / Finest;
}
