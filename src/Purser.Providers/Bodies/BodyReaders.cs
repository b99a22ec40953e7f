using System.Collections.Frozen;
using Purser.Providers.Anthropic;
using Purser.Providers.Bedrock;
using Purser.Providers.Cohere;
using Purser.Providers.Gemini;
using Purser.Providers.LlamaCpp;
using Purser.Providers.Mistral;
using Purser.Providers.Ollama;
using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.Bodies;

/// <summary>Which reader a provider's api has. A new format is a folder with its reader, and a line here.</summary>
public static class BodyReaders
{
    private const string HuggingFace = "huggingface_";

    private static readonly BodyReader Chat = new ChatBodyReader();
    private static readonly BodyReader Embeddings = new ChatBodyReader(hasOutput: false);
    private static readonly BodyReader Responses = new ResponsesBodyReader();
    private static readonly BodyReader Messages = new AnthropicBodyReader();
    private static readonly BodyReader XaiChat = new ChatBodyReader(ReasoningPlace.Outside);
    private static readonly BodyReader Images = new ImageListBodyReader();
    private static readonly BodyReader CohereUnits = new CohereBodyReader(CohereCounts.OtherUnits);
    private static readonly BodyReader Perplexity = new ChatBodyReader(ReasoningPlace.Beside);

    private static readonly BodyReader Gemini = new GeminiBodyReader();
    private static readonly BodyReader Converse = new ConverseBodyReader();
    private static readonly BodyReader Invoke = new InvokeBodyReader(Messages, Converse, Chat);
    private static readonly BodyReader LlamaCpp = new LlamaCppBodyReader(Chat);
    private static readonly (string Api, BodyReader Reader) ChatBatch = ("batch", new OpenAIBatchReader(Chat, Responses));

    private static readonly (string Api, BodyReader Reader)[] OfOpenAI =
    [
        ("default", Chat),
        ("chat", Chat),
        ("responses", Responses),
        ("embeddings", Embeddings),
        ("images", new ModalityBodyReader(ModalityApi.Images)),
        ("audio", new ModalityBodyReader(ModalityApi.Audio)),
        ("realtime", new ModalityBodyReader(ModalityApi.Realtime)),
        ("videos", new VideoBodyReader()),
        ("moderations", new ModerationBodyReader()),
        ChatBatch,
    ];

    private static readonly (string Api, BodyReader Reader)[] OfChat = [("default", Chat), ("chat", Chat)];

    private static readonly (string Api, BodyReader Reader)[] OfChatAndEmbeddings = [.. OfChat, ("embeddings", Embeddings)];

    private static readonly (string Api, BodyReader Reader)[] OfGateways = [.. OfChatAndEmbeddings, ("responses", Responses)];

    private static readonly (string Api, BodyReader Reader)[] OfHuggingFace = [.. OfChat, ("responses", Responses)];

