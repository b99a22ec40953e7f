using Purser.Providers.OpenAI;

namespace Purser.Providers.LlamaCpp;

/// <summary>llama.cpp's server: priced by its machine's time, or free by explicit choice. Answers without usage have timings in its place.</summary>
public sealed class LlamaCppApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("llama.cpp") { LimitIsMaxTokens = true }),
        Messages("/messages"),
        Embeddings("llama.cpp"),
        Rerank("llama.cpp")
    )
{
    /// <inheritdoc/>
    public override string Name => "llamacpp";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "http://localhost:8080/v1";

    /// <inheritdoc/>
    public override bool NeedsNoKey => true;

    /// <inheritdoc/>
    public override string Prices => "llama.cpp";
}
