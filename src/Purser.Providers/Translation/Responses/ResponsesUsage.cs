using System.Runtime.InteropServices;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.OpenAI;

namespace Purser.Providers.Translation.Responses;

/// <summary>The usage of responses. Input tokens have the cached in them, output tokens the reasoning.</summary>
internal static class ResponsesUsage
{
    /// <summary>Reads a usage object; null where it says nothing that can be read.</summary>
    public static CanonicalUsage? Read(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return null;
        }
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(usage), new JsonReaderOptions { MaxDepth = 256 });
        reader.Read();
        var reading = new UsageReading { CacheWrites = CacheWriteHint.FiveMinutes };
        return OpenAIUsage.Read(ref reader, reading, inResponses: true).TrySplit(reading, out var tokens)
            ? new CanonicalUsage(tokens)
            : null;
    }

    /// <summary>Writes <c>usage</c>; null where nothing is known.</summary>
    public static void Write(Utf8JsonWriter writer, CanonicalUsage? usage)
    {
        if (usage is not { Tokens: var tokens })
        {
            writer.WriteNull("usage");
            return;
        }
        writer.WriteStartObject("usage");
        writer.WriteNumber("input_tokens", tokens.InputTokens);
        writer.WriteStartObject("input_tokens_details");
        writer.WriteNumber("cached_tokens", tokens.CachedInputTokens);
        writer.WriteEndObject();
        writer.WriteNumber("output_tokens", tokens.OutputTokens);
        writer.WriteStartObject("output_tokens_details");
        writer.WriteNumber("reasoning_tokens", tokens[UsageClass.ReasoningOutput]);
        writer.WriteEndObject();
        writer.WriteNumber("total_tokens", tokens.TotalTokens);
        writer.WriteEndObject();
    }
}
