using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Purser.Providers.Translation.Messages;

/// <summary>Writes the events of a stream of Anthropic's messages.</summary>
internal sealed class MessagesStreamWriter(AnswerContext context) : CanonicalStreamWriter(context)
{
    private readonly SseWriter sse = new();
    private Utf8JsonWriter? json;
    private readonly List<OpenBlock> open = [];
    private CanonicalUsage usage = new(default);
    private StopReason stop;
    private string? stopSequence;
    private int blocks;
    private int redacted = -1;

    /// <inheritdoc/>
    public override void Write(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        usage = next.Usage ?? usage;
        if (next.Choice > 0)
        {
            Notes.Note(TranslationRules.DropChoices);
            return;
        }
        switch (next.Kind)
        {
            case CanonicalEventKind.Start:
                WriteStart(next, output);
                break;
            case CanonicalEventKind.BlockStart:
                Begin(next, output);
                break;
            case CanonicalEventKind.Delta:
                WriteDelta(next, output);
                break;
            case CanonicalEventKind.Signature:
                WriteSignature(next, output);
                break;
            case CanonicalEventKind.LogProbs:
                Notes.Note(TranslationRules.DropLogProbs);
                break;
            case CanonicalEventKind.BlockEnd:
                End(next.Block, output);
                break;
            case CanonicalEventKind.Finish:
                (stop, stopSequence) = (next.Stop, next.StopSequence);
                break;
            case CanonicalEventKind.KeepAlive:
                output.Write("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);
                break;
            case CanonicalEventKind.End:
                WriteEnd(output);
                break;
            case CanonicalEventKind.Error:
                output.Write("event: error\ndata: "u8);
                ProviderCatalog.Messages.WriteError(output, next.Error ?? ErrorBody.Unreadable(502));
                output.Write("\n\n"u8);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        sse.Dispose();
        base.Dispose(disposing);
    }

    private void WriteStart(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        json = BeginEvent("message_start"u8, output);
        json.WriteStartObject("message"u8);
        json.WriteString("id"u8, next.Id ?? Context.Id);
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("model"u8, next.Name ?? Context.Request.Model);
        json.WriteStartArray("content"u8);
        json.WriteEndArray();
        json.WriteNull("stop_reason"u8);
        json.WriteNull("stop_sequence"u8);
        MessagesUsage.Write(json, usage);
        json.WriteEndObject();
        sse.End(output);
    }

    private void Begin(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        switch (next.Part)
        {
            case BlockPart.Opaque:
                Notes.Note(TranslationRules.DropVendorContent);
                break;
            case BlockPart.EncryptedReasoning:
                // The block's start has all of it: it's written with the one delta.
                redacted = next.Signer == MessagesTranslator.FormatName ? next.Block : redacted;
                Notes.NoteIf(next.Signer != MessagesTranslator.FormatName, TranslationRules.DropReasoningContent);
                break;
            case BlockPart.Reasoning:
                var thinking = BeginBlock(next, "thinking"u8, output);
                thinking.WriteString("thinking"u8, ""u8);
                thinking.WriteString("signature"u8, ""u8);
                EndBlock(output);
                break;
            case BlockPart.ToolCall or BlockPart.FreeformCall:
                var call = BeginBlock(next, "tool_use"u8, output);
                call.WriteString("id"u8, next.Id ?? ToolCallIds.Of(Context.Id, next.Block));
                call.WriteString("name"u8, Context.ToolName(next.Name ?? ""));
                call.WriteStartObject("input"u8);
                call.WriteEndObject();
                EndBlock(output);
                if (next.Part == BlockPart.FreeformCall)
                {
                    WriteDelta(open[^1].Index, "input_json_delta"u8, "partial_json"u8, "{\"input\":\""u8, output);
                }
                break;
            default:
                var text = BeginBlock(next, "text"u8, output);
                text.WriteString("text"u8, ""u8);
                EndBlock(output);
                break;
        }
    }

    private void WriteDelta(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (next.Part == BlockPart.EncryptedReasoning)
        {
            WriteRedacted(next, output);
            return;
        }
        if (Find(next.Block) is not { } block)
        {
            return;
        }
        switch (block.Part)
        {
            case BlockPart.ToolCall:
                WriteDelta(block.Index, "input_json_delta"u8, "partial_json"u8, next.Text, output);
                break;
            case BlockPart.FreeformCall:
                var escaped = JsonEncodedText.Encode(next.Text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
                WriteDelta(block.Index, "input_json_delta"u8, "partial_json"u8, escaped.EncodedUtf8Bytes, output);
                break;
            case BlockPart.Reasoning:
                WriteDelta(block.Index, "thinking_delta"u8, "thinking"u8, next.Text, output);
                break;
            default:
                WriteDelta(block.Index, "text_delta"u8, "text"u8, next.Text, output);
                break;
        }
    }

    private void WriteRedacted(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (next.Block == redacted)
        {
            var block = BeginBlock(next, "redacted_thinking"u8, output);
            block.WriteString("data"u8, next.Text);
            EndBlock(output);
        }
    }

    private void WriteSignature(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (next.Signer == MessagesTranslator.FormatName && Find(next.Block) is { } block)
        {
            block.IsSigned = true;
            WriteDelta(block.Index, "signature_delta"u8, "signature"u8, next.Text, output);
        }
    }

    private void WriteDelta(
        int index,
        ReadOnlySpan<byte> type,
        ReadOnlySpan<byte> member,
        ReadOnlySpan<byte> text,
        IBufferWriter<byte> output
    )
    {
        json = BeginEvent("content_block_delta"u8, output);
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("delta"u8);
        json.WriteString("type"u8, type);
        json.WriteString(member, text);
        json.WriteEndObject();
        sse.End(output);
    }

    private void End(int number, IBufferWriter<byte> output)
    {
        if (Find(number) is not { } block)
        {
            return;
        }
        if (block.Part == BlockPart.FreeformCall)
        {
            WriteDelta(block.Index, "input_json_delta"u8, "partial_json"u8, "\"}"u8, output);
        }
        else if (block is { Part: BlockPart.Reasoning, IsSigned: false })
        {
            WriteDelta(block.Index, "signature_delta"u8, "signature"u8, Unsigned, output);
        }
        open.Remove(block);
        json = BeginEvent("content_block_stop"u8, output);
        json.WriteNumber("index"u8, block.Index);
        sse.End(output);
    }

    private void WriteEnd(IBufferWriter<byte> output)
    {
        json = BeginEvent("message_delta"u8, output);
        json.WriteStartObject("delta"u8);
        json.WriteString("stop_reason"u8, MessagesAnswer.Word(stop));
        json.WriteString("stop_sequence"u8, stopSequence);
        json.WriteEndObject();
        MessagesUsage.Write(json, usage);
        sse.End(output);
        output.Write("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
    }

    private Utf8JsonWriter BeginEvent(ReadOnlySpan<byte> type, IBufferWriter<byte> output)
    {
        var started = sse.Begin(type, output);
        started.WriteString("type"u8, type);
        return started;
    }

    private Utf8JsonWriter BeginBlock(in CanonicalEvent next, ReadOnlySpan<byte> type, IBufferWriter<byte> output)
    {
        var block = new OpenBlock(next.Block, blocks++, next.Part);
        open.Add(block);
        json = BeginEvent("content_block_start"u8, output);
        json.WriteNumber("index"u8, block.Index);
        json.WriteStartObject("content_block"u8);
        json.WriteString("type"u8, type);
        return json;
    }

    private void EndBlock(IBufferWriter<byte> output)
    {
        json!.WriteEndObject();
        sse.End(output);
    }

    private OpenBlock? Find(int number)
    {
        foreach (var block in open)
        {
            if (block.Block == number)
            {
                return block;
            }
        }
        return null;
    }

    private static ReadOnlySpan<byte> Unsigned => "purser.unsigned"u8;

    private sealed record OpenBlock(int Block, int Index, BlockPart Part)
    {
        public bool IsSigned { get; set; }
    }
}
