using Purser.Providers.Gemini;

namespace Purser.Providers.Vertex;

/// <summary>
/// Google's Vertex AI: Gemini, and Claude by a path of its publisher. Its base URL ends with the project and the location, which the configuration
/// names; it is told who calls by a token of a Google account.
/// </summary>
public sealed class VertexApi : ProviderApi
{
    private const int DateLength = 8;

    /// <inheritdoc/>
    public override string Name => "vertex";

    /// <inheritdoc/>
    public override string Prices => "google";

    /// <inheritdoc/>
    public override bool NeedsNoKey => true;

    /// <inheritdoc/>
    public override bool TakesGoogleAccount => true;

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats { get; } = [ProviderCatalog.Gemini, ProviderCatalog.VertexMessages];

    /// <inheritdoc/>
    public override IReadOnlyList<string> CredentialKinds => ["service-account", "key"];

    /// <inheritdoc/>
    public override WireFormat? Serving(WireFormat asked, string? model = null) =>
        asked == ProviderCatalog.Messages && (model is null || IsClaude(model))
            ? ProviderCatalog.MessagesToVertex
            : base.Serving(asked, model);

    /// <inheritdoc/>
    public override string PlacedUrl(string? baseUrl, string project, string location) =>
        Below(baseUrl ?? Host(location), $"/v1/projects/{project}/locations/{location}");

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream) =>
        format is VertexMessagesFormat
            ? Below(
                baseUrl,
                $"/publishers/anthropic/models/{Uri.EscapeDataString(Dated(model))}:{(stream ? "streamRawPredict" : "rawPredict")}"
            )
            : Below(baseUrl, $"{Google(model)}:{(stream ? "streamGenerateContent" : "generateContent")}");

    /// <summary>As at AI Studio, nothing of the client's goes on.</summary>
    public override string Query(WireFormat format, bool stream, string query) =>
        stream && format is not VertexMessagesFormat ? "?alt=sse" : "";

    /// <inheritdoc/>
    public override string? CountUrl(string baseUrl, WireFormat format, string model) =>
        format is VertexMessagesFormat ? null : Below(baseUrl, $"{Google(model)}:countTokens");

    /// <inheritdoc/>
    public override bool Speaks(WireFormat format, string model) =>
        format is VertexMessagesFormat ? IsClaude(model) : !IsClaude(model) && !GeminiFormat.IsEmbedding(model);

    private static bool IsClaude(string model) => model.StartsWith("claude", StringComparison.Ordinal);

    private static string Google(string model) => $"/publishers/google/models/{Uri.EscapeDataString(model)}";

    private static string Host(string location) =>
        location switch
        {
            "global" => "https://aiplatform.googleapis.com",
            "us" or "eu" => $"https://aiplatform.{location}.rep.googleapis.com",
            _ => $"https://{location}-aiplatform.googleapis.com",
        };

    // Google writes the date of a model of Anthropic's after an @.
    private static string Dated(string model)
    {
        var at = model.Length - DateLength - 1;
        return at > 0 && model[at] == '-' && !model.AsSpan(at + 1).ContainsAnyExceptInRange('0', '9')
            ? string.Concat(model.AsSpan(0, at), "@", model.AsSpan(at + 1))
            : model;
    }
}
