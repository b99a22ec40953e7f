using System.Buffers;
using System.Text.Json;
using Purser.Providers.Streams;

namespace Purser.Providers.Translation.Ollama;

/// <summary>Ollama's own chat, <c>/api/chat</c>.</summary>
public sealed class OllamaTranslator : FormatTranslator
{
    internal const string FormatName = "ollama";

    /// <inheritdoc/>
    public override string Name => FormatName;

    /// <inheritdoc/>
    public override string StreamMediaType => "application/x-ndjson";

    /// <inheritdoc/>
    public override CanonicalStreamReader CreateStreamReader(AnswerContext context) =>
        new(new LineFraming(), new OllamaStreamEvents(context));

    /// <inheritdoc/>
    public override CanonicalStreamWriter CreateStreamWriter(AnswerContext context) => new OllamaStreamWriter(context);

    /// <inheritdoc/>
    public override int WriteError(in WireError error, IBufferWriter<byte> output)
    {
        Write(error, output);
        return error.Status == 529 ? 503 : error.Status;
    }

    /// <summary>Writes an error's object: the message alone is what clients read, members for machines follow it.</summary>
    internal static void Write(in WireError error, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteString("error", error.Message);
        writer.WriteString("code", error.Code);
        ErrorJson.WriteDetails(writer, error, withRequestId: true);
        writer.WriteEndObject();
    }

    private protected override WireError ReadError(int status, JsonElement root) =>
        ErrorBody.Error(status, null, root.Text("error") ?? (root.Has("error", out var error) ? error.Text("message") : null));

    private protected override CanonicalRequest ReadRequest(JsonElement root, PathFacts path, RequestReading reading) =>
        OllamaRequestReader.Read(root, reading);

    private protected override void WriteRequest(Utf8JsonWriter writer, RequestWriting writing) =>
        OllamaRequestWriter.Write(writer, writing);

    private protected override CanonicalResponse ReadResponse(JsonElement root, ReadOnlySpan<byte> body, AnswerContext context) =>
        OllamaAnswer.Read(root, context);

    private protected override void WriteResponse(
        Utf8JsonWriter writer,
        CanonicalResponse response,
        AnswerContext context,
        RuleNotes notes
    ) => OllamaAnswer.Write(writer, response, context, notes);
}
