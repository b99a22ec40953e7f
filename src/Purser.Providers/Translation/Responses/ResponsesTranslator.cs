using System.Buffers;
using System.Text.Json;
using Purser.Providers.Streams;
using Purser.Providers.Translation.Chat;

namespace Purser.Providers.Translation.Responses;

/// <summary>OpenAI's responses.</summary>
public sealed class ResponsesTranslator : FormatTranslator
{
    internal const string FormatName = "responses";

    /// <inheritdoc/>
    public override string Name => FormatName;

    /// <inheritdoc/>
    public override CanonicalStreamReader CreateStreamReader(AnswerContext context) =>
        new(new SseFraming(), new ResponsesStreamEvents(context));

    /// <inheritdoc/>
    public override CanonicalStreamWriter CreateStreamWriter(AnswerContext context) => new ResponsesStreamWriter(context);

    /// <inheritdoc/>
    public override int WriteError(in WireError error, IBufferWriter<byte> output)
    {
        // The status by which Anthropic says that it's overloaded is no one else's.
        var known = error.Status == 529 ? error with { Status = 503 } : error;
        ProviderCatalog.Responses.WriteError(output, known);
        return known.Status;
    }

    private protected override WireError ReadError(int status, JsonElement root) =>
        ChatTranslator.ErrorOf(status, root.Has("error", out var error) ? error : root);

    private protected override CanonicalRequest ReadRequest(JsonElement root, PathFacts path, RequestReading reading) =>
        ResponsesRequestReader.Read(root, path, reading);

    private protected override void WriteRequest(Utf8JsonWriter writer, RequestWriting writing) =>
        ResponsesRequestWriter.Write(writer, writing);

    private protected override CanonicalResponse ReadResponse(JsonElement root, ReadOnlySpan<byte> body, AnswerContext context) =>
        ResponsesBody.Read(root, context);

    private protected override void WriteResponse(
        Utf8JsonWriter writer,
        CanonicalResponse response,
        AnswerContext context,
        RuleNotes notes
    ) => ResponsesBody.Write(writer, response, context, notes);
}
