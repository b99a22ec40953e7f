namespace Purser.Providers.Translation;

/// <summary>
/// Calls and results of a conversation whose format has no ids, or has them in one of the two alone: the n-th result of a tool belongs to its n-th
/// call.
/// </summary>
internal sealed class CallPlaces
{
    private readonly Dictionary<string, List<string>> calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> results = new(StringComparer.Ordinal);

    /// <summary>The id of the next call.</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="own">The id that it has; null or empty: none.</param>
    public string OfCall(string name, string? own)
    {
        if (!calls.TryGetValue(name, out var known))
        {
            calls[name] = known = [];
        }
        var id = string.IsNullOrEmpty(own) ? ToolCallIds.OfOccurrence(name, known.Count) : own;
        known.Add(id);
        return id;
    }

    /// <summary>The id of the call that the next result belongs to.</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="own">The id that the result has; null or empty: none.</param>
    public string OfResult(string name, string? own)
    {
        var place = results.GetValueOrDefault(name);
        results[name] = place + 1;
        return !string.IsNullOrEmpty(own) ? own
            : calls.TryGetValue(name, out var known) && place < known.Count ? known[place]
            : ToolCallIds.OfOccurrence(name, place);
    }
}
