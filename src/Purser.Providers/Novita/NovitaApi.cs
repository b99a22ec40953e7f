using Purser.Providers.OpenAI;

namespace Purser.Providers.Novita;

/// <summary>Novita.</summary>
public sealed class NovitaApi() : OpenAICompatibleApi(Chat(new ChatDialect("novita") { LimitIsMaxTokens = true }), Embeddings("novita"))
{
    /// <inheritdoc/>
    public override string Name => "novita";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.novita.ai/openai/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "NOVITA";
}
