using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Cohere;

/// <summary>What a block of a stream holds.</summary>
internal enum CohereBlock
{
    /// <summary>None is open.</summary>
    None,

    /// <summary>Text for the reader.</summary>
    Text,

    /// <summary>Thinking.</summary>
    Thinking,

    /// <summary>A tool's name and arguments.</summary>
    Tool,
}

/// <summary>The events of a stream that begin and end something.</summary>
internal enum CohereEventType
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary><c>message-start</c>.</summary>
    MessageStart,

    /// <summary><c>content-start</c>.</summary>
    ContentStart,

    /// <summary><c>content-end</c>.</summary>
    ContentEnd,

    /// <summary><c>tool-call-start</c>.</summary>
    ToolStart,

    /// <summary><c>tool-call-end</c>.</summary>
    ToolEnd,

    /// <summary><c>message-end</c>.</summary>
    MessageEnd,
}

/// <summary>What one event of a stream has for the relay.</summary>
internal struct CohereEvent
{
    /// <summary>Its type.</summary>
    public CohereEventType Type;

    /// <summary>The block's index.</summary>
    public long Index;

    /// <summary>What the block holds, where it begins.</summary>
    public CohereBlock Block;
}

/// <summary>The one walk over an answer of Cohere's second API, whole or an event of a stream: what the model writes has the same names in both.</summary>
internal static class CohereAnswer
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };
    private static readonly CohereBodyReader Usage = new(CohereCounts.BilledUnits);

    /// <summary>Walks over an answer. False where it's no JSON object.</summary>
    public static bool TryWalk(ReadOnlySpan<byte> json, UsageReading reading, out CohereEvent found)
    {
        found = default;
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }
            var before = reading.RelayedOutputBytes;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                WalkMember(ref reader, reading, ref found);
            }
            // Throws for what follows the object.
            reader.Read();
            reading.OutputEvents += reading.RelayedOutputBytes > before ? 1 : 0;
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON; or bytes that are no UTF-8, met in a comparison.
            return false;
        }
    }

    /// <summary>Reads the usage beside it: an answer, or what ends a stream.</summary>
    public static void ReadUsage(ReadOnlySpan<byte> answer, UsageReading reading)
    {
        var stated = BodyScan.Member(answer, "usage"u8);
        if (stated.IsEmpty)
        {
            return;
        }
        reading.SetRaw(stated);
        var read = BodyReader.NewReading();
        Usage.ReadInto(answer, model: null, read);
        reading.TakeUsage(read);
        reading.UsageIsFinal = reading.HasUsage;
    }

    private static void WalkMember(ref Utf8JsonReader reader, UsageReading reading, ref CohereEvent found)
    {
        if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            found.Type = reader.TokenType == JsonTokenType.String ? TypeOf(ref reader) : CohereEventType.Other;
            reader.Skip();
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            reading.ResponseId = JsonReading.Text(ref reader, reading.ResponseId);
        }
        else if (reader.ValueTextEquals("index"u8))
        {
            reader.Read();
            found.Index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : 0;
            reader.Skip();
        }
        else if (reader.ValueTextEquals("finish_reason"u8))
        {
            reader.Read();
            reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
        }
        else if (reader.ValueTextEquals("delta"u8))
        {
            reader.Read();
            WalkDelta(ref reader, reading, ref found);
        }
        else if (reader.ValueTextEquals("message"u8))
        {
            reader.Read();
            CountMessage(ref reader, reading, ref found);
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private static CohereEventType TypeOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("message-start"u8) ? CohereEventType.MessageStart
        : reader.ValueTextEquals("content-start"u8) ? CohereEventType.ContentStart
        : reader.ValueTextEquals("content-end"u8) ? CohereEventType.ContentEnd
        : reader.ValueTextEquals("tool-call-start"u8) ? CohereEventType.ToolStart
        : reader.ValueTextEquals("tool-call-end"u8) ? CohereEventType.ToolEnd
        : reader.ValueTextEquals("message-end"u8) ? CohereEventType.MessageEnd
        : CohereEventType.Other;

    private static void WalkDelta(ref Utf8JsonReader reader, UsageReading reading, ref CohereEvent found)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                CountMessage(ref reader, reading, ref found);
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
            }
            else
            {
                var isError = reader.ValueTextEquals("error"u8);
                reader.Read();
                reading.SawError |= isError && reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
        }
    }

    // All that the model writes, at any depth, but for types and roles. Citations repeat documents, and aren't billed as output.
    private static void CountMessage(ref Utf8JsonReader reader, UsageReading reading, ref CohereEvent found)
    {
        var start = reader.CurrentDepth;
        var (isType, isTools) = (false, false);
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return;
        }
        while (reader.Read() && reader.CurrentDepth > start)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isTools = reader.CurrentDepth == start + 1 ? reader.ValueTextEquals("tool_calls"u8) : isTools;
                isType = reader.ValueTextEquals("type"u8) || reader.ValueTextEquals("role"u8);
                if (reader.ValueTextEquals("citations"u8))
                {
                    reader.Read();
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("function"u8))
                {
                    reading.StructureTokens += UsageReading.ToolCallTokens;
                }
            }
            else if (reader.TokenType == JsonTokenType.String)
            {
                reading.RelayedOutputBytes += isType ? 0 : reader.ValueSpan.Length;
                found.Block =
                    isTools ? CohereBlock.Tool
                    : !isType ? found.Block
                    : reader.ValueTextEquals("text"u8) ? CohereBlock.Text
                    : reader.ValueTextEquals("thinking"u8) ? CohereBlock.Thinking
                    : found.Block;
                isType = false;
            }
        }
    }
}
