namespace Purser.Gateway.Routing;

/// <summary>The regions that a policy's requests may go to.</summary>
internal static class PolicyRegions
{
    /// <summary>Whether a region is one of them. One that isn't known is none of them.</summary>
    /// <param name="starts">How they begin; empty for any.</param>
    /// <param name="region">The region of a provider; null where it isn't known.</param>
    public static bool Have(IReadOnlyList<string> starts, string? region) =>
        starts.Count == 0 || (region is not null && starts.Any(start => region.StartsWith(start, StringComparison.Ordinal)));
}
