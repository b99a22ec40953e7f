using Purser.Providers.OpenAI;

namespace Purser.Providers.Zai;

/// <summary>Z.ai, which has Anthropic's format beside. Its reference knows <c>max_tokens</c> alone.</summary>
public sealed class ZaiApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("zai") { LimitIsMaxTokens = true }, "/paas/v4/chat/completions"),
        Messages("/anthropic/v1/messages")
    )
{
    /// <inheritdoc/>
    public override string Name => "zai";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.z.ai/api";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "ZAI";
}
