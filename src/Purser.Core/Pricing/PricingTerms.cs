namespace Purser.Core.Pricing;

/// <summary>
/// The terms that a request was served on, as the response names them (the request where the response says nothing).
/// Null, <c>default</c>, <c>standard</c>, <c>auto</c> and <c>global</c> all mean the standard price.
/// </summary>
/// <param name="ServiceTier">The service tier: <c>batch</c>, <c>flex</c>, <c>priority</c>, …</param>
/// <param name="InferenceGeo">Where inference had to stay: <c>us</c>, …</param>
/// <param name="Speed">The speed: <c>fast</c>.</param>
/// <param name="At">
/// When the request was made, where the price depends on the time of day; ceilings need none, since they are of the dearest hours.
/// </param>
/// <param name="Variant">
/// Which of a price's variants was made, in the book's words (<see cref="VariantOf"/>); null where nothing says so. It matters only where the price
/// has variants.
/// </param>
public readonly record struct PricingTerms(
    string? ServiceTier = null,
    string? InferenceGeo = null,
    string? Speed = null,
    DateTimeOffset? At = null,
    string? Variant = null
)
{
    /// <summary>Whether the search that the model makes for each request is billed on a line of its own, and isn't to be priced.</summary>
    internal bool SearchIsApart { get; init; }

    /// <summary>The name of a variant: what is stated of the size, the quality and the sound, in this order, with spaces between; null where nothing is.</summary>
    /// <param name="size">The size of an image (<c>1024x1024</c>), or the size or resolution of a video (<c>720p</c>).</param>
    /// <param name="quality">The quality (<c>hd</c>).</param>
    /// <param name="sound">Whether a video has sound: <c>audio</c> or <c>silent</c>.</param>
    public static string? VariantOf(string? size, string? quality, string? sound) =>
        string.Join(' ', new[] { size, quality, sound }.Where(part => !string.IsNullOrEmpty(part))) is { Length: > 0 } name ? name : null;

    internal static bool IsStandardTier(string? tier) =>
        string.IsNullOrEmpty(tier) || Is(tier, "default") || Is(tier, "standard") || Is(tier, "auto");

    internal static bool IsStandardSpeed(string? speed) => string.IsNullOrEmpty(speed) || Is(speed, "standard");

    // Anthropic answers "not_available" for models that have no geography.
    internal static bool IsAnywhere(string? geo) => string.IsNullOrEmpty(geo) || Is(geo, "global") || Is(geo, "not_available");

    private static bool Is(string value, string name) => value.Equals(name, StringComparison.OrdinalIgnoreCase);
}
