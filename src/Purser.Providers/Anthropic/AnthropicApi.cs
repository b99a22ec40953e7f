using Purser.Providers.Batches;
using Purser.Providers.Bedrock;
using Purser.Providers.Passthrough;
using Purser.Providers.Vertex;

namespace Purser.Providers.Anthropic;

/// <summary>Anthropic itself. Its base URL may include <c>/v1</c>, or not.</summary>
public sealed class AnthropicApi : ProviderApi
{
    /// <inheritdoc/>
    public override string Name => "anthropic";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.anthropic.com";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "ANTHROPIC";

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats { get; } = [ProviderCatalog.Messages];

    /// <inheritdoc/>
    public override BatchFormat? Batches => BatchFormat.Anthropic;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> DefaultHeaders { get; } = [new("anthropic-version", "2023-06-01")];

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream) =>
        Below(baseUrl, baseUrl.AsSpan().TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal) ? "/messages" : "/v1/messages");

    /// <inheritdoc/>
    public override WireFormat? Serving(WireFormat asked, string? model = null) =>
        asked == ProviderCatalog.VertexMessages ? ProviderCatalog.MessagesFromVertex
        : asked == ProviderCatalog.Invoke ? ProviderCatalog.InvokeToAnthropic
        : base.Serving(asked, model);

    /// <summary>Nothing of a client's query for Vertex or Bedrock means anything here.</summary>
    public override string Query(WireFormat format, bool stream, string query) =>
        format is VertexMessagesFormat or InvokeFormat ? "" : query;

    /// <inheritdoc/>
    public override string? CountUrl(string baseUrl, WireFormat format, string model) =>
        Url(baseUrl, format, model, stream: false) + "/count_tokens";

    /// <inheritdoc/>
    public override bool KeepsFilesOf(string format) => format == ProviderCatalog.Messages.Name;

    /// <inheritdoc/>
    public override string ObjectUrl(string baseUrl, string path) =>
        Below(baseUrl, baseUrl.AsSpan().TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal) ? path : "/v1" + path);

    /// <inheritdoc/>
    public override IReadOnlyList<PassthroughRoute> PassthroughRoutes { get; } =
    [.. PassthroughRoute.Models("/v1"), new("POST", "/v1/messages/count_tokens")];

    /// <inheritdoc/>
    public override void AddCredential(string apiKey, Action<string, string> addHeader) => addHeader("x-api-key", apiKey);
}
