using Purser.Providers.OpenAI;

namespace Purser.Providers.MiniMax;

/// <summary>MiniMax, whose own format is Anthropic's; it has OpenAI's beside.</summary>
public sealed class MiniMaxApi()
    : OpenAICompatibleApi(Messages("/anthropic/v1/messages"), Chat(new ChatDialect("minimax"), "/v1/chat/completions"))
{
    /// <inheritdoc/>
    public override string Name => "minimax";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.minimax.io";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "MINIMAX";
}
