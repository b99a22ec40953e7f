using System.Buffers;
using System.Text.Json;
using Purser.Providers.OpenAI;
using Purser.Providers.Streams;

namespace Purser.Providers.Translation.Chat;

/// <summary>OpenAI's chat completions, as OpenAI and the many vendors that copy it speak them.</summary>
public sealed class ChatTranslator : FormatTranslator
{
    internal const string FormatName = "chat";

    private static readonly OpenAIFormat Errors = new();

    /// <inheritdoc/>
    public override string Name => FormatName;

    /// <inheritdoc/>
    public override CanonicalStreamReader CreateStreamReader(AnswerContext context) => new(new SseFraming(), new ChatStreamEvents(context));

    /// <inheritdoc/>
    public override CanonicalStreamWriter CreateStreamWriter(AnswerContext context) => new ChatStreamWriter(context);

    /// <inheritdoc/>
    public override int WriteError(in WireError error, IBufferWriter<byte> output)
    {
        // The status by which Anthropic says that it's overloaded is no one else's.
        var known = error.Status == 529 ? error with { Status = 503 } : error;
        Errors.WriteError(output, known);
        return known.Status;
    }

    /// <summary>Reads what the <c>error</c> of a body or an event is.</summary>
    internal static WireError ErrorOf(int status, JsonElement error)
    {
        var code = error.Text("code") ?? error.Text("type") ?? ErrorBody.Code(status);
        var message = error.ValueKind == JsonValueKind.String ? error.GetString() : error.Text("message");
        return ErrorBody.Error(status, code, message, error.Text("param"));
    }

    // Some vendors of the format have the error's members at the top.
    private protected override WireError ReadError(int status, JsonElement root) =>
        ErrorOf(status, root.Has("error", out var error) ? error : root);

    private protected override CanonicalRequest ReadRequest(JsonElement root, PathFacts path, RequestReading reading) =>
        ChatRequestReader.Read(root, path, reading);

    private protected override void WriteRequest(Utf8JsonWriter writer, RequestWriting writing) => ChatRequestWriter.Write(writer, writing);

    private protected override CanonicalResponse ReadResponse(JsonElement root, ReadOnlySpan<byte> body, AnswerContext context) =>
        ChatAnswer.Read(root, context);

    private protected override void WriteResponse(
        Utf8JsonWriter writer,
        CanonicalResponse response,
        AnswerContext context,
        RuleNotes notes
    ) => ChatAnswer.Write(writer, response, context, notes);
}
