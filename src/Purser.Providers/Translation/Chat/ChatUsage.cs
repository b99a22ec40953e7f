using System.Runtime.InteropServices;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.OpenAI;

namespace Purser.Providers.Translation.Chat;

/// <summary>The usage of chat completions. Prompt tokens have the cached and the cache-written in them, completion tokens the reasoning.</summary>
internal static class ChatUsage
{
    /// <summary>Reads the object that the reader is on, to its end; null where it says nothing that can be read.</summary>
    public static CanonicalUsage? Read(ref Utf8JsonReader reader)
    {
        var reading = new UsageReading { CacheWrites = CacheWriteHint.FiveMinutes };
        return OpenAIUsage.Read(ref reader, reading).TrySplit(reading, out var tokens) ? new CanonicalUsage(tokens) : null;
    }

    /// <summary>Reads a usage object; null where it says nothing that can be read.</summary>
    public static CanonicalUsage? Read(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(usage), new JsonReaderOptions { MaxDepth = 256 });
        reader.Read();
        return Read(ref reader);
    }

    /// <summary>Writes a usage object.</summary>
    public static void Write(Utf8JsonWriter writer, CanonicalUsage usage)
    {
        var tokens = usage.Tokens;
        var written = tokens[UsageClass.CacheWrite5m] + tokens[UsageClass.CacheWrite1h];
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", tokens.InputTokens);
        writer.WriteNumber("completion_tokens", tokens.OutputTokens);
        writer.WriteNumber("total_tokens", tokens.TotalTokens);
        writer.WriteStartObject("prompt_tokens_details");
        writer.WriteNumber("cached_tokens", tokens.CachedInputTokens);
        writer.WriteWhole("cache_write_tokens", written > 0 ? written : null);
        writer.WriteNumber("audio_tokens", tokens[UsageClass.AudioInput] + tokens[UsageClass.AudioCacheRead]);
        writer.WriteEndObject();
        writer.WriteStartObject("completion_tokens_details");
        writer.WriteNumber("reasoning_tokens", tokens[UsageClass.ReasoningOutput]);
        writer.WriteNumber("audio_tokens", tokens[UsageClass.AudioOutput]);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
