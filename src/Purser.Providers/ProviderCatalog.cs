using System.Collections.Frozen;
using Purser.Providers.Anthropic;
using Purser.Providers.Azure;
using Purser.Providers.Bedrock;
using Purser.Providers.Cerebras;
using Purser.Providers.Cohere;
using Purser.Providers.Compatible;
using Purser.Providers.DeepSeek;
using Purser.Providers.Fireworks;
using Purser.Providers.Gemini;
using Purser.Providers.Groq;
using Purser.Providers.HuggingFace;
using Purser.Providers.LlamaCpp;
using Purser.Providers.MiniMax;
using Purser.Providers.Mistral;
using Purser.Providers.Moonshot;
using Purser.Providers.Nebius;
using Purser.Providers.Novita;
using Purser.Providers.Ollama;
using Purser.Providers.OpenAI;
using Purser.Providers.OpenAI.Tasks;
using Purser.Providers.OpenAIResponses;
using Purser.Providers.OpenRouter;
using Purser.Providers.OvhCloud;
using Purser.Providers.Perplexity;
using Purser.Providers.SambaNova;
using Purser.Providers.Together;
using Purser.Providers.Vertex;
using Purser.Providers.Vllm;
using Purser.Providers.Xai;
using Purser.Providers.Zai;

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

    /// <summary>Bedrock's Converse.</summary>
    public static WireFormat Converse { get; } = new ConverseFormat();

    /// <summary>Bedrock's InvokeModel.</summary>
    public static WireFormat Invoke { get; } = new InvokeFormat(toAnthropic: false);

    /// <summary>Claude's bodies for InvokeModel on their way to Anthropic.</summary>
    internal static WireFormat InvokeToAnthropic { get; } = new InvokeFormat(toAnthropic: true);

    /// <summary>Ollama's chat.</summary>
    public static WireFormat Ollama { get; } = new OllamaFormat(isChat: true);

    /// <summary>All of Ollama's: its chat, completions and embeddings.</summary>
    public static IReadOnlyList<WireFormat> OllamaFormats { get; } = [Ollama, new OllamaFormat(isChat: false), new OllamaEmbedFormat()];

    /// <summary>Cohere's chat.</summary>
    public static WireFormat Cohere { get; } = new CohereFormat(CohereTask.Chat);

    /// <summary>All of Cohere's: its chat, embeddings and rerankings.</summary>
    public static IReadOnlyList<WireFormat> CohereFormats { get; } =
    [Cohere, new CohereFormat(CohereTask.Embed), new CohereFormat(CohereTask.Rerank)];

    /// <summary>OpenAI's operations that are no conversations.</summary>
    public static IReadOnlyList<WireFormat> Tasks { get; } =
    [
        new EmbeddingsFormat(),
        new ModerationsFormat(),
        new ImagesFormat(ImageTask.Generation),
        new ImagesFormat(ImageTask.Edit),
        new ImagesFormat(ImageTask.Variation),
        new SpeechFormat(),
        new TranscriptionFormat(isTranslation: false),
        new TranscriptionFormat(isTranslation: true),
        new RerankFormat(),
    ];

    /// <summary>Every wire format that clients may speak.</summary>
    public static IReadOnlyList<WireFormat> Formats { get; } =
    [Chat, Responses, Messages, Gemini, GeminiEmbeddings, VertexMessages, Converse, Invoke, .. OllamaFormats, .. CohereFormats, .. Tasks];

    /// <summary>Every provider's API.</summary>
    public static IReadOnlyList<ProviderApi> Apis { get; } =
    [
        new OpenAIApi(),
        new AnthropicApi(),
        new GeminiApi(),
        new VertexApi(),
        new BedrockApi(),
        new AzureApi(),
        new CohereApi(),
        new MistralApi(),
        new DeepSeekApi(),
        new XaiApi(),
        new GroqApi(),
        new TogetherApi(),
        new FireworksApi(),
        new PerplexityApi(),
        new OpenRouterApi(),
        new CerebrasApi(),
        new MoonshotApi(),
        new ZaiApi(),
        new MiniMaxApi(),
        new NebiusApi(),
        new NovitaApi(),
        new SambaNovaApi(),
        new OvhCloudApi(),
        new HuggingFaceApi(),
        new OllamaApi(),
        new VllmApi(),
        new LlamaCppApi(),
        new CompatibleApi(),
    ];

    private static readonly FrozenDictionary<string, ProviderApi> ByName = Apis.ToFrozenDictionary(api => api.Name, StringComparer.Ordinal);

    /// <summary>The API of a name in the configuration, or null where there is none of that name.</summary>
    /// <param name="name">Such as <c>openai</c>, in lower case.</param>
    public static ProviderApi? FindApi(string name) => ByName.GetValueOrDefault(name);
}
