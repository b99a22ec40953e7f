using Purser.Providers.OpenAI;

namespace Purser.Providers.Moonshot;

/// <summary>Moonshot, which has Anthropic's format beside. Cached tokens stand at the top of its usage.</summary>
public sealed class MoonshotApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("moonshotai") { LimitIsMaxTokens = true }, "/v1/chat/completions"),
        Messages("/anthropic/v1/messages")
    )
{
    /// <inheritdoc/>
    public override string Name => "moonshotai";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.moonshot.ai";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "MOONSHOT";
}
