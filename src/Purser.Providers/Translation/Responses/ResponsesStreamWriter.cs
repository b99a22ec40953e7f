using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Translation.Responses;

/// <summary>
/// Writes the events of a response's stream. Each block is an item of its own; the last event repeats the whole output, so that the text of all
/// items is kept to the end.
/// </summary>
internal sealed class ResponsesStreamWriter(AnswerContext context) : CanonicalStreamWriter(context)
{
    private readonly SseWriter sse = new();
    private readonly List<StreamItem> items = [];
    private ResponsesBody.Shape shape = new(ResponsesIds.OfResponse(context.Id), context.Request.Model, "in_progress");
    private CanonicalUsage? usage;
    private StopReason stop;
    private long number;
    private bool hasStarted;

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
                if (Find(next.Block) is { } signed)
                {
                    signed.Signer = next.Signer ?? signed.Signer;
                    signed.Signature += Encoding.UTF8.GetString(next.Text);
                }
                break;
            case CanonicalEventKind.LogProbs:
                // They would come with each piece of text, which is out already.
                Notes.Note(TranslationRules.DropLogProbs);
                break;
            case CanonicalEventKind.BlockEnd:
                if (Find(next.Block) is { } ended)
                {
                    End(ended, output);
                }
                break;
            case CanonicalEventKind.Finish:
                stop = next.Stop;
                break;
            case CanonicalEventKind.KeepAlive:
                WriteComment("ping", output);
                break;
            case CanonicalEventKind.End:
                shape = shape with { Status = ResponsesBody.Status(stop), Stop = stop };
                WriteResponse(shape.Status == "completed" ? "response.completed"u8 : "response.incomplete"u8, output);
                break;
            case CanonicalEventKind.Error:
                WriteError(next.Error ?? ErrorBody.Unreadable(502), output);
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
        hasStarted = true;
        shape = shape with { Id = next.Id is { } id ? ResponsesIds.OfResponse(id) : shape.Id, Model = next.Name ?? shape.Model };
        WriteResponse("response.created"u8, output);
        WriteResponse("response.in_progress"u8, output);
    }

    private void WriteResponse(ReadOnlySpan<byte> type, IBufferWriter<byte> output)
    {
        var json = BeginEvent(type, output);
        json.WritePropertyName("response"u8);
        var isEnd = shape.Status != "in_progress";
        ResponsesBody.WriteResponse(json, shape, Context, isEnd ? usage : null, () => WriteItems(json, isEnd));
        sse.End(output);
    }

    private void WriteItems(Utf8JsonWriter json, bool isEnd)
    {
        foreach (var item in items)
        {
            if (isEnd && item.IsBegun)
            {
                WriteItem(json, item, item.IsDone ? "completed" : "incomplete");
            }
        }
    }

    private void Begin(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (next.Part == BlockPart.Opaque)
        {
            Notes.Note(TranslationRules.DropVendorContent);
            return;
        }
        var item = new StreamItem(next.Block, next.Part) { Signer = next.Signer };
        items.Add(item);
        // An item of reasoning begins with its first text: it may have none, or nothing that this client can be given.
        if (next.Part is BlockPart.Reasoning or BlockPart.EncryptedReasoning)
        {
            return;
        }
        if (next.Part is BlockPart.ToolCall or BlockPart.FreeformCall)
        {
            var name = Context.ToolName(next.Name ?? "");
            var unwraps = next.Part == BlockPart.ToolCall && Context.IsFreeform(name);
            item.IsFreeform = unwraps || next.Part == BlockPart.FreeformCall;
            item.Unwrapped = unwraps ? new FreeformText() : null;
            item.CallId = next.Id ?? ToolCallIds.Of(Context.Id, next.Block);
            item.Name = name;
        }
        BeginItem(item, output);
    }

    private void BeginItem(StreamItem item, IBufferWriter<byte> output)
    {
        item.Index = items.Count(other => other.IsBegun);
        item.IsBegun = true;
        var kind = item.Part switch
        {
            BlockPart.Reasoning or BlockPart.EncryptedReasoning => "rs",
            BlockPart.ToolCall or BlockPart.FreeformCall => item.IsFreeform ? "ctc" : "fc",
            _ => "msg",
        };
        item.Id = ResponsesIds.OfItem(kind, Context.Id, item.Index);
        var json = BeginEvent("response.output_item.added"u8, output);
        json.WriteNumber("output_index"u8, item.Index);
        json.WritePropertyName("item"u8);
        WriteItem(json, item, "in_progress");
        sse.End(output);
        if (item.Part is BlockPart.Text or BlockPart.Refusal)
        {
            WritePart("response.content_part.added"u8, item, output);
        }
        else if (item.Part == BlockPart.Reasoning && item.HasSummary)
        {
            WritePart("response.reasoning_summary_part.added"u8, item, output);
        }
    }

    private void WriteDelta(in CanonicalEvent next, IBufferWriter<byte> output)
    {
        if (Find(next.Block) is not { } item)
        {
            return;
        }
        var text = item.Unwrapped is { } unwrapped ? unwrapped.Take(next.Text) : next.Text;
        if (!text.IsEmpty)
        {
            WriteText(item, text, output);
        }
    }

    private void WriteText(StreamItem item, ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (item.Part == BlockPart.Reasoning && !item.IsBegun)
        {
            item.HasSummary = true;
            BeginItem(item, output);
        }
        item.Text.Write(text);
        if (item.Part == BlockPart.EncryptedReasoning)
        {
            return;
        }
        var json = BeginEvent(
            item.Part switch
            {
                BlockPart.Text => "response.output_text.delta"u8,
                BlockPart.Refusal => "response.refusal.delta"u8,
                BlockPart.Reasoning => "response.reasoning_summary_text.delta"u8,
                _ => item.IsFreeform ? "response.custom_tool_call_input.delta"u8 : "response.function_call_arguments.delta"u8,
            },
            output
        );
        WritePlace(json, item);
        json.WriteString("delta"u8, text);
        WriteLogProbs(json, item);
        sse.End(output);
    }

    private void End(StreamItem item, IBufferWriter<byte> output)
    {
        if (item.Unwrapped is { } unwrapped && unwrapped.End() is { IsEmpty: false } rest)
        {
            WriteText(item, rest, output);
        }
        if (item.Part is BlockPart.Reasoning or BlockPart.EncryptedReasoning)
        {
            item.Carried = Carried(item);
            if (!item.IsBegun && item.Carried is null)
            {
                items.Remove(item);
                return;
            }
            if (!item.IsBegun)
            {
                BeginItem(item, output);
            }
            item.Carried = WantsEncrypted ? ResponsesReasoning.CarryOrMark(item.Carried) : null;
        }
        item.IsDone = true;
        WriteTextDone(item, output);
        if (item.Part is BlockPart.Text or BlockPart.Refusal)
        {
            WritePart("response.content_part.done"u8, item, output);
        }
        else if (item.Part == BlockPart.Reasoning && item.HasSummary)
        {
            WritePart("response.reasoning_summary_part.done"u8, item, output);
        }
        var json = BeginEvent("response.output_item.done"u8, output);
        json.WriteNumber("output_index"u8, item.Index);
        json.WritePropertyName("item"u8);
        WriteItem(json, item, "completed");
        sse.End(output);
    }

    private string? Carried(StreamItem item)
    {
        var encrypted = item.Part == BlockPart.EncryptedReasoning ? item.Said : null;
        var carried = ResponsesReasoning.Carry(item.Signer, item.Signature, encrypted);
        Notes.NoteIf(carried is not null && !WantsEncrypted, TranslationRules.DropReasoningContent);
        return WantsEncrypted ? carried : null;
    }

    private bool WantsEncrypted => Context.Request.Reasoning?.WantsEncrypted == true;

    private void WriteTextDone(StreamItem item, IBufferWriter<byte> output)
    {
        if (item.Part == BlockPart.EncryptedReasoning || (item.Part == BlockPart.Reasoning && !item.HasSummary))
        {
            return;
        }
        var (type, member) = item.Part switch
        {
            BlockPart.Text => ("response.output_text.done", "text"),
            BlockPart.Refusal => ("response.refusal.done", "refusal"),
            BlockPart.Reasoning => ("response.reasoning_summary_text.done", "text"),
            _ when item.IsFreeform => ("response.custom_tool_call_input.done", "input"),
            _ => ("response.function_call_arguments.done", "arguments"),
        };
        var json = BeginEvent(Encoding.ASCII.GetBytes(type), output);
        WritePlace(json, item);
        json.WriteString(member, item.Said);
        WriteLogProbs(json, item);
        sse.End(output);
    }

    private static void WritePlace(Utf8JsonWriter json, StreamItem item)
    {
        json.WriteString("item_id"u8, item.Id);
        json.WriteNumber("output_index"u8, item.Index);
        if (item.Part is BlockPart.Text or BlockPart.Refusal)
        {
            json.WriteNumber("content_index"u8, 0);
        }
        else if (item.Part == BlockPart.Reasoning)
        {
            json.WriteNumber("summary_index"u8, 0);
        }
    }

    private static void WriteLogProbs(Utf8JsonWriter json, StreamItem item)
    {
        if (item.Part == BlockPart.Text)
        {
            json.WriteStartArray("logprobs"u8);
            json.WriteEndArray();
        }
    }

    private void WritePart(ReadOnlySpan<byte> type, StreamItem item, IBufferWriter<byte> output)
    {
        var json = BeginEvent(type, output);
        WritePlace(json, item);
        json.WritePropertyName("part"u8);
        WritePart(json, item);
        sse.End(output);
    }

    private static void WritePart(Utf8JsonWriter json, StreamItem item)
    {
        json.WriteStartObject();
        switch (item.Part)
        {
            case BlockPart.Refusal:
                json.WriteString("type"u8, "refusal"u8);
                json.WriteString("refusal"u8, item.Said);
                break;
            case BlockPart.Reasoning:
                json.WriteString("type"u8, "summary_text"u8);
                json.WriteString("text"u8, item.Said);
                break;
            default:
                json.WriteString("type"u8, "output_text"u8);
                json.WriteStartArray("annotations"u8);
                json.WriteEndArray();
                WriteLogProbs(json, item);
                json.WriteString("text"u8, item.Said);
                break;
        }
        json.WriteEndObject();
    }

    // As it begins, a message has no parts yet.
    private void WriteItem(Utf8JsonWriter json, StreamItem item, string status)
    {
        switch (item.Part)
        {
            case BlockPart.ToolCall or BlockPart.FreeformCall:
                var call = new ResponsesBody.CallShape(item.Id, item.CallId, item.Name, item.IsFreeform);
                ResponsesBody.WriteCall(json, call, item.Said, status, Context);
                break;
            case BlockPart.Reasoning or BlockPart.EncryptedReasoning:
                ResponsesReasoning.Write(json, item.Id, item.Part == BlockPart.Reasoning ? item.Said : "", item.Carried);
                break;
            default:
                json.WriteStartObject();
                json.WriteString("id"u8, item.Id);
                json.WriteString("type"u8, "message"u8);
                json.WriteString("status"u8, status);
                json.WriteStartArray("content"u8);
                if (status != "in_progress")
                {
                    WritePart(json, item);
                }
                json.WriteEndArray();
                json.WriteString("role"u8, "assistant"u8);
                json.WriteEndObject();
                break;
        }
    }

    // OpenAI says it twice: clients look at the one or the other.
    private void WriteError(WireError error, IBufferWriter<byte> output)
    {
        var json = BeginEvent("error"u8, output);
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteString("param"u8, error.Param);
        ErrorJson.WriteDetails(json, error, withRequestId: true);
        sse.End(output);
        if (hasStarted)
        {
            shape = shape with { Status = "failed", Error = error };
            WriteResponse("response.failed"u8, output);
        }
    }

    private Utf8JsonWriter BeginEvent(ReadOnlySpan<byte> type, IBufferWriter<byte> output)
    {
        var json = sse.Begin(type, output);
        json.WriteString("type"u8, type);
        json.WriteNumber("sequence_number"u8, number++);
        return json;
    }

    private StreamItem? Find(int block)
    {
        for (var index = items.Count - 1; index >= 0; index--)
        {
            if (items[index].Block == block && !items[index].IsDone)
            {
                return items[index];
            }
        }
        return null;
    }

    private sealed class StreamItem(int block, BlockPart part)
    {
        public int Block { get; } = block;

        public BlockPart Part { get; } = part;

        public ArrayBufferWriter<byte> Text { get; } = new();

        /// <summary>The text so far. A call of a function without arguments has an empty object at its end.</summary>
        public string Said =>
            IsDone && Text.WrittenCount == 0 && Part == BlockPart.ToolCall && !IsFreeform
                ? "{}"
                : Encoding.UTF8.GetString(Text.WrittenSpan);

        public int Index { get; set; }

        public string Id { get; set; } = "";

        public string CallId { get; set; } = "";

        public string Name { get; set; } = "";

        public bool IsFreeform { get; set; }

        public FreeformText? Unwrapped { get; set; }

        public string? Signer { get; set; }

        public string? Signature { get; set; }

        public string? Carried { get; set; }

        public bool HasSummary { get; set; }

        public bool IsBegun { get; set; }

        public bool IsDone { get; set; }
    }
}
