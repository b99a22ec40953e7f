using Purser.Providers.OpenAI;

namespace Purser.Providers.Nebius;

/// <summary>Nebius.</summary>
public sealed class NebiusApi() : OpenAICompatibleApi(Chat(new ChatDialect("nebius") { LimitIsMaxTokens = true }), Embeddings("nebius"))
{
    /// <inheritdoc/>
    public override string Name => "nebius";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.tokenfactory.nebius.com/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "NEBIUS";
}
