namespace Purser.Core.Pricing;

/// <summary>The parts of an entry's id, <c>provider/model@start</c>.</summary>
/// <param name="Provider">The provider, as the price book has it.</param>
/// <param name="Model">The model's id.</param>
public readonly record struct PriceEntryName(string Provider, string Model)
{
    /// <summary>Reads an id; the parts are empty where it isn't one.</summary>
    public static PriceEntryName Of(string entry)
    {
        // A model's id may have slashes and at signs; a provider's name has none, and neither has a start.
        var (slash, at) = (entry.IndexOf('/', StringComparison.Ordinal), entry.LastIndexOf('@'));
        return slash > 0 && at > slash ? new(entry[..slash], entry[(slash + 1)..at]) : new("", "");
    }
}
