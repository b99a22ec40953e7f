using System.Collections.Frozen;
using Purser.Providers.Anthropic;
using Purser.Providers.Cohere;
using Purser.Providers.Gemini;
using Purser.Providers.Ollama;
using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;
using Purser.Providers.Vertex;

namespace Purser.Providers;

/// <summary>The wire formats and the providers that Purser speaks. A new one is a folder and one line here.</summary>
public static class ProviderCatalog
{
    /// <summary>OpenAI's chat completions.</summary>
    public static WireFormat Chat { get; } = new OpenAIFormat();

    /// <summary>OpenAI's responses.</summary>
    public static WireFormat Responses { get; } = new ResponsesFormat();

    /// <summary>Anthropic's messages.</summary>
    public static WireFormat Messages { get; } = new AnthropicFormat();

    /// <summary>Gemini's contents.</summary>
    public static WireFormat Gemini { get; } = new GeminiFormat();

    /// <summary>The same where the client wants its stream as an array.</summary>
    internal static WireFormat GeminiArray { get; } = new GeminiArrayFormat();

    /// <summary>Gemini's embeddings.</summary>
    public static WireFormat GeminiEmbeddings { get; } = new GeminiEmbeddingsFormat();

    /// <summary>The same of several texts at once.</summary>
    internal static WireFormat GeminiBatchEmbeddings { get; } = new GeminiEmbeddingsFormat();

    /// <summary>Claude on Vertex.</summary>
    public static WireFormat VertexMessages { get; } = new VertexMessagesFormat(VertexWay.Native);

    /// <summary>Anthropic's messages on their way to Vertex.</summary>
    internal static WireFormat MessagesToVertex { get; } = new VertexMessagesFormat(VertexWay.ToVertex);

    /// <summary>Requests for Claude on Vertex on their way to Anthropic.</summary>
    internal static WireFormat MessagesFromVertex { get; } = new VertexMessagesFormat(VertexWay.FromVertex);

    /// <summary>Ollama's chat.</summary>
    public static WireFormat Ollama { get; } = new OllamaFormat(isChat: true);

    /// <summary>All of Ollama's: its chat, completions and embeddings.</summary>
    public static IReadOnlyList<WireFormat> OllamaFormats { get; } = [Ollama, new OllamaFormat(isChat: false), new OllamaEmbedFormat()];

    /// <summary>Cohere's chat.</summary>
    public static WireFormat Cohere { get; } = new CohereFormat(CohereTask.Chat);

    /// <summary>All of Cohere's: its chat, embeddings and rerankings.</summary>
    public static IReadOnlyList<WireFormat> CohereFormats { get; } =
    [Cohere, new CohereFormat(CohereTask.Embed), new CohereFormat(CohereTask.Rerank)];

    /// <summary>Every wire format that clients may speak.</summary>
    public static IReadOnlyList<WireFormat> Formats { get; } =
    [Chat, Responses, Messages, Gemini, GeminiEmbeddings, VertexMessages, .. OllamaFormats, .. CohereFormats];

    /// <summary>Every provider's API.</summary>
    public static IReadOnlyList<ProviderApi> Apis { get; } =
    [new OpenAIApi(), new AnthropicApi(), new GeminiApi(), new VertexApi(), new OllamaApi(), new CohereApi()];

    private static readonly FrozenDictionary<string, ProviderApi> ByName = Apis.ToFrozenDictionary(api => api.Name, StringComparer.Ordinal);

    /// <summary>The API of a name in the configuration, or null where there is none of that name.</summary>
    /// <param name="name">Such as <c>openai</c>, in lower case.</param>
    public static ProviderApi? FindApi(string name) => ByName.GetValueOrDefault(name);
}
