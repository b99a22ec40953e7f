using Purser.Providers.OpenAI;

namespace Purser.Providers.Compatible;

/// <summary>Any other server that speaks as OpenAI does. The limit of output tokens is sent as <c>max_tokens</c>, which all of them know: some pass over the newer name, so that the limit
/// wouldn't hold.</summary>
public sealed class CompatibleApi()
    : OpenAICompatibleApi(
        Chat(ChatDialect.OpenAI with { LimitIsMaxTokens = true }),
        Embeddings("openai"),
        Moderations("openai"),
        Images("openai"),
        ImageEdits("openai"),
        Speech("openai"),
        Transcriptions("openai"),
        Translations("openai"),
        Rerank("openai")
    )
{
    /// <inheritdoc/>
    public override string Name => "openai-compatible";

    /// <inheritdoc/>
    public override bool NeedsNoKey => true;
}
