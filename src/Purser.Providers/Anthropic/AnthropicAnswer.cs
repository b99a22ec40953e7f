using System.Text.Json;

namespace Purser.Providers.Anthropic;

/// <summary>
/// The one walk over a message or an event of a stream. A message's members are at the top of a whole answer, and inside
/// <c>message</c> in the event that begins a stream.
/// </summary>
internal ref struct AnthropicAnswer
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    private readonly ReadOnlySpan<byte> json;
    private readonly UsageReading reading;
    private readonly AnthropicUsage usage;
    private readonly AnthropicBlocks? blocks;
    private readonly bool isEvent;
    private Utf8JsonReader reader;
    private JsonSlice usagePlace;
    private bool usageIsStart;
    private MessageEvent what;
    private BlockKind kind;
    private long? index;
    private bool saysStop;

    private AnthropicAnswer(ReadOnlySpan<byte> json, UsageReading reading, AnthropicUsage usage, AnthropicBlocks? blocks)
    {
        this.json = json;
        this.reading = reading;
        this.usage = usage;
        this.blocks = blocks;
        isEvent = blocks is not null;
        reader = new Utf8JsonReader(json, Options);
    }

    /// <summary>Walks over a whole answer, or over one event where <paramref name="blocks"/> keeps track of a stream. False where it's no JSON object; no usage is taken from it then.</summary>
    public static bool TryWalk(ReadOnlySpan<byte> json, UsageReading reading, AnthropicUsage usage, AnthropicBlocks? blocks)
    {
        var answer = new AnthropicAnswer(json, reading, usage, blocks);
        try
        {
            return answer.Walk();
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // Bytes that are no UTF-8, met in a comparison.
            return false;
        }
    }

    private bool Walk()
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        usage.Begin();
        var outputBefore = reading.RelayedOutputBytes;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (isEvent && reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                WalkMessage();
            }
            else if (isEvent && reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                WalkDelta();
            }
            else if (isEvent && reader.ValueTextEquals("content_block"u8))
            {
                reader.Read();
                usage.BlockThinkingBytes = 0;
                CountStrings();
            }
            else if (isEvent && reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;
                reader.Skip();
            }
            else
            {
                WalkMember();
            }
        }
        // Throws for what follows the object; only an event that is whole counts.
        reader.Read();
        blocks?.Note(what, index, kind, saysStop);
        if (what == MessageEvent.BlockStart)
        {
            reading.StructureTokens += FrameTokens(kind);
        }
        reading.OutputEvents += reading.RelayedOutputBytes > outputBefore ? 1 : 0;
        if (usagePlace.Length > 0)
        {
            Commit();
        }
        return true;
    }

    private readonly void Commit()
    {
        usage.Commit(reading);
        var raw = json.Slice(usagePlace.Offset, usagePlace.Length);
        if (usageIsStart)
        {
            reading.SetRawStart(raw);
        }
        reading.SetRaw(raw);
        reading.UsageIsFinal = !usageIsStart && reading.HasUsage;
    }

    private void WalkMessage()
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        usageIsStart = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            WalkMember();
        }
    }

    // A member of a message, or of an event beside the three that have their own walk.
    private void WalkMember()
    {
        if (reader.ValueTextEquals("usage"u8))
        {
            reader.Read();
            ReadUsage();
        }
        else if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            ReadType();
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            reading.ResponseId = JsonReading.Text(ref reader, reading.ResponseId);
        }
        else if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            reading.ServedModel = JsonReading.Text(ref reader, reading.ServedModel);
        }
        else if (reader.ValueTextEquals("stop_reason"u8))
        {
            reader.Read();
            reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
        }
        else if (reader.ValueTextEquals("content"u8))
        {
            reader.Read();
            CountStrings();
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            reading.SawError |= reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private static int FrameTokens(BlockKind kind) =>
        kind is BlockKind.Text or BlockKind.Thinking ? UsageReading.PartTokens : UsageReading.ToolCallTokens;

    private void ReadType()
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
        }
        else if (reader.ValueTextEquals("message_stop"u8))
        {
            reading.Terminated = true;
            what = MessageEvent.Stop;
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            reading.SawError = true;
        }
        else if (isEvent)
        {
            what =
                reader.ValueTextEquals("message_start"u8) ? MessageEvent.Start
                : reader.ValueTextEquals("content_block_start"u8) ? MessageEvent.BlockStart
                : reader.ValueTextEquals("content_block_stop"u8) ? MessageEvent.BlockStop
                : what;
        }
    }

    private void ReadUsage()
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        var start = (int)reader.TokenStartIndex;
        usage.Read(ref reader, reading);
        usagePlace = new JsonSlice(start, (int)reader.BytesConsumed - start);
    }

    private void WalkDelta()
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("stop_reason"u8))
            {
                reader.Read();
                saysStop |= reader.TokenType == JsonTokenType.String;
                reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
            }
            else if (reader.ValueTextEquals("thinking"u8))
            {
                reader.Read();
                var bytes = TextBytes();
                usage.BlockThinkingBytes += bytes;
                reading.RelayedOutputBytes += bytes;
            }
            else if (reader.ValueTextEquals("signature"u8))
            {
                // The signature holds the thinking in secret form: it counts as far as less thinking was shown.
                reader.Read();
                reading.RelayedOutputBytes += Math.Max(0, TextBytes() - usage.BlockThinkingBytes);
            }
            else if (IsNoOutput())
            {
                reader.Read();
                reader.Skip();
            }
            else
            {
                // Text, parts of a tool's arguments, a summary; and what isn't known yet.
                reader.Read();
                CountStrings();
            }
        }
    }

    // Cited passages are not billed as output; what the model writes to cite them is a few numbers.
    private readonly bool IsNoOutput() =>
        reader.ValueTextEquals("type"u8)
        || reader.ValueTextEquals("citation"u8)
        || reader.ValueTextEquals("stop_sequence"u8)
        || reader.ValueTextEquals("stop_details"u8)
        || reader.ValueTextEquals("container"u8);

    private long TextBytes()
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.ValueSpan.Length;
        }
        reader.Skip();
        return 0;
    }

    // Everything that a block says but its type. Results of the provider's own tools are counted too, though they are
    // input: where the stream breaks off, that errs on the dear side.
    private void CountStrings()
    {
        var start = reader.CurrentDepth;
        var isType = false;
        do
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isType = reader.ValueTextEquals("type"u8);
                continue;
            }
            if (isType && reader.TokenType == JsonTokenType.String && reader.CurrentDepth == start + 1)
            {
                kind = ReadKind();
            }
            if (!isEvent && reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == start + 1)
            {
                reading.StructureTokens += UsageReading.ToolCallTokens;
            }
            if (reader.TokenType == JsonTokenType.String && !isType)
            {
                reading.RelayedOutputBytes += reader.ValueSpan.Length;
            }
            isType = false;
            if (reader.CurrentDepth == start && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                return;
            }
        } while (reader.Read());
    }

    private readonly BlockKind ReadKind() =>
        reader.ValueTextEquals("text"u8) ? BlockKind.Text
        : reader.ValueTextEquals("thinking"u8) || reader.ValueTextEquals("redacted_thinking"u8) ? BlockKind.Thinking
        : reader.ValueSpan.EndsWith("tool_use"u8) ? BlockKind.Tool
        : BlockKind.Other;
}
