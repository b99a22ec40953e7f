namespace Purser.Providers.OpenAI;

/// <summary>OpenAI itself, and every server that speaks as it does. Its base URL includes <c>/v1</c>.</summary>
public class OpenAIApi : ProviderApi
{
    private readonly Dictionary<WireFormat, string> paths = new()
    {
        [ProviderCatalog.Chat] = "/chat/completions",
        [ProviderCatalog.Responses] = "/responses",
    };

    /// <inheritdoc/>
    public override string Name => "openai";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.openai.com/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "OPENAI";

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats => [.. paths.Keys];

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream) => Below(baseUrl, paths[format]);
}
