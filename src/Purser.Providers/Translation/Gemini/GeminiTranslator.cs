using System.Buffers;
using System.Text.Json;
using Purser.Providers.Streams;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Gemini's <c>generateContent</c> and <c>streamGenerateContent</c>.</summary>
public sealed class GeminiTranslator : FormatTranslator
{
    internal const string FormatName = "gemini";

    /// <inheritdoc/>
    public override string Name => FormatName;

    /// <inheritdoc/>
    public override CanonicalStreamReader CreateStreamReader(AnswerContext context) =>
        new(new FirstByteFraming((byte)'[', new ArrayFraming(), new SseFraming()), new GeminiStreamEvents(context));

    /// <inheritdoc/>
    public override CanonicalStreamWriter CreateStreamWriter(AnswerContext context) => new GeminiStreamWriter(context);

    /// <inheritdoc/>
    public override int WriteError(in WireError error, IBufferWriter<byte> output)
    {
        var known = error.Status == 529 ? error with { Status = 503 } : error;
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        WriteError(writer, known);
        return known.Status;
    }

    internal override bool TakesToolName(string name) =>
        ToolNames.IsPlain(name, ToolNames.UsualLength) && (char.IsAsciiLetter(name[0]) || name[0] == '_');

    /// <summary>Reads what the <c>error</c> of a body or a chunk is.</summary>
    internal static WireError ErrorOf(int status, JsonElement error) =>
        ErrorBody.Error(status, error.Text("status")?.ToLowerInvariant(), error.Text("message"));

    /// <summary>Writes an error's object. Members for machines are in an <c>ErrorInfo</c>.</summary>
    internal static void WriteError(Utf8JsonWriter writer, in WireError error)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteNumber("code", error.Status);
        writer.WriteString("message", error.Message);
        writer.WriteString("status", StatusName(error.Status));
        writer.WriteStartArray("details");
        writer.WriteStartObject();
        writer.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        writer.WriteString("reason", error.Code);
        writer.WriteString("domain", "purser");
        writer.WriteStartObject("metadata");
        ErrorJson.WriteDetails(writer, error, withRequestId: true);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string StatusName(int status) =>
        status switch
        {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            402 or 403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ABORTED",
            429 => "RESOURCE_EXHAUSTED",
            499 => "CANCELLED",
            501 => "UNIMPLEMENTED",
            503 or 529 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            >= 500 => "INTERNAL",
            _ => "FAILED_PRECONDITION",
        };

    private protected override WireError ReadError(int status, JsonElement root) =>
        ErrorOf(status, root.Has("error", out var error) ? error : root);

    private protected override CanonicalRequest ReadRequest(JsonElement root, PathFacts path, RequestReading reading) =>
        GeminiRequestReader.Read(root, path, reading);

    private protected override void WriteRequest(Utf8JsonWriter writer, RequestWriting writing) =>
        GeminiRequestWriter.Write(writer, writing);

    private protected override CanonicalResponse ReadResponse(JsonElement root, ReadOnlySpan<byte> body, AnswerContext context) =>
        GeminiAnswerParts.Read(root, context);

    private protected override void WriteResponse(
        Utf8JsonWriter writer,
        CanonicalResponse response,
        AnswerContext context,
        RuleNotes notes
    ) => GeminiAnswerParts.Write(writer, response, context, notes);
}
