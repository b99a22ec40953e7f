using Purser.Providers.OpenAI;

namespace Purser.Providers.HuggingFace;

/// <summary>Hugging Face's router. The host that serves stands in the model's name (<c>model:groq</c>), and each has prices of its own: <c>price_provider: huggingface_groq</c>.</summary>
public sealed class HuggingFaceApi() : OpenAICompatibleApi(Chat(new ChatDialect("huggingface_router") { LimitIsMaxTokens = true }))
{
    /// <inheritdoc/>
    public override string Name => "huggingface";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://router.huggingface.co/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "HUGGINGFACE";
}
