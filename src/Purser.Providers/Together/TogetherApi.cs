using Purser.Providers.OpenAI;

namespace Purser.Providers.Together;

/// <summary>Together. Its reference knows <c>max_tokens</c> alone.</summary>
public sealed class TogetherApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("together") { LimitIsMaxTokens = true }),
        Embeddings("together"),
        Rerank("together"),
        Images("together")
    )
{
    /// <inheritdoc/>
    public override string Name => "together";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.together.xyz/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "TOGETHER";
}
