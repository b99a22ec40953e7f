using Purser.Providers.OpenAI;
using Purser.Providers.Passthrough;

namespace Purser.Providers.Mistral;

/// <summary>Mistral. It refuses members that it doesn't know, among them <c>max_completion_tokens</c> (mistralai/platform-docs-public#7) and <c>stream_options.include_usage</c>
/// (BerriAI/litellm#8978); the last chunk of its streams has the usage without being asked.</summary>
public sealed class MistralApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("mistral") { LimitIsMaxTokens = true, TakesStreamOptions = false }),
        Embeddings("mistral"),
        Transcriptions("mistral")
    )
{
    /// <inheritdoc/>
    public override string Name => "mistral";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.mistral.ai/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "MISTRAL";

    /// <inheritdoc/>
    public override IReadOnlyList<PassthroughRoute> PassthroughRoutes { get; } =
    [.. PassthroughRoute.Models("/v1"), new("POST", "/v1/ocr", new OcrMeter())];
}
