using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.Xai;

/// <summary>x-ai. Reasoning is counted beside the completion, and its own tools have fees by the call.</summary>
public sealed class XaiApi()
    : OpenAICompatibleApi(Chat(new ChatDialect("x-ai")), (new ResponsesFormat("x-ai"), "/responses"), Images("x-ai"))
{
    /// <inheritdoc/>
    public override string Name => "x-ai";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.x.ai/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "XAI";
}
