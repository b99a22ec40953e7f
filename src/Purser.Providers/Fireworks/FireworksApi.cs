using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.Fireworks;

/// <summary>Fireworks.</summary>
public sealed class FireworksApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("fireworks")),
        (new ResponsesFormat("fireworks"), "/responses"),
        Embeddings("fireworks"),
        Rerank("fireworks")
    )
{
    /// <inheritdoc/>
    public override string Name => "fireworks";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.fireworks.ai/inference/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "FIREWORKS";
}
