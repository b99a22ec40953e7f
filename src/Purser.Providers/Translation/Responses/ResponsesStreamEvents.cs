using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;
using Purser.Providers.Translation.Chat;

namespace Purser.Providers.Translation.Responses;

/// <summary>Reads the events of a response's stream. A block is a part of a message, a call, or an item of reasoning with all its summaries.</summary>
internal sealed class ResponsesStreamEvents(AnswerContext context) : ProviderEvents(context)
{
    private readonly List<Open> open = [];
    private bool hasCalls;
    private bool hasFinished;

    /// <inheritdoc/>
    protected override bool IsWhole => false;

    /// <inheritdoc/>
    protected override bool ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (IsDone(data))
        {
            return true;
        }
        var type = TypeOf(data, out var isObject);
        if (!isObject)
        {
            return false;
        }
        if (type.EndsWith(".delta"u8))
        {
            TakeDelta(type, data);
        }
        else if (type.StartsWith("response.output_item."u8) || type.StartsWith("response.content_part."u8))
        {
            TakePlace(type, JsonElementOf(data));
        }
        else if (type.EndsWith(".done"u8))
        {
            TakeDone(type, JsonElementOf(data));
        }
        else if (type.SequenceEqual("response.reasoning_summary_part.added"u8))
        {
            TakeSummary(JsonElementOf(data));
        }
        else if (type.SequenceEqual("error"u8))
        {
            var root = JsonElementOf(data);
            FailWith(root.Has("error", out var error) && error.ValueKind == JsonValueKind.Object ? error : root);
        }
        else if (type.SequenceEqual("keepalive"u8))
        {
            Give(new CanonicalEvent { Kind = CanonicalEventKind.KeepAlive });
        }
        else if (type.StartsWith("response."u8))
        {
            TakeResponse(type, JsonElementOf(data));
        }
        return true;
    }

    /// <inheritdoc/>
    protected override void CloseBlocks()
    {
        while (open.Count > 0)
        {
            End(open[0]);
        }
        if (!hasFinished)
        {
            hasFinished = true;
            GiveFinish(0, hasCalls ? StopReason.ToolCalls : StopReason.Unknown);
        }
    }

    private static JsonElement JsonElementOf(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        return JsonElement.ParseValue(ref reader);
    }

    private void FailWith(JsonElement error) => Fail(ChatTranslator.ErrorOf(StatusOf(error.Text("code") ?? error.Text("type")), error));

    private static int StatusOf(string? code) => code is "server_is_overloaded" or "slow_down" ? 503 : ErrorBody.Status(code);

    private void TakeResponse(ReadOnlySpan<byte> type, JsonElement root)
    {
        if (!root.Has("response", out var response) || response.ValueKind != JsonValueKind.Object)
        {
            return;
        }
        GiveStart(response.Text("id") is { Length: > 0 } id ? id : null, response.Text("model"));
        var isEnd = type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.incomplete"u8);
        if (!isEnd && !type.SequenceEqual("response.failed"u8) && !type.SequenceEqual("response.cancelled"u8))
        {
            return;
        }
        if (!isEnd)
        {
            FailWith(response.Has("error", out var error) ? error : response);
            return;
        }
        while (open.Count > 0)
        {
            End(open[0]);
        }
        hasFinished = true;
        GiveFinish(0, ResponsesBody.Stop(response, hasCalls));
        if (response.Has("usage", out var usage) && ResponsesUsage.Read(usage) is { } used)
        {
            GiveUsage(used);
        }
        GiveEnd();
    }

    // Items and parts of messages: where they begin and end.
    private void TakePlace(ReadOnlySpan<byte> type, JsonElement root)
    {
        GiveStart(null, null);
        var output = root.Whole("output_index") ?? 0;
        var isBegin = type.EndsWith(".added"u8);
        if (type.StartsWith("response.content_part."u8))
        {
            var place = root.Whole("content_index") ?? 0;
            var part = root.Has("part", out var given) ? given : default;
            var kind = part.Text("type") switch
            {
                "refusal" => BlockPart.Refusal,
                "reasoning_text" => BlockPart.Reasoning,
                _ => BlockPart.Text,
            };
            var isItems = kind == BlockPart.Reasoning;
            var block = Find(output, isItems ? -1 : place) ?? Begin(output, isItems ? -1 : place, kind);
            if (!isBegin && !isItems)
            {
                GiveRest(block, part.Text("text") ?? part.Text("refusal"));
                End(block);
            }
            return;
        }
        if (root.Has("item", out var item) && item.ValueKind == JsonValueKind.Object)
        {
            TakeItem(output, item, isBegin);
        }
    }

    private void TakeItem(long output, JsonElement item, bool isBegin)
    {
        var type = item.Text("type");
        if (type == "message")
        {
            EndMessage(output, item, isBegin);
            return;
        }
        if (type == "reasoning" && isBegin)
        {
            return;
        }
        var block = Find(output, -1);
        if (type == "reasoning")
        {
            EndReasoning(output, block, item);
            return;
        }
        if (type is not ("function_call" or "custom_tool_call"))
        {
            block ??= Begin(output, -1, BlockPart.Opaque, null, JsonReading.Clean(type, 64) ?? "unknown");
        }
        else if (block is null)
        {
            hasCalls = true;
            var part = type == "custom_tool_call" ? BlockPart.FreeformCall : BlockPart.ToolCall;
            var id = item.Text("call_id") ?? item.Text("id") ?? ToolCallIds.Of(Context.Id, (int)Math.Clamp(output, 0, 9999));
            block = Begin(output, -1, part, id, ResponsesTools.NameOf(item.Text("name") ?? "", item.Text("namespace")));
        }
        if (!isBegin)
        {
            GiveRest(block, item.Text("arguments") ?? item.Text("input"));
            End(block);
        }
    }

    // A message's parts have ended by themselves; some vendors leave that out, or give the text here alone.
    private void EndMessage(long output, JsonElement item, bool isBegin)
    {
        if (isBegin)
        {
            return;
        }
        foreach (var block in open.Where(block => block.Output == output).ToList())
        {
            End(block);
        }
        var place = 0;
        foreach (var part in item.List("content"))
        {
            if (!seen.Contains((output, place)) && (part.Text("text") ?? part.Text("refusal")) is { Length: > 0 } text)
            {
                var block = Begin(output, place, part.Text("type") == "refusal" ? BlockPart.Refusal : BlockPart.Text);
                GiveRest(block, text);
                End(block);
            }
            place++;
        }
    }

    private void EndReasoning(long output, Open? block, JsonElement item)
    {
        var whole = ResponsesReasoning.Read(item);
        if (block is null && whole.Text.Length > 0)
        {
            block = Begin(output, -1, BlockPart.Reasoning);
        }
        if (block is not null)
        {
            GiveRest(block, whole.Text);
            End(block);
        }
        if (item.Text("encrypted_content") is { Length: > 0 } encrypted)
        {
            var hidden = GiveBlockStart(0, BlockPart.EncryptedReasoning, signer: ResponsesTranslator.FormatName);
            GiveDelta(0, hidden, BlockPart.EncryptedReasoning, Encoding.UTF8.GetBytes(encrypted));
            GiveBlockEnd(0, hidden, BlockPart.EncryptedReasoning);
        }
    }

    // Summaries after the first begin with a blank line, as where an answer is read whole.
    private void TakeSummary(JsonElement root)
    {
        GiveStart(null, null);
        if (Find(root.Whole("output_index") ?? 0, -1) is { HasText: true } block)
        {
            GiveDelta(0, block.Block, block.Part, "\n\n"u8);
        }
    }

    private void TakeDone(ReadOnlySpan<byte> type, JsonElement root)
    {
        var isText = type.SequenceEqual("response.output_text.done"u8) || type.SequenceEqual("response.refusal.done"u8);
        if (
            Find(root.Whole("output_index") ?? 0, isText ? root.Whole("content_index") ?? 0 : -1) is { Part: not BlockPart.Reasoning } block
        )
        {
            GiveRest(block, root.Text("text") ?? root.Text("refusal") ?? root.Text("arguments") ?? root.Text("input"));
        }
    }

    private void TakeDelta(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var isText = type.SequenceEqual("response.output_text.delta"u8);
        var isRefusal = type.SequenceEqual("response.refusal.delta"u8);
        var isReasoning =
            type.SequenceEqual("response.reasoning_summary_text.delta"u8) || type.SequenceEqual("response.reasoning_text.delta"u8);
        var isArguments =
            type.SequenceEqual("response.function_call_arguments.delta"u8) || type.SequenceEqual("response.custom_tool_call_input.delta"u8);
        if (!isText && !isRefusal && !isReasoning && !isArguments)
        {
            return;
        }
        GiveStart(null, null);
        var fields = new Fields();
        Walk(data, ref fields);
        var place = isText || isRefusal ? fields.Content : -1;
        var block = Find(fields.Output, place);
        if (block is null && isArguments)
        {
            Fail(new WireError(502, "stream_broken", "The provider's stream has a tool call that didn't begin."));
            return;
        }
        var part =
            isText ? BlockPart.Text
            : isRefusal ? BlockPart.Refusal
            : BlockPart.Reasoning;
        block ??= Begin(fields.Output, place, part);
        block.HasText |= !fields.Delta.IsEmpty;
        GiveDelta(0, block.Block, block.Part, fields.Delta);
        if (fields.LogProbs.Length > 2)
        {
            Give(
                new CanonicalEvent { Kind = CanonicalEventKind.LogProbs, Text = data.Slice(fields.LogProbs.Offset, fields.LogProbs.Length) }
            );
        }
    }

    private void Walk(ReadOnlySpan<byte> data, ref Fields fields)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                fields.Delta = Scratch.Read(ref reader);
                continue;
            }
            var isOutput = reader.ValueTextEquals("output_index"u8);
            var isContent = reader.ValueTextEquals("content_index"u8);
            var isLogProbs = reader.ValueTextEquals("logprobs"u8);
            reader.Read();
            if ((isOutput || isContent) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index))
            {
                fields.Output = isOutput ? index : fields.Output;
                fields.Content = isContent ? index : fields.Content;
            }
            var start = (int)reader.TokenStartIndex;
            isLogProbs &= reader.TokenType == JsonTokenType.StartArray;
            reader.Skip();
            fields.LogProbs = isLogProbs ? new JsonSlice(start, (int)reader.BytesConsumed - start) : fields.LogProbs;
        }
    }

    private readonly HashSet<(long Output, long Place)> seen = [];

    private Open Begin(long output, long place, BlockPart part, string? id = null, string? name = null)
    {
        seen.Add((output, place));
        var block = new Open(output, place, part, GiveBlockStart(0, part, id, name));
        open.Add(block);
        return block;
    }

    // What came at once at its end.
    private void GiveRest(Open block, string? text)
    {
        if (!block.HasText && !string.IsNullOrEmpty(text) && block.Part != BlockPart.Opaque)
        {
            block.HasText = true;
            GiveDelta(0, block.Block, block.Part, Encoding.UTF8.GetBytes(text));
        }
    }

    private void End(Open block)
    {
        open.Remove(block);
        GiveBlockEnd(0, block.Block, block.Part);
    }

    private Open? Find(long output, long place)
    {
        foreach (var block in open)
        {
            if (block.Output == output && block.Place == place)
            {
                return block;
            }
        }
        return null;
    }

    /// <summary>A block that is open.</summary>
    /// <param name="output">The item's place in the output.</param>
    /// <param name="place">The part's place in the message; -1 for a block that is a whole item.</param>
    /// <param name="part">What it holds.</param>
    /// <param name="block">Its number.</param>
    private sealed class Open(long output, long place, BlockPart part, int block)
    {
        public long Output { get; } = output;

        public long Place { get; } = place;

        public BlockPart Part { get; } = part;

        public int Block { get; } = block;

        public bool HasText { get; set; }
    }

    private ref struct Fields
    {
        public long Output;
        public long Content;
        public JsonSlice LogProbs;
        public ReadOnlySpan<byte> Delta;
    }
}
