using Purser.Providers.Anthropic;
using Purser.Providers.Bedrock;
using Purser.Providers.Bodies;
using Purser.Providers.Cohere;
using Purser.Providers.Gemini;
using Purser.Providers.LlamaCpp;
using Purser.Providers.Ollama;
using Purser.Providers.OpenAI;
using Purser.Providers.OpenAIResponses;

namespace Purser.Providers.Streams;

/// <summary>Which stream a provider's api has: that of the format which <see cref="BodyReaders"/> has for it.</summary>
public static class StreamScans
{
    /// <summary>Opens the reading of one stream; names match exactly.</summary>
    /// <param name="provider">Such as <c>openai</c>.</param>
    /// <param name="api">Such as <c>chat</c>; <c>default</c> is the provider's own.</param>
    /// <param name="model">The model that was asked for, if that is known: fees may depend on it, and Bedrock's format does.</param>
    /// <param name="error">Why there is none; else null.</param>
    public static StreamScan? Open(string provider, string api, string? model, out string? error)
    {
        if (BodyReaders.Find(provider, api, out error) is not { } reader)
        {
            return null;
        }
        var stream = reader switch
        {
            ChatBodyReader when api != "embeddings" => Sse(new ChatStream(reader, model)),
            ResponsesBodyReader => Sse(new ResponsesStream(reader, model)),
            AnthropicBodyReader when provider == "aws" => Bedrock(new MessagesStream()),
            AnthropicBodyReader => Sse(new MessagesStream()),
            InvokeBodyReader when ModelFamilies.Of(model) == ModelFamily.Anthropic => Bedrock(new MessagesStream()),
            InvokeBodyReader => Bedrock(new MetricsStream(reader, model)),
            ConverseBodyReader => new StreamScan(new FrameFraming(), new ConverseStream(reader, model)),
            GeminiBodyReader => new StreamScan(
                new FirstByteFraming((byte)'[', new ArrayFraming(), new SseFraming()),
                new GeminiStream(reader, model)
            ),
            CohereBodyReader when api is "default" or "tokens" => Sse(new CohereStream(reader, model)),
            OllamaBodyReader => new StreamScan(new LineFraming(), new FlaggedStream(reader, model, "done")),
            LlamaCppBodyReader when api == "chat" => Sse(new ChatStream(reader, model, takesTimings: true)),
            LlamaCppBodyReader => Sse(new FlaggedStream(reader, model, "stop")),
            ModalityBodyReader when api == "realtime" => new StreamScan(new LineFraming(), new RealtimeStream(reader, model)),
            ModalityBodyReader when api == "images" => Sse(
                new DoneStream(reader, model, "image_generation.completed", "image_edit.completed")
            ),
            ModalityBodyReader => Sse(new DoneStream(reader, model, "speech.audio.done", "transcript.text.done")),
            _ => null,
        };
        error = stream is null ? $"the api '{api}' of {provider} has no streams" : null;
        return stream;
    }

    private static StreamScan Sse(StreamEvents events) => new(new SseFraming(), events);

    // Some of Bedrock's endpoints, and gateways before it, speak server-sent events. A frame's first byte is 0: it has less than 16 MiB.
    private static StreamScan Bedrock(StreamEvents events) =>
        new(new FirstByteFraming(0, new FrameFraming(), new SseFraming()), new InvokeStream(events));
}
