namespace Purser.Core.Pricing;

/// <summary>A unit in which contracts take amounts off and include usage, with the keys that end in it.</summary>
/// <param name="Unit">The unit of rates.</param>
/// <param name="UsdOff">The key of a discount's amount.</param>
/// <param name="Included">The key of a bundle's quantity, as the usage counts it: of hours, seconds; of machine hours, milliseconds.</param>
internal sealed record ContractUnit(PriceUnit Unit, string UsdOff, string Included)
{
    public static IReadOnlyList<ContractUnit> All { get; } =
    [
        new(PriceUnit.MillionTokens, "usd_off_per_mtok", "tokens"),
        new(PriceUnit.Call, "usd_off_per_call", "calls"),
        new(PriceUnit.Session, "usd_off_per_session", "sessions"),
        new(PriceUnit.Source, "usd_off_per_source", "sources"),
        new(PriceUnit.Page, "usd_off_per_page", "pages"),
        new(PriceUnit.Image, "usd_off_per_image", "images"),
        new(PriceUnit.Hour, "usd_off_per_hour", "seconds"),
        new(PriceUnit.MillionCharacters, "usd_off_per_mchar", "characters"),
        new(PriceUnit.MachineHour, "usd_off_per_machine_hour", "machine_milliseconds"),
    ];
}
