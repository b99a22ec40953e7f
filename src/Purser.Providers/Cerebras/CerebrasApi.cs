using Purser.Providers.OpenAI;

namespace Purser.Providers.Cerebras;

/// <summary>Cerebras.</summary>
public sealed class CerebrasApi() : OpenAICompatibleApi(Chat(new ChatDialect("cerebras")))
{
    /// <inheritdoc/>
    public override string Name => "cerebras";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.cerebras.ai/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "CEREBRAS";
}
