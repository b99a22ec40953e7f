using Purser.Providers.OpenAI;

namespace Purser.Providers.Perplexity;

/// <summary>Perplexity. A request has a fee by the size of its search's context, deep research one by the search. Its reference knows <c>max_tokens</c> alone.</summary>
public sealed class PerplexityApi() : OpenAICompatibleApi(Chat(new ChatDialect("perplexity") { LimitIsMaxTokens = true }))
{
    /// <inheritdoc/>
    public override string Name => "perplexity";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.perplexity.ai";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "PERPLEXITY";
}
