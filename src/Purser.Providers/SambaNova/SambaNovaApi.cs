using Purser.Providers.OpenAI;

namespace Purser.Providers.SambaNova;

/// <summary>SambaNova.</summary>
public sealed class SambaNovaApi()
    : OpenAICompatibleApi(Chat(new ChatDialect("sambanova") { LimitIsMaxTokens = true }), Embeddings("sambanova"))
{
    /// <inheritdoc/>
    public override string Name => "sambanova";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.sambanova.ai/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "SAMBANOVA";
}
