using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.Vllm;

/// <summary>vLLM, a server of one's own: priced by its machine's time, or free by explicit choice.</summary>
public sealed class VllmApi()
    : OpenAICompatibleApi(
        Chat(new ChatDialect("vllm") { LimitIsMaxTokens = true }),
        (new ResponsesFormat("vllm"), "/responses"),
        Messages("/messages"),
        Embeddings("vllm"),
        Rerank("vllm"),
        Transcriptions("vllm"),
        Translations("vllm")
    )
{
    /// <inheritdoc/>
    public override string Name => "vllm";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "http://localhost:8000/v1";

    /// <inheritdoc/>
    public override bool NeedsNoKey => true;
}
