using System.Runtime.InteropServices;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.Anthropic;

namespace Purser.Providers.Translation.Messages;

/// <summary>
/// The usage of Anthropic's messages, over all events of an answer. Input tokens are those beside the cache: what was read from it and written to
/// it is counted apart.
/// </summary>
internal sealed class MessagesUsage
{
    private readonly AnthropicUsage usage = new();
    private readonly UsageReading reading = new() { CacheWrites = CacheWriteHint.FiveMinutes };

    /// <summary>Reads the object that the reader is on, to its end, and gives what is known by then; null where it's nothing yet.</summary>
    public CanonicalUsage? Read(ref Utf8JsonReader reader)
    {
        usage.Read(ref reader, reading);
        usage.Commit(reading);
        return reading.HasUsage ? new CanonicalUsage(reading.Usage) : null;
    }

    /// <summary>Reads a usage object.</summary>
    public CanonicalUsage? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(json), new JsonReaderOptions { MaxDepth = 256 });
        reader.Read();
        return Read(ref reader);
    }

    /// <summary>Writes a usage object.</summary>
    public static void Write(Utf8JsonWriter writer, CanonicalUsage used)
    {
        var tokens = used.Tokens;
        var short5m = tokens[UsageClass.CacheWrite5m];
        var long1h = tokens[UsageClass.CacheWrite1h];
        writer.WriteStartObject("usage");
        writer.WriteNumber("input_tokens", tokens.InputTokens - tokens.CachedInputTokens - short5m - long1h);
        writer.WriteNumber("cache_creation_input_tokens", short5m + long1h);
        writer.WriteNumber("cache_read_input_tokens", tokens.CachedInputTokens);
        if (short5m + long1h > 0)
        {
            writer.WriteStartObject("cache_creation");
            writer.WriteNumber("ephemeral_5m_input_tokens", short5m);
            writer.WriteNumber("ephemeral_1h_input_tokens", long1h);
            writer.WriteEndObject();
        }
        writer.WriteNumber("output_tokens", tokens.OutputTokens);
        writer.WriteEndObject();
    }
}
