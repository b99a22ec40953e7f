using System.Text.Json;

namespace Purser.Providers.Ollama;

/// <summary>What one answer of Ollama's, whole or a line of a stream, has for the relay.</summary>
internal struct OllamaEvent
{
    /// <summary>Bytes of text for the reader.</summary>
    public long TextBytes;

    /// <summary>Whether a tool is called.</summary>
    public bool CallsTool;

    /// <summary>Whether it's the last one.</summary>
    public bool IsDone;

    /// <summary>When it was made, in the server's words.</summary>
    public string? CreatedAt;
}

/// <summary>The one walk over an answer of Ollama's: chat and completions, whole or a line of a stream, have nearly the same shape.</summary>
internal static class OllamaAnswer
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };
    private static readonly OllamaBodyReader Usage = new();

    /// <summary>Walks over an answer. False where it's no JSON object.</summary>
    public static bool TryWalk(ReadOnlySpan<byte> json, UsageReading reading, ref OllamaEvent found)
    {
        try
        {
            if (!Walk(json, reading, ref found))
            {
                return false;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON; or bytes that are no UTF-8, met in a comparison.
            return false;
        }
        if (found.IsDone)
        {
            ReadUsage(json, reading);
        }
        return true;
    }

    private static void ReadUsage(ReadOnlySpan<byte> json, UsageReading reading)
    {
        var read = Bodies.BodyReader.NewReading();
        Usage.ReadInto(json, model: null, read);
        reading.TakeUsage(read);
        reading.UsageIsFinal = reading.HasUsage;
    }

    private static bool Walk(ReadOnlySpan<byte> json, UsageReading reading, ref OllamaEvent found)
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
            if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                WalkMessage(ref reader, reading, ref found);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                reader.Read();
                reading.ServedModel = JsonReading.Text(ref reader, reading.ServedModel);
            }
            else if (reader.ValueTextEquals("created_at"u8))
            {
                reader.Read();
                found.CreatedAt = JsonReading.Text(ref reader, found.CreatedAt);
            }
            else if (reader.ValueTextEquals("done"u8))
            {
                reader.Read();
                found.IsDone = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("done_reason"u8))
            {
                reader.Read();
                reading.StopReason = JsonReading.Text(ref reader, reading.StopReason);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                reading.SawError |= reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
            else
            {
                CountOutput(ref reader, reading, ref found);
            }
        }
        // Throws for what follows the object.
        reader.Read();
        reading.OutputEvents += reading.RelayedOutputBytes > before ? 1 : 0;
        return true;
    }

    private static void WalkMessage(ref Utf8JsonReader reader, UsageReading reading, ref OllamaEvent found)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            CountOutput(ref reader, reading, ref found);
        }
    }

    // The reader is on a member's name; it's left at the end of its value.
    private static void CountOutput(ref Utf8JsonReader reader, UsageReading reading, ref OllamaEvent found)
    {
        var isText = reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("response"u8);
        var isThinking = reader.ValueTextEquals("thinking"u8);
        var isCalls = reader.ValueTextEquals("tool_calls"u8);
        reader.Read();
        var start = reader.TokenStartIndex;
        var bytes = reader.TokenType == JsonTokenType.String ? reader.ValueSpan.Length : 0;
        var isList = reader.TokenType == JsonTokenType.StartArray;
        reader.Skip();
        if (isText || isThinking)
        {
            found.TextBytes += isText ? bytes : 0;
            reading.RelayedOutputBytes += bytes;
        }
        else if (isCalls && isList && reader.BytesConsumed - start > "[]".Length)
        {
            found.CallsTool = true;
            reading.RelayedOutputBytes += reader.BytesConsumed - start;
            reading.StructureTokens += UsageReading.ToolCallTokens;
        }
    }
}
