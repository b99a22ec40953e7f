using System.Buffers;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Ollama;

/// <summary>Ollama's chat (<c>/api/chat</c>) or completions (<c>/api/generate</c>), as JSON lines or whole.</summary>
public sealed class OllamaFormat : WireFormat
{
    private readonly bool isChat;

    /// <summary>One of the two.</summary>
    /// <param name="isChat">Whether it's the chat.</param>
    internal OllamaFormat(bool isChat)
    {
        this.isChat = isChat;
        Routes = [new ClientRoute(isChat ? "/api/chat" : "/api/generate")];
    }

    /// <inheritdoc/>
    public override string Name => isChat ? "ollama" : "ollama-generate";

    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; }

    /// <inheritdoc/>
    public override string StreamContentType => "application/x-ndjson";

    // OllamaSharp reads the body of a 400 and of no other error.
    /// <inheritdoc/>
    public override bool ShowsReasonPhrase => true;

    /// <inheritdoc/>
    public override bool IsStream(string? mediaType) => string.Equals(mediaType, StreamContentType, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default) => OllamaRequest.Read(body.Span);

    /// <inheritdoc/>
    public override bool NeedsRewrite(RequestFacts facts, string upstreamModel, long? maxOutputTokens = null) =>
        OutputLimit.NeedsRewrite(facts, upstreamModel, maxOutputTokens);

    /// <inheritdoc/>
    public override void WriteRequest(
        ReadOnlySpan<byte> body,
        RequestFacts facts,
        string upstreamModel,
        IBufferWriter<byte> output,
        long? maxOutputTokens = null
    ) => OutputLimit.WriteRequest(body, facts, upstreamModel, "num_predict", maxOutputTokens, output);

    /// <inheritdoc/>
    public override bool ReadResponse(ReadOnlySpan<byte> body, UsageReading reading)
    {
        reading.MayThinkUnseen = false;
        var found = default(OllamaEvent);
        return OllamaAnswer.TryWalk(body, reading, ref found) && reading.UsageIsFinal;
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) => new OllamaRelay(reading, facts, isChat);

    /// <inheritdoc/>
    public override void WriteError(IBufferWriter<byte> output, in WireError error) => OllamaError.Write(output, error);

    /// <inheritdoc/>
    public override bool Lists(Func<string, bool> serves) => ProviderCatalog.OllamaFormats.Any(format => serves(format.Name));

    /// <summary>The body of <c>GET /api/tags</c>.</summary>
    public override byte[] ModelList(IReadOnlyList<ListedModel> models)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("models"u8);
            foreach (var model in models)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, model.Id);
                writer.WriteString("model"u8, model.Id);
                writer.WriteString("modified_at"u8, "1970-01-01T00:00:00Z"u8);
                writer.WriteNumber("size"u8, 0);
                writer.WriteString("digest"u8, ""u8);
                WriteDetails(writer);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The body of <c>POST /api/show</c>: what clients ask before they offer a model.</summary>
    /// <param name="model">The model.</param>
    public static byte[] ModelEntry(ListedModel model)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("modified_at"u8, "1970-01-01T00:00:00Z"u8);
            writer.WriteString("template"u8, ""u8);
            WriteDetails(writer);
            writer.WriteStartObject("model_info"u8);
            writer.WriteString("general.architecture"u8, "unknown"u8);
            if (model.ContextTokens is { } context)
            {
                writer.WriteNumber("unknown.context_length"u8, context);
            }
            writer.WriteEndObject();
            writer.WriteStartArray("capabilities"u8);
            writer.WriteStringValue("completion"u8);
            writer.WriteStringValue("tools"u8);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The model that a question to <c>/api/show</c> names, by its newer name or its older one; null where it names none.</summary>
    /// <param name="body">The question's body.</param>
    public static string? ShownModel(ReadOnlySpan<byte> body)
    {
        try
        {
            return BodyScan.Text(body, "model"u8) ?? BodyScan.Text(body, "name"u8);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void WriteDetails(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("details"u8);
        writer.WriteString("parent_model"u8, ""u8);
        writer.WriteString("format"u8, ""u8);
        writer.WriteString("family"u8, ""u8);
        writer.WriteStartArray("families"u8);
        writer.WriteEndArray();
        writer.WriteString("parameter_size"u8, ""u8);
        writer.WriteString("quantization_level"u8, ""u8);
        writer.WriteEndObject();
    }
}
