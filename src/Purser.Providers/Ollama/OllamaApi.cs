using Purser.Providers.Passthrough;

namespace Purser.Providers.Ollama;

/// <summary>Ollama, in its own API and in OpenAI's chat completions. It has no prices of its own: what a machine costs is for its operator to say.</summary>
public sealed class OllamaApi : ProviderApi
{
    /// <inheritdoc/>
    public override string Name => "ollama";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "http://localhost:11434";

    /// <inheritdoc/>
    public override bool NeedsNoKey => true;

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats { get; } = [.. ProviderCatalog.OllamaFormats, ProviderCatalog.Chat];

    /// <inheritdoc/>
    public override IReadOnlyList<PassthroughRoute> PassthroughRoutes { get; } =
    [new("GET", "/api/tags"), new("GET", "/api/version"), new("POST", "/api/show")];

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream) => Below(baseUrl, format.Routes[0].Template);
}
