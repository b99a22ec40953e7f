using System.Buffers;
using System.Text.Json;
using Purser.Providers.Bedrock;

namespace Purser.Providers.Translation.Converse;

/// <summary>Bedrock's Converse and ConverseStream.</summary>
public sealed class ConverseTranslator : FormatTranslator
{
    internal const string FormatName = "converse";

    /// <inheritdoc/>
    public override string Name => FormatName;

    /// <inheritdoc/>
    public override string StreamMediaType => "application/vnd.amazon.eventstream";

    /// <inheritdoc/>
    public override CanonicalStreamReader CreateStreamReader(AnswerContext context) =>
        new(new FrameFraming(), new ConverseStreamEvents(context));

    /// <inheritdoc/>
    public override CanonicalStreamWriter CreateStreamWriter(AnswerContext context) => new ConverseStreamWriter(context);

    /// <inheritdoc/>
    public override int WriteError(in WireError error, IBufferWriter<byte> output)
    {
        var known = error.Status == 529 ? error with { Status = 503 } : error;
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteString("message", known.Message);
        // The SDKs know an error by this, or by a header.
        writer.WriteString("__type", char.ToUpperInvariant(ExceptionOf(known.Status)[0]) + ExceptionOf(known.Status)[1..]);
        writer.WriteString("code", known.Code);
        ErrorJson.WriteDetails(writer, known, withRequestId: true);
        writer.WriteEndObject();
        return known.Status;
    }

    /// <summary>The exception that Bedrock has for a status, as frames name it.</summary>
    internal static string ExceptionOf(int status) =>
        status switch
        {
            401 or 402 or 403 => "accessDeniedException",
            404 => "resourceNotFoundException",
            408 or 504 => "modelTimeoutException",
            429 => "throttlingException",
            503 or 529 => "serviceUnavailableException",
            >= 500 => "internalServerException",
            _ => "validationException",
        };

    /// <summary>The status of an exception.</summary>
    internal static int StatusOf(string? exception) =>
        exception switch
        {
            "validationException" => 400,
            "accessDeniedException" => 403,
            "resourceNotFoundException" => 404,
            "modelTimeoutException" => 504,
            "throttlingException" => 429,
            "serviceUnavailableException" => 503,
            _ => 500,
        };

    private protected override WireError ReadError(int status, JsonElement root) =>
        ErrorBody.Error(status, null, root.Text("message") ?? root.Text("Message"));

    private protected override CanonicalRequest ReadRequest(JsonElement root, PathFacts path, RequestReading reading) =>
        ConverseRequestReader.Read(root, path, reading);

    private protected override void WriteRequest(Utf8JsonWriter writer, RequestWriting writing) =>
        ConverseRequestWriter.Write(writer, writing);

    private protected override CanonicalResponse ReadResponse(JsonElement root, ReadOnlySpan<byte> body, AnswerContext context) =>
        ConverseAnswer.Read(root, context);

    private protected override void WriteResponse(
        Utf8JsonWriter writer,
        CanonicalResponse response,
        AnswerContext context,
        RuleNotes notes
    ) => ConverseAnswer.Write(writer, response, context, notes);
}
