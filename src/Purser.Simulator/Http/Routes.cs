using Microsoft.AspNetCore.Http;
using Purser.Simulator.Anthropic;
using Purser.Simulator.Azure;
using Purser.Simulator.Bedrock;
using Purser.Simulator.Cohere;
using Purser.Simulator.Gemini;
using Purser.Simulator.Ollama;
using Purser.Simulator.OpenAI;
using Purser.Simulator.OpenAIAudio;
using Purser.Simulator.OpenAIEmbeddings;
using Purser.Simulator.OpenAIImages;
using Purser.Simulator.OpenAIModerations;
using Purser.Simulator.OpenAIResponses;
using Purser.Simulator.Vertex;

namespace Purser.Simulator.Http;

/// <summary>Which format a request is in, by its URL.</summary>
internal sealed class Routes(TimeProvider time, AwsKeyPair? awsKey)
{
    private static readonly GoogleRoute AnyGoogle = new("v1beta", "", "GetModel", null, null, IsSse: true);

    private readonly OpenAIWire openAI = new();
    private readonly ResponsesWire responses = new();
    private readonly EmbeddingsWire embeddings = new();
    private readonly ModerationsWire moderations = new();
    private readonly CohereWire cohereChat = new();
    private readonly CohereEmbedWire cohereEmbed = new();
    private readonly CohereRerankWire cohereRerank = new();
    private readonly OllamaWire ollamaChat = new(isChat: true);
    private readonly OllamaWire ollamaGenerate = new(isChat: false);
    private readonly OllamaEmbedWire ollamaEmbed = new();
    private readonly OpenAIWire filtered = new(tellsFilter: true);

    /// <summary>Anthropic's own format.</summary>
    public AnthropicWire Anthropic { get; } = new();

    /// <summary>The format of a request that is metered and recorded; null where the URL is another.</summary>
    public Wire? Find(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        return request.Method != "POST"
            ? null
            : path switch
            {
                "/v1/chat/completions" => openAI,
                "/v1/responses" => responses,
                "/v1/messages" => Anthropic,
                "/v1/embeddings" => embeddings,
                "/v1/moderations" => moderations,
                "/v1/images/generations" => new ImagesWire(edits: false, request.ContentType),
                "/v1/images/edits" => new ImagesWire(edits: true, request.ContentType),
                "/v1/audio/speech" => new SpeechWire(),
                "/v1/audio/transcriptions" => new TranscriptionWire(translates: false, request.ContentType),
                "/v1/audio/translations" => new TranscriptionWire(translates: true, request.ContentType),
                "/v2/chat" => cohereChat,
                "/v2/embed" => cohereEmbed,
                "/v2/rerank" => cohereRerank,
                "/api/chat" => ollamaChat,
                "/api/generate" => ollamaGenerate,
                "/api/embed" => ollamaEmbed,
                _ when AzureRoute.Parse(request) is { } azure => Azure(azure, request.ContentType),
                _ when BedrockRoute.Parse(request) is { } bedrock => BedrockFormats.Find(bedrock, request, awsKey),
                _ when Google(request) is { } google => Google(google),
                _ => null,
            };
    }

    /// <summary>What the URL says, where it is one of Google's methods.</summary>
    public static GoogleRoute? Google(HttpRequest request) => GoogleRoute.Parse(request.Path.Value ?? "", request.Query["alt"] == "sse");

    /// <summary>The format for what no endpoint answers, such as lists of models and URLs that aren't there.</summary>
    public Wire Otherwise(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        return AzureRoute.Parse(request) is { } azure ? new AzureWire(openAI, azure)
            : IsBedrock(request, path) ? BedrockFormats.Otherwise(request, awsKey)
            : path.StartsWith("/v2/", StringComparison.Ordinal) ? cohereChat
            : path.StartsWith("/api/", StringComparison.Ordinal) ? ollamaChat
            : IsGemini(request, path) ? new GeminiWire(Google(request) ?? AnyGoogle, time)
            : request.Headers["anthropic-version"].Count > 0 ? Anthropic
            : openAI;
    }

    private AzureWire? Azure(AzureRoute route, string? contentType) =>
        route.Operation switch
        {
            "chat/completions" => new AzureWire(filtered, route),
            "responses" => new AzureWire(responses, route),
            "images/generations" => new AzureWire(new ImagesWire(edits: false, contentType), route),
            "images/edits" => new AzureWire(new ImagesWire(edits: true, contentType), route),
            "audio/speech" => new AzureWire(new SpeechWire(), route),
            "audio/transcriptions" => new AzureWire(new TranscriptionWire(translates: false, contentType), route),
            "audio/translations" => new AzureWire(new TranscriptionWire(translates: true, contentType), route),
            "embeddings" => new AzureWire(embeddings, route),
            _ => null,
        };

    private Wire? Google(GoogleRoute route) =>
        (route.Publisher ?? "google", route.Method) switch
        {
            ("google", "generateContent" or "streamGenerateContent") => new GeminiWire(route, time),
            ("google", "embedContent" or "batchEmbedContents") => new GeminiEmbedWire(route, time),
            ("anthropic", "rawPredict" or "streamRawPredict") when route.Model != "count-tokens" => new AnthropicOnVertexWire(route, time),
            _ => null,
        };

    private static bool IsBedrock(HttpRequest request, string path) =>
        AwsSignature.IsIn(request)
        || path.StartsWith("/model/", StringComparison.Ordinal)
        || path is "/inference-profiles" or "/foundation-models";

    private static bool IsGemini(HttpRequest request, string path) =>
        path.StartsWith("/v1beta", StringComparison.Ordinal)
        || path.StartsWith("/v1/projects/", StringComparison.Ordinal)
        || request.Headers.ContainsKey("x-goog-api-key")
        || request.Query.ContainsKey("key");
}
