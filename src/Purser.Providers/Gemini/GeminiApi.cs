using Purser.Providers.Passthrough;

namespace Purser.Providers.Gemini;

/// <summary>Gemini on AI Studio. Its base URL may include the version, or not: <c>/v1beta</c> is taken.</summary>
public sealed class GeminiApi : ProviderApi
{
    /// <inheritdoc/>
    public override string Name => "gemini";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://generativelanguage.googleapis.com";

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnvironmentPrefixes => ["GEMINI", "GOOGLE"];

    /// <inheritdoc/>
    public override string Prices => "google";

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats { get; } = [ProviderCatalog.Gemini, ProviderCatalog.GeminiEmbeddings];

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream) =>
        $"{Model(baseUrl, model)}:{Method(format, stream)}";

    /// <summary>Streams come as events. Nothing of the client's goes on: Google takes headers and parts of an answer from there too.</summary>
    public override string Query(WireFormat format, bool stream, string query) => stream ? "?alt=sse" : "";

    /// <inheritdoc/>
    public override string? CountUrl(string baseUrl, WireFormat format, string model) =>
        format == ProviderCatalog.Gemini ? $"{Model(baseUrl, model)}:countTokens" : null;

    /// <summary>The price book's Claude is at Vertex alone.</summary>
    public override bool Speaks(WireFormat format, string model) =>
        !model.StartsWith("claude", StringComparison.Ordinal)
        && (format == ProviderCatalog.GeminiEmbeddings) == GeminiFormat.IsEmbedding(model);

    /// <inheritdoc/>
    public override IReadOnlyList<PassthroughRoute> PassthroughRoutes { get; } =
    [
        .. PassthroughRoute.Models("/v1beta"),
        .. PassthroughRoute.Models("/v1"),
        new("POST", "/v1beta/models/{model}:countTokens"),
        new("POST", "/v1/models/{model}:countTokens"),
    ];

    /// <summary>One version isn't put behind another.</summary>
    public override string PassthroughUrl(string baseUrl, string path)
    {
        var address = baseUrl.TrimEnd('/');
        var end = address.LastIndexOf('/');
        return base.PassthroughUrl(address[(end + 1)..] is "v1" or "v1beta" ? address[..end] : address, path);
    }

    /// <inheritdoc/>
    public override void AddCredential(string apiKey, Action<string, string> addHeader) => addHeader("x-goog-api-key", apiKey);

    private static string Method(WireFormat format, bool stream) =>
        format == ProviderCatalog.GeminiEmbeddings ? GeminiEmbeddingsFormat.Single
        : format == ProviderCatalog.GeminiBatchEmbeddings ? GeminiEmbeddingsFormat.Batch
        : stream ? "streamGenerateContent"
        : "generateContent";

    private static string Model(string baseUrl, string model)
    {
        var url = baseUrl.AsSpan().TrimEnd('/');
        var version = url.EndsWith("/v1beta", StringComparison.Ordinal) || url.EndsWith("/v1", StringComparison.Ordinal) ? "" : "/v1beta";
        return $"{url}{version}/models/{Uri.EscapeDataString(model)}";
    }
}
