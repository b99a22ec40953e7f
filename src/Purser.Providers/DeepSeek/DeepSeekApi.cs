using Purser.Providers.OpenAI;

namespace Purser.Providers.DeepSeek;

/// <summary>DeepSeek, which has Anthropic's format beside. It passes over <c>max_completion_tokens</c>, so that the limit wouldn't hold (earendil-works/pi#8018).</summary>
public sealed class DeepSeekApi()
    : OpenAICompatibleApi(Chat(new ChatDialect("deepseek") { LimitIsMaxTokens = true }), Messages("/anthropic/v1/messages"))
{
    /// <inheritdoc/>
    public override string Name => "deepseek";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.deepseek.com";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "DEEPSEEK";
}
