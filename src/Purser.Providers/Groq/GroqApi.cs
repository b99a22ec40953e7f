using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.Groq;

/// <summary>Groq. Its streams may have the usage in <c>x_groq</c>, and its standard tier is <c>on_demand</c>.</summary>
public sealed class GroqApi() : OpenAICompatibleApi(Chat(new ChatDialect("groq")), (new ResponsesFormat("groq"), "/responses"))
{
    /// <inheritdoc/>
    public override string Name => "groq";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://api.groq.com/openai/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "GROQ";
}
