using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Providers.Translation.Messages;

namespace Purser.Providers.Translation.Converse;

/// <summary>Writes the frames of a ConverseStream.</summary>
internal sealed class ConverseStreamWriter(AnswerContext context) : CanonicalStreamWriter(context)
{
    private readonly ArrayBufferWriter<byte> payload = new(256);
    private readonly Utf8JsonWriter json = new(
        Stream.Null,
        new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }
    );
    private readonly List<(int Block, int Index, BlockPart Part)> open = [];
    private CanonicalUsage usage = new(default);
    private StopReason stop;
    private int blocks;

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
                Begin();
                json.WriteString("role"u8, "assistant"u8);
                End("messageStart"u8, output);
                break;
            case CanonicalEventKind.BlockStart:
                BeginBlock(next, output);
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
                EndBlock(next.Block, output);
                break;
            case CanonicalEventKind.Finish:
                stop = next.Stop;
                break;
            case CanonicalEventKind.End:
                WriteEnd(output);
                break;
            case CanonicalEventKind.Error:
                WriteError(next.Error ?? ErrorBody.Unreadable(502), output);
                break;
        }
    }

    /// <summary>Nothing: frames have no comments.</summary>
    public override void WriteComment(string text, IBufferWriter<byte> output) { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        json.Dispose();
        base.Dispose(disposing);
    }

    private void BeginBlock(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        switch (next.Part)
        {
            case BlockPart.Opaque:
                Notes.Note(TranslationRules.DropVendorContent);
                return;
            case BlockPart.EncryptedReasoning when next.Signer != MessagesTranslator.FormatName:
                Notes.Note(TranslationRules.DropReasoningContent);
                return;
        }
        var index = blocks++;
        open.Add((next.Block, index, next.Part));
        if (next.Part is not (BlockPart.ToolCall or BlockPart.FreeformCall))
        {
            return;
        }
        Begin();
        json.WriteNumber("contentBlockIndex"u8, index);
        json.WriteStartObject("start"u8);
        json.WriteStartObject("toolUse"u8);
        json.WriteString("toolUseId"u8, next.Id ?? ToolCallIds.Of(Context.Id, next.Block));
        json.WriteString("name"u8, Context.ToolName(next.Name ?? ""));
        json.WriteEndObject();
        json.WriteEndObject();
        End("contentBlockStart"u8, output);
        if (next.Part == BlockPart.FreeformCall)
        {
            WriteInput(index, "{\"input\":\""u8, output);
        }
    }

    private void WriteDelta(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (!TryFind(next.Block, out var index, out var part))
        {
            return;
        }
        switch (part)
        {
            case BlockPart.ToolCall:
                WriteInput(index, next.Text, output);
                break;
            case BlockPart.FreeformCall:
                WriteInput(index, JsonEncodedText.Encode(next.Text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, output);
                break;
            case BlockPart.Reasoning:
                WriteReasoning(index, "text"u8, next.Text, output);
                break;
            case BlockPart.EncryptedReasoning:
                WriteReasoning(index, "redactedContent"u8, next.Text, output);
                break;
            default:
                BeginDelta(index);
                json.WriteString("text"u8, next.Text);
                EndDelta(output);
                break;
        }
    }

    private void WriteSignature(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (next.Signer != MessagesTranslator.FormatName)
        {
            Notes.Note(TranslationRules.DropReasoningContent);
        }
        else if (TryFind(next.Block, out var index, out _))
        {
            WriteReasoning(index, "signature"u8, next.Text, output);
        }
    }

    private void WriteInput(int index, ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        BeginDelta(index);
        json.WriteStartObject("toolUse"u8);
        json.WriteString("input"u8, piece);
        json.WriteEndObject();
        EndDelta(output);
    }

    private void WriteReasoning(int index, ReadOnlySpan<byte> member, ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        BeginDelta(index);
        json.WriteStartObject("reasoningContent"u8);
        json.WriteString(member, text);
        json.WriteEndObject();
        EndDelta(output);
    }

    private void EndBlock(int block, IBufferWriter<byte> output)
    {
        if (!TryFind(block, out var index, out var part))
        {
            return;
        }
        if (part == BlockPart.FreeformCall)
        {
            WriteInput(index, "\"}"u8, output);
        }
        open.RemoveAll(known => known.Block == block);
        Begin();
        json.WriteNumber("contentBlockIndex"u8, index);
        End("contentBlockStop"u8, output);
    }

    private void WriteEnd(IBufferWriter<byte> output)
    {
        Begin();
        json.WriteString("stopReason"u8, ConverseAnswer.Word(stop));
        End("messageStop"u8, output);
        Begin();
        ConverseAnswer.WriteUsage(json, usage);
        ConverseAnswer.WriteMetrics(json);
        End("metadata"u8, output);
    }

    private void WriteError(in WireError error, IBufferWriter<byte> output)
    {
        Begin();
        json.WriteString("message"u8, error.Message);
        ErrorJson.WriteDetails(json, error, withRequestId: true);
        json.WriteEndObject();
        json.Flush();
        FrameWriter.WriteException(
            System.Text.Encoding.ASCII.GetBytes(ConverseTranslator.ExceptionOf(error.Status)),
            payload.WrittenSpan,
            output
        );
    }

    private bool TryFind(int block, out int index, out BlockPart part)
    {
        foreach (var known in open)
        {
            if (known.Block == block)
            {
                (_, index, part) = known;
                return true;
            }
        }
        (index, part) = (0, default);
        return false;
    }

    private void BeginDelta(int index)
    {
        Begin();
        json.WriteNumber("contentBlockIndex"u8, index);
        json.WriteStartObject("delta"u8);
    }

    private void EndDelta(IBufferWriter<byte> output)
    {
        json.WriteEndObject();
        End("contentBlockDelta"u8, output);
    }

    private void Begin()
    {
        payload.ResetWrittenCount();
        json.Reset(payload);
        json.WriteStartObject();
    }

    private void End(ReadOnlySpan<byte> type, IBufferWriter<byte> output)
    {
        json.WriteEndObject();
        json.Flush();
        FrameWriter.WriteEvent(type, payload.WrittenSpan, output);
    }
}
