using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Translation.Messages;

/// <summary>Reads the events of a stream of Anthropic's messages.</summary>
internal sealed class MessagesStreamEvents(AnswerContext context) : ProviderEvents(context)
{
    private readonly MessagesUsage usage = new();
    private readonly List<OpenBlock> open = [];
    private bool hasStopped;
    private int calls;

    /// <inheritdoc/>
    protected override bool IsWhole => false;

    /// <inheritdoc/>
    protected override bool ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var type = TypeOf(data, out var isObject);
        if (!isObject)
        {
            return false;
        }
        if (type.SequenceEqual("ping"u8))
        {
            Give(new CanonicalEvent { Kind = CanonicalEventKind.KeepAlive });
            return true;
        }
        var fields = new Fields();
        Walk(data, ref fields);
        if (type.SequenceEqual("content_block_delta"u8))
        {
            TakeDelta(fields);
        }
        else if (type.SequenceEqual("content_block_start"u8))
        {
            TakeStart(fields, data);
        }
        else if (type.SequenceEqual("content_block_stop"u8))
        {
            TakeStop(fields.Index);
        }
        else if (type.SequenceEqual("message_start"u8))
        {
            GiveStart(fields.Id, fields.Model, fields.Usage);
        }
        else if (type.SequenceEqual("message_delta"u8))
        {
            TakeMessageDelta(fields);
        }
        else if (type.SequenceEqual("message_stop"u8))
        {
            GiveEnd();
        }
        else if (type.SequenceEqual("error"u8))
        {
            Fail(ErrorBody.Error(ErrorBody.Status(fields.Type), fields.Type, fields.Message));
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void CloseBlocks()
    {
        while (open.Count > 0)
        {
            TakeStop(open[0].Index);
        }
        if (!hasStopped)
        {
            hasStopped = true;
            GiveFinish(0, StopReason.Unknown);
        }
    }

    private void TakeStart(in Fields fields, ReadOnlySpan<byte> data)
    {
        GiveStart(null, null);
        var part = fields.Type switch
        {
            "text" => BlockPart.Text,
            "thinking" => BlockPart.Reasoning,
            "redacted_thinking" => BlockPart.EncryptedReasoning,
            "tool_use" => BlockPart.ToolCall,
            _ => BlockPart.Opaque,
        };
        var signer = part is BlockPart.Reasoning or BlockPart.EncryptedReasoning ? MessagesTranslator.FormatName : null;
        var isCall = part == BlockPart.ToolCall;
        var callId = isCall ? fields.Id ?? ToolCallIds.Of(Context.Id, calls++) : null;
        var block = GiveBlockStart(0, part, callId, isCall ? fields.Name ?? "" : fields.Type, signer);
        open.Add(new OpenBlock(fields.Index, block, part));
        if (isCall)
        {
            // A call's input comes in deltas; only what is here already isn't empty.
            var input = data.Slice(fields.Input.Offset, fields.Input.Length);
            GiveDelta(0, block, part, input.Length > 2 ? input : default);
        }
        else if (part != BlockPart.Opaque)
        {
            GiveDelta(0, block, part, fields.Text);
        }
    }

    private void TakeDelta(in Fields fields)
    {
        foreach (var (index, block, part) in open)
        {
            if (index != fields.Index)
            {
                continue;
            }
            if (fields.Type == "signature_delta")
            {
                if (OwnReasoning.IsMark(fields.Text))
                {
                    // Another Purser's: nobody signed it.
                    return;
                }
                Give(
                    new CanonicalEvent
                    {
                        Kind = CanonicalEventKind.Signature,
                        Block = block,
                        Part = part,
                        Text = fields.Text,
                        Signer = MessagesTranslator.FormatName,
                    }
                );
            }
            else if (part != BlockPart.Opaque && fields.Type != "citations_delta")
            {
                GiveDelta(0, block, part, fields.Text);
            }
            return;
        }
    }

    private void TakeStop(long index)
    {
        var at = open.FindIndex(block => block.Index == index);
        if (at >= 0)
        {
            var (_, block, part) = open[at];
            open.RemoveAt(at);
            GiveBlockEnd(0, block, part);
        }
    }

    private void TakeMessageDelta(in Fields fields)
    {
        if (fields.StopReason is { } word && !hasStopped)
        {
            while (open.Count > 0)
            {
                TakeStop(open[0].Index);
            }
            hasStopped = true;
            GiveFinish(0, MessagesAnswer.Stop(word), fields.StopSequence);
        }
        if (fields.Usage is { } used)
        {
            GiveUsage(used);
        }
    }

    private void Walk(ReadOnlySpan<byte> data, ref Fields fields)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                fields.Index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index) ? index : 0;
            }
            else if (
                reader.ValueTextEquals("delta"u8)
                || reader.ValueTextEquals("content_block"u8)
                || reader.ValueTextEquals("message"u8)
                || reader.ValueTextEquals("error"u8)
            )
            {
                reader.Read();
                WalkInner(ref reader, ref fields);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader, ref fields);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void WalkInner(ref Utf8JsonReader reader, ref Fields fields)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (IsText(ref reader))
            {
                reader.Read();
                var text = Scratch.Read(ref reader);
                fields.Text = text.IsEmpty ? fields.Text : text;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader, ref fields);
            }
            else if (reader.ValueTextEquals("input"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                fields.Input = new JsonSlice(start, (int)reader.BytesConsumed - start);
            }
            else
            {
                ReadName(ref reader, ref fields);
            }
        }
    }

    private static bool IsText(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("text"u8)
        || reader.ValueTextEquals("partial_json"u8)
        || reader.ValueTextEquals("thinking"u8)
        || reader.ValueTextEquals("signature"u8)
        || reader.ValueTextEquals("data"u8);

    private void ReadUsage(ref Utf8JsonReader reader, ref Fields fields)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            fields.Usage = usage.Read(ref reader);
        }
        else
        {
            reader.Skip();
        }
    }

    private static void ReadName(ref Utf8JsonReader reader, ref Fields fields)
    {
        if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            fields.Type = Known(ref reader);
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            fields.Id = JsonReading.Text(ref reader, null);
        }
        else if (reader.ValueTextEquals("name"u8))
        {
            reader.Read();
            fields.Name = JsonReading.Text(ref reader, null);
        }
        else if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            fields.Model = JsonReading.Text(ref reader, null);
        }
        else if (reader.ValueTextEquals("stop_reason"u8))
        {
            reader.Read();
            fields.StopReason = JsonReading.Text(ref reader, null);
        }
        else if (reader.ValueTextEquals("stop_sequence"u8))
        {
            reader.Read();
            fields.StopSequence = JsonReading.Text(ref reader, null);
        }
        else if (reader.ValueTextEquals("message"u8))
        {
            reader.Read();
            fields.Message = JsonReading.Text(ref reader, null);
        }
        else
        {
            reader.Skip();
        }
    }

    // The types of deltas are in every event: they cost no string.
    private static string? Known(ref Utf8JsonReader reader)
    {
        foreach (
            var type in (ReadOnlySpan<string>)["text_delta", "input_json_delta", "thinking_delta", "signature_delta", "citations_delta"]
        )
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(type))
            {
                return type;
            }
        }
        return JsonReading.Text(ref reader, null);
    }

    private readonly record struct OpenBlock(long Index, int Block, BlockPart Part);

    private ref struct Fields
    {
        public long Index;
        public string? Type;
        public string? Id;
        public string? Name;
        public string? Model;
        public string? StopReason;
        public string? StopSequence;
        public string? Message;
        public CanonicalUsage? Usage;
        public JsonSlice Input;
        public ReadOnlySpan<byte> Text;
    }
}
