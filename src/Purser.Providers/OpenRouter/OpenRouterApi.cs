using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.OpenRouter;

/// <summary>OpenRouter. It says itself what a request cost, which is kept beside the cost by the price book.</summary>
public sealed class OpenRouterApi()
    : OpenAICompatibleApi(Chat(new ChatDialect("openrouter")), (new ResponsesFormat("openrouter"), "/responses"), Embeddings("openrouter"))
{
    /// <inheritdoc/>
    public override string Name => "openrouter";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://openrouter.ai/api/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "OPENROUTER";
}
