using System.Buffers;
using System.Text.Json;
using Purser.Providers.Streams;

namespace Purser.Providers.Translation.Messages;

/// <summary>Anthropic's messages.</summary>
public sealed class MessagesTranslator : FormatTranslator
{
    internal const string FormatName = "messages";

    private const int LongestToolName = 128;

    /// <inheritdoc/>
    public override string Name => FormatName;

    /// <inheritdoc/>
    public override CanonicalStreamReader CreateStreamReader(AnswerContext context) =>
        new(new SseFraming(), new MessagesStreamEvents(context));

    /// <inheritdoc/>
    public override CanonicalStreamWriter CreateStreamWriter(AnswerContext context) => new MessagesStreamWriter(context);

    /// <inheritdoc/>
    public override int WriteError(in WireError error, IBufferWriter<byte> output)
    {
        ProviderCatalog.Messages.WriteError(output, error);
        return error.Status;
    }

    internal override bool TakesToolName(string name) => ToolNames.IsPlain(name, LongestToolName);

    /// <summary>Reads what the <c>error</c> of a body or an event is.</summary>
    internal static WireError ErrorOf(int status, JsonElement error) => ErrorBody.Error(status, error.Text("type"), error.Text("message"));

    private protected override WireError ReadError(int status, JsonElement root) =>
        ErrorOf(status, root.Has("error", out var error) ? error : root);

    private protected override CanonicalRequest ReadRequest(JsonElement root, PathFacts path, RequestReading reading) =>
        MessagesRequestReader.Read(root, path, reading);

    private protected override void WriteRequest(Utf8JsonWriter writer, RequestWriting writing) =>
        MessagesRequestWriter.Write(writer, writing);

    private protected override CanonicalResponse ReadResponse(JsonElement root, ReadOnlySpan<byte> body, AnswerContext context) =>
        MessagesAnswer.Read(root);

    private protected override void WriteResponse(
        Utf8JsonWriter writer,
        CanonicalResponse response,
        AnswerContext context,
        RuleNotes notes
    ) => MessagesAnswer.Write(writer, response, context, notes);
}