    private static readonly FrozenDictionary<string, (string Api, BodyReader Reader)[]> All = new Dictionary<
        string,
        (string Api, BodyReader Reader)[]
    >
    {
        ["openai"] = OfOpenAI,
        ["azure"] = [.. OfOpenAI, ("anthropic", Messages), ("rerank", CohereUnits), ("ocr", new OcrBodyReader())],
        ["anthropic"] = [("default", Messages), ("anthropic", Messages), ("chat", Chat), ("batch", new AnthropicBatchReader(Messages))],
        ["google"] =
        [
            ("default", Gemini),
            ("anthropic", Messages),
            ("chat", new ChatBodyReader(ReasoningPlace.Unnamed)),
            ("images", Images),
            ("batch", new GeminiBatchReader(Gemini)),
        ],
        ["aws"] =
        [
            ("default", Converse),
            ("converse", Converse),
            ("invoke", Invoke),
            ("anthropic", Messages),
            ("chat", Chat),
            ("responses", Responses),
            ("batch", new BedrockBatchReader(Invoke, Converse)),
        ],
        ["cohere"] =
        [
            ("default", new CohereBodyReader(CohereCounts.BilledUnits)),
            ("tokens", new CohereBodyReader(CohereCounts.Tokens)),
            ("embeddings", new CohereBodyReader(CohereCounts.EmbeddedUnits)),
            ("rerank", CohereUnits),
            ("classify", CohereUnits),
        ],
        ["x-ai"] = [("default", XaiChat), ("chat", XaiChat), ("responses", new ResponsesBodyReader(hasOwnTools: true)), ("images", Images)],
        ["perplexity"] = [("default", Perplexity), ("chat", Perplexity)],
        ["minimax"] = [("default", Messages), ("anthropic", Messages), ("chat", Chat), ("responses", Responses)],
        ["ollama"] =
        [
            ("default", new OllamaBodyReader()),
            ("chat", Chat),
            ("embeddings", Embeddings),
            ("responses", Responses),
            ("anthropic", Messages),
        ],
        ["vllm"] = [.. OfGateways, ("anthropic", Messages)],
        ["llama.cpp"] =
        [
            ("default", LlamaCpp),
            ("chat", LlamaCpp),
            ("embeddings", Embeddings),
            ("responses", Responses),
            ("anthropic", Messages),
        ],
        ["mistral"] = [.. OfChatAndEmbeddings, ("audio", new TranscriptionBodyReader()), ("ocr", new OcrBodyReader()), ChatBatch],
        ["deepseek"] = [.. OfChat, ("anthropic", Messages)],
        ["groq"] = [.. OfChat, ("responses", Responses), ChatBatch],
        ["cerebras"] = OfChat,
        ["avian"] = OfChat,
        ["voyageai"] = [("default", Embeddings), ("embeddings", Embeddings), ("rerank", Embeddings)],
        ["openrouter"] = [.. OfGateways, ("anthropic", Messages)],
        ["moonshotai"] = [.. OfChat, ("anthropic", Messages)],
        ["zai"] = [.. OfChat, ("anthropic", Messages)],
        ["zhipuai"] = [.. OfChatAndEmbeddings, ("anthropic", Messages)],
        ["ovhcloud"] = OfChatAndEmbeddings,
        ["fireworks"] = OfGateways,
        ["together"] = OfChatAndEmbeddings,
        ["nebius"] = OfChatAndEmbeddings,
        ["novita"] = OfChatAndEmbeddings,
        ["sambanova"] = OfChatAndEmbeddings,
        ["modal"] = OfGateways,
        ["doubleword"] = [.. OfGateways, ChatBatch],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every provider and api; Hugging Face's hosts stand as <c>huggingface_*</c>.</summary>
    public static IEnumerable<(string Provider, string Api)> Known =>
        All.Append(new(HuggingFace + "*", OfHuggingFace))
            .SelectMany(provider => provider.Value.Select(known => (provider.Key, known.Api)))
            .OrderBy(known => known.Key, StringComparer.Ordinal);

    /// <summary>Finds the reader of a provider's api; names match exactly.</summary>
    /// <param name="provider">Such as <c>openai</c>, or <c>huggingface_</c> and a host's name.</param>
    /// <param name="api">Such as <c>chat</c>; <c>default</c> is the provider's own.</param>
    /// <param name="error">Why there is none, with what is known instead; else null.</param>
    public static BodyReader? Find(string provider, string api, out string? error)
    {
        error = null;
        if (!All.TryGetValue(provider, out var apis))
        {
            if (!provider.StartsWith(HuggingFace, StringComparison.Ordinal) || provider.Length == HuggingFace.Length)
            {
                error = "the provider is not known";
                return null;
            }
            apis = OfHuggingFace;
        }
        foreach (var known in apis)
        {
            if (known.Api == api)
            {
                return known.Reader;
            }
        }
        error = $"the api is not known; {provider} has {string.Join(", ", apis.Select(known => known.Api))}";
        return null;
    }
}
