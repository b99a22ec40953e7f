namespace Purser.Providers;

/// <summary>What a request says beside its body. Most formats say everything in the body.</summary>
/// <param name="Model">The model in the path, unescaped; null where the path names none.</param>
/// <param name="Stream">Whether the path asks for a stream; null where it doesn't say.</param>
/// <param name="ContentType">The body's content type with its parameters (a multipart body's boundary); null where there is none.</param>
/// <param name="Query">The query string with its question mark, as it came; null or empty where there is none.</param>
/// <param name="Header">Looks up a header by its name in any case; null, or what it gives is, where there is none.</param>
public readonly record struct RequestTarget(
    string? Model = null,
    bool? Stream = null,
    string? ContentType = null,
    string? Query = null,
    Func<string, string?>? Header = null
);

/// <summary>A path that clients call with POST.</summary>
/// <param name="Template">
/// From the root, as ASP.NET's route templates are written; <c>{model}</c> is the model where it stands in the path:
/// <c>/v1/chat/completions</c>, <c>/v1beta/models/{model}:generateContent</c>.
/// </param>
/// <param name="Stream">Whether the path itself asks for a stream; null where the body says so.</param>
public sealed record ClientRoute(string Template, bool? Stream = null)
{
    /// <summary>The name of the route's value that is the model.</summary>
    public const string Model = "model";
}
