using System.Text.Json;

namespace Purser.Providers.OpenAIResponses;

/// <summary>What an event of a response's stream does.</summary>
internal enum EventKind : byte
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>The response began, or is said to go on.</summary>
    Started,

    /// <summary>The response ended: completed, incomplete, failed or cancelled.</summary>
    Ended,

    /// <summary><c>response.output_item.added</c>.</summary>
    ItemAdded,

    /// <summary><c>response.output_item.done</c>.</summary>
    ItemDone,

    /// <summary><c>response.content_part.added</c>, <c>response.reasoning_summary_part.added</c>.</summary>
    PartAdded,

    /// <summary><c>response.content_part.done</c>, <c>response.reasoning_summary_part.done</c>.</summary>
    PartDone,

    /// <summary>Text of whatever kind goes on: <c>….delta</c>.</summary>
    Delta,

    /// <summary>A text is whole: <c>response.output_text.done</c> and the like.</summary>
    TextDone,

    /// <summary><c>error</c>.</summary>
    Error,
}

/// <summary>One event of a response's stream. Its members may come in any order, so they are noted first and read afterwards.</summary>
internal ref struct ResponseEvent
{
    private readonly ReadOnlySpan<byte> json;
    private JsonSlice response;
    private JsonSlice item;
    private JsonSlice part;
    private JsonSlice delta;
    private bool deltaIsText;

    private Utf8JsonReader reader;

    private ResponseEvent(ReadOnlySpan<byte> json)
    {
        this.json = json;
        reader = new Utf8JsonReader(json, ResponsesAnswer.Options);
    }

    /// <summary>What it does.</summary>
    public EventKind Kind { get; private set; }

    /// <summary>Which text or part it is about; null where that isn't known, or is told by the part.</summary>
    public PartKind? Of { get; private set; }

    /// <summary>Its sequence number; null where it has none.</summary>
    public long? Number { get; private set; }

    /// <summary>Where that is.</summary>
    public JsonSlice NumberPlace { get; private set; }

    /// <summary>The place of its item in the output.</summary>
    public long OutputIndex { get; private set; }

    /// <summary>The place of its part in the item.</summary>
    public long PartIndex { get; private set; }

    /// <summary>The response in it; empty where there is none.</summary>
    public readonly ReadOnlySpan<byte> Response => json.Slice(response.Offset, response.Length);

    /// <summary>The item in it; empty where there is none.</summary>
    public readonly ReadOnlySpan<byte> Item => json.Slice(item.Offset, item.Length);

    /// <summary>The part in it; empty where there is none.</summary>
    public readonly ReadOnlySpan<byte> Part => json.Slice(part.Offset, part.Length);

    /// <summary>The delta's JSON; empty where there is none.</summary>
    public readonly ReadOnlySpan<byte> Delta => json.Slice(delta.Offset, delta.Length);

    /// <summary>The delta's text, escaped; empty where it's no string.</summary>
    public readonly ReadOnlySpan<byte> DeltaText => deltaIsText ? json.Slice(delta.Offset + 1, delta.Length - 2) : default;

    /// <summary>Reads an event; throws where it's no JSON. False: it's no object.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out ResponseEvent read)
    {
        read = new ResponseEvent(json);
        return read.Walk();
    }

    private bool Walk()
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            ReadMember();
        }
        // Throws for what follows the object; only an event that is whole counts.
        reader.Read();
        return true;
    }

    private void ReadMember()
    {
        if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            ReadType();
        }
        else if (reader.ValueTextEquals("delta"u8))
        {
            delta = Value();
            deltaIsText = reader.TokenType == JsonTokenType.String;
        }
        else if (reader.ValueTextEquals("sequence_number"u8))
        {
            Number = Integer();
            NumberPlace = new JsonSlice((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
        }
        else if (reader.ValueTextEquals("output_index"u8))
        {
            OutputIndex = Integer() ?? 0;
        }
        else if (reader.ValueTextEquals("content_index"u8) || reader.ValueTextEquals("summary_index"u8))
        {
            PartIndex = Integer() ?? 0;
        }
        else if (reader.ValueTextEquals("response"u8))
        {
            response = Value();
        }
        else if (reader.ValueTextEquals("item"u8))
        {
            item = Value();
        }
        else if (reader.ValueTextEquals("part"u8))
        {
            part = Value();
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private void ReadType()
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return;
        }
        var type = reader.ValueSpan;
        Of = TextKind(type);
        Kind =
            type.EndsWith(".delta"u8) ? EventKind.Delta
            : type.SequenceEqual("response.output_item.added"u8) ? EventKind.ItemAdded
            : type.SequenceEqual("response.output_item.done"u8) ? EventKind.ItemDone
            : type.EndsWith("_part.added"u8) ? EventKind.PartAdded
            : type.EndsWith("_part.done"u8) ? EventKind.PartDone
            : type.EndsWith(".done"u8) ? EventKind.TextDone
            : type.SequenceEqual("error"u8) ? EventKind.Error
            : IsEnd(type) ? EventKind.Ended
            : IsStart(type) ? EventKind.Started
            : EventKind.Other;
    }

    private static bool IsStart(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("response.created"u8) || type.SequenceEqual("response.in_progress"u8) || type.SequenceEqual("response.queued"u8);

    private static bool IsEnd(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("response.completed"u8)
        || type.SequenceEqual("response.incomplete"u8)
        || type.SequenceEqual("response.failed"u8)
        || type.SequenceEqual("response.cancelled"u8);

    private static PartKind? TextKind(ReadOnlySpan<byte> type) =>
        type.StartsWith("response.output_text."u8) ? PartKind.Text
        : type.StartsWith("response.refusal."u8) ? PartKind.Refusal
        : type.StartsWith("response.reasoning_summary_"u8) ? PartKind.Summary
        : type.StartsWith("response.reasoning_text."u8) ? PartKind.Reasoning
        : type.StartsWith("response.function_call_arguments."u8) || type.StartsWith("response.custom_tool_call_input."u8)
            ? PartKind.Arguments
        : null;

    private JsonSlice Value()
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new JsonSlice(start, (int)reader.BytesConsumed - start);
    }

    private long? Integer()
    {
        reader.Read();
        long? value = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;
        reader.Skip();
        return value;
    }
}
