using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.Azure;

/// <summary>
/// Azure OpenAI. A base URL that ends in <c>/openai/v1</c> is its newer API, whose requests name the model in the body as OpenAI's do. Any other
/// is an endpoint whose deployments stand in the path, with a version in the query: <c>?api-version=</c> at the base URL's end, or the default one.
/// </summary>
public sealed class AzureApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("azure")),
        (new ResponsesFormat("azure"), Responses),
        Embeddings("azure"),
        Images("azure"),
        ImageEdits("azure"),
        Speech("azure"),
        Transcriptions("azure"),
        Translations("azure")
    )
{
    private const string Responses = "/responses";
    private const string DefaultVersion = "?api-version=2025-04-01-preview";

    /// <inheritdoc/>
    public override string Name => "azure";

    /// <inheritdoc/>
    public override bool TakesEntraTokens => true;

    /// <inheritdoc/>
    public override IReadOnlyList<string> CredentialKinds => ["key", "entra"];

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream)
    {
        var mark = baseUrl.IndexOf('?', StringComparison.Ordinal);
        var (address, version) = mark < 0 ? (baseUrl, "") : (baseUrl[..mark], baseUrl[mark..]);
        if (address.AsSpan().TrimEnd('/').EndsWith("/openai/v1", StringComparison.Ordinal))
        {
            return Below(address, Path(format)) + version;
        }
        // Responses are the resource's, and name the deployment in the body.
        var place = Path(format) == Responses ? "" : $"/deployments/{Uri.EscapeDataString(model)}";
        return $"{Below(address, "/openai")}{place}{Path(format)}{(version.Length == 0 ? DefaultVersion : version)}";
    }

    /// <inheritdoc/>
    public override bool KeepsFilesOf(string format) => format is "chat" or "responses";

    /// <inheritdoc/>
    public override string ObjectUrl(string baseUrl, string path)
    {
        var mark = baseUrl.IndexOf('?', StringComparison.Ordinal);
        var (address, version) = mark < 0 ? (baseUrl, "") : (baseUrl[..mark], baseUrl[mark..]);
        return address.AsSpan().TrimEnd('/').EndsWith("/openai/v1", StringComparison.Ordinal)
            ? Below(address, path) + version
            : Below(address, "/openai") + path + (version.Length == 0 ? DefaultVersion : version);
    }

    /// <inheritdoc/>
    public override bool HasRealtime(string model) => model.Contains(Realtime, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string RealtimeUrl(string baseUrl, string model)
    {
        var mark = baseUrl.IndexOf('?', StringComparison.Ordinal);
        var (address, version) = mark < 0 ? (baseUrl, "") : (baseUrl[..mark], baseUrl[mark..]);
        var name = Uri.EscapeDataString(model);
        return AsWebSocket(
            address.AsSpan().TrimEnd('/').EndsWith("/openai/v1", StringComparison.Ordinal)
                ? $"{Below(address, "/realtime")}?model={name}"
                : $"{Below(address, "/openai/realtime")}{(version.Length == 0 ? DefaultVersion : version)}&deployment={name}"
        );
    }

    /// <summary>Adds the key, or a token of Entra ID, which is told by its form.</summary>
    public override void AddCredential(string apiKey, Action<string, string> addHeader)
    {
        if (apiKey.StartsWith("eyJ", StringComparison.Ordinal) && apiKey.AsSpan().Count('.') == 2)
        {
            base.AddCredential(apiKey, addHeader);
            return;
        }
        addHeader("api-key", apiKey);
    }
}
