using Purser.Providers.Batches;

namespace Purser.Providers.OpenAI;

/// <summary>OpenAI itself. Its base URL includes <c>/v1</c>.</summary>
public class OpenAIApi()
    : OpenAICompatibleApi(
        (ProviderCatalog.Chat, "/chat/completions"),
        (ProviderCatalog.Responses, "/responses"),
        Embeddings("openai"),
        Moderations("openai"),
        Images("openai"),
        ImageEdits("openai"),
        Variations(),
        Speech("openai"),
        Transcriptions("openai"),
        Translations("openai")
    )
{
    /// <inheritdoc/>
    public override string Name => "openai";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.openai.com/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "OPENAI";

    /// <inheritdoc/>
    public override BatchFormat? Batches => BatchFormat.OpenAI;

    /// <inheritdoc/>
    public override bool KeepsFilesOf(string format) => format is "chat" or "responses";

    /// <inheritdoc/>
    public override bool HasRealtime(string model) => model.Contains(Realtime, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string RealtimeUrl(string baseUrl, string model) =>
        AsWebSocket($"{Below(baseUrl, "/realtime")}?model={Uri.EscapeDataString(model)}");
}
