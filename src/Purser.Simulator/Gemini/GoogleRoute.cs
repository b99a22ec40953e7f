using System.IO.Hashing;
using System.Text;

namespace Purser.Simulator.Gemini;

/// <summary>What the URL of one of Google's methods says.</summary>
/// <param name="Version">The API's version: <c>v1beta</c>, <c>v1</c>.</param>
/// <param name="Model">The model's name, without what is before it.</param>
/// <param name="Method">What follows the colon, such as <c>generateContent</c>.</param>
/// <param name="Resource">On Vertex, what names the model in errors: <c>projects/…/models/…</c>; null on AI Studio.</param>
/// <param name="Publisher">On Vertex, whose model it is: <c>google</c> or <c>anthropic</c>; null on AI Studio.</param>
/// <param name="IsSse">Whether a stream is asked for as events (<c>alt=sse</c>), not as an array.</param>
internal sealed record GoogleRoute(string Version, string Model, string Method, string? Resource, string? Publisher, bool IsSse)
{
    /// <summary>Whether it is Vertex, not AI Studio.</summary>
    public bool IsVertex => Resource is not null;

    /// <summary>The API's name in rules and in the record.</summary>
    public string Api => IsVertex ? "vertex" : "gemini";

    /// <summary>A hash of the URL: equal bodies sent to other models or methods get other answers.</summary>
    public ulong Seed => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{Resource ?? Model}:{Method}"));

    /// <summary>
    /// Reads <c>/v1beta/models/M:METHOD</c>, <c>/v1/models/M:METHOD</c> and
    /// <c>/v1/projects/P/locations/L/publishers/WHOSE/models/M:METHOD</c>.
    /// </summary>
    /// <returns>Null when the path is none of them.</returns>
    public static GoogleRoute? Parse(string path, bool isSse)
    {
        var colon = path.LastIndexOf(':');
        if (colon < 0 || !path.StartsWith("/v1", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = path[1..colon].Split('/');
        var method = path[(colon + 1)..];
        return parts switch
        {
            ["v1" or "v1beta", "models", { Length: > 0 } model] => new GoogleRoute(parts[0], model, method, null, null, isSse),
            ["v1" or "v1beta1", "projects", _, "locations", _, "publishers", var publisher, "models", { Length: > 0 } model] =>
                new GoogleRoute(parts[0], model, method, string.Join('/', parts[1..]), publisher, isSse),
            _ => null,
        };
    }
}
