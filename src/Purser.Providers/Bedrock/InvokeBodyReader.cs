using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Bedrock;

/// <summary>
/// Bedrock's InvokeModel: the body is the model's own. What the body of some models leaves out is in the answer's headers, and those of an answer,
/// as one object, are taken in place of a body: <c>{"x-amzn-bedrock-input-token-count":"12", …}</c>. The end of a stream has the same as
/// <c>amazon-bedrock-invocationMetrics</c>. In both the cache is outside the input, and writes aren't split by time to live.
/// </summary>
/// <param name="messages">Reads Claude's bodies.</param>
/// <param name="converse">Reads Nova's.</param>
/// <param name="chat">Reads those by OpenAI's format.</param>
internal sealed class InvokeBodyReader(BodyReader messages, BodyReader converse, BodyReader chat) : BodyReader
{
    private static readonly FigurePaths Counted = new(
        "inputTokenCount",
        "outputTokenCount",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount"
    );

    private static readonly FigurePaths Llama = new("prompt_token_count", "generation_token_count");
    private static readonly FigurePaths TitanInput = new("inputTextTokenCount");
    private static readonly FigurePaths TitanOutput = new("tokenCount");

    /// <summary>The member that Bedrock adds to the last event of a stream.</summary>
    public static ReadOnlySpan<byte> Metrics => "amazon-bedrock-invocationMetrics"u8;

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        Span<long> counts = stackalloc long[Counted.Count];
        var metrics = BodyScan.Member(body, Metrics);
        var family = ModelFamilies.Of(model);
        // Claude's own usage splits its cache writes, which cost more for an hour.
        if (metrics is [(byte)'{', ..] && !(family == ModelFamily.Anthropic && BodyScan.Member(body, "usage"u8) is [(byte)'{', ..]))
        {
            Counted.Read(metrics, counts, reading);
            SetCounts(counts, family, reading);
            return default;
        }
        if (TryHeaders(body, counts, reading))
        {
            SetCounts(counts, family, reading);
            return default;
        }
        switch (family)
        {
            case ModelFamily.Anthropic:
                return messages.ReadInto(body, model, reading);
            case ModelFamily.Nova:
                return converse.ReadInto(body, model, reading);
            case ModelFamily.Titan:
                ReadTitan(body, reading);
                return default;
            case ModelFamily.Llama:
                Llama.Read(body, counts[..2], reading);
                SetCounts([counts[0], counts[1], FigurePaths.Absent, FigurePaths.Absent], family, reading);
                return default;
            case ModelFamily.Chat when HasChatUsage(body):
                return chat.ReadInto(body, model, reading);
            case ModelFamily.Unknown:
                reading.AddViolation("the model's name doesn't say whose format its answers have");
                return default;
            default:
                reading.AddViolation(
                    "the answers of this model don't count what is billed; give the headers of Bedrock's answer instead (x-amzn-bedrock-input-token-count, …)"
                );
                return default;
        }
    }

    // A body, or its usage object alone.
    private static bool HasChatUsage(ReadOnlySpan<byte> body) =>
        BodyScan.Member(body, "usage"u8) is [(byte)'{', ..] || !BodyScan.Member(body, "prompt_tokens"u8).IsEmpty;

    // {"inputTextTokenCount":5,"results":[{"tokenCount":55}]}, or {"embedding":[],"inputTextTokenCount":5}
    private static void ReadTitan(ReadOnlySpan<byte> body, UsageReading reading)
    {
        Span<long> found = stackalloc long[1];
        TitanInput.Read(body, found, reading);
        var input = found[0];
        var isEmbedding = !BodyScan.Member(body, "embedding"u8).IsEmpty || !BodyScan.Member(body, "embeddingsByType"u8).IsEmpty;
        var output = isEmbedding ? 0 : FigurePaths.Absent;
        var results = BodyScan.Member(body, "results"u8);
        var reader = new Utf8JsonReader(results.IsEmpty ? "[]"u8 : results, Json);
        reader.Read();
        while (reader.TokenType != JsonTokenType.EndArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reading.AddViolation("a result of the answer is no object");
                return;
            }
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            TitanOutput.Read(results[start..(int)reader.BytesConsumed], found, reading);
            if (found[0] < 0)
            {
                reading.AddViolation("a result of the answer lacks tokenCount");
                return;
            }
            output = Math.Min(UsageReading.MaxCount, Math.Max(0, output) + found[0]);
        }
        SetCounts([input, output, FigurePaths.Absent, FigurePaths.Absent], ModelFamily.Titan, reading);
    }

    private static void SetCounts(ReadOnlySpan<long> counts, ModelFamily family, UsageReading reading)
    {
        if (counts[0] < 0 || counts[1] < 0)
        {
            reading.AddViolation("the answer lacks the count of its input or output tokens");
            return;
        }
        if (counts[3] > 0 && family == ModelFamily.Anthropic)
        {
            reading.AddViolation("the cache writes are not split by time to live");
        }
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = counts[0];
        usage[UsageClass.Output] = counts[1];
        usage[UsageClass.CacheRead] = Math.Max(0, counts[2]);
        usage[UsageClass.CacheWrite5m] = Math.Max(0, counts[3]);
        Set(reading, usage);
    }

    // Headers come in any case, and their values as strings.
    private static bool TryHeaders(ReadOnlySpan<byte> body, Span<long> counts, UsageReading reading)
    {
        counts.Fill(FigurePaths.Absent);
        var reader = new Utf8JsonReader(body, Json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var slot = HeaderSlot(reader.ValueSpan);
            reader.Read();
            if (slot >= 0)
            {
                if (counts[slot] != FigurePaths.Absent)
                {
                    reading.AddViolation("a member of the usage is there twice");
                }
                counts[slot] = HeaderCount(ref reader, reading) ?? counts[slot];
            }
            reader.Skip();
        }
        // Throws for what follows the object.
        reader.Read();
        return counts.ContainsAnyExcept(FigurePaths.Absent);
    }

    private static int HeaderSlot(ReadOnlySpan<byte> name) =>
        Ascii.EqualsIgnoreCase(name, "x-amzn-bedrock-input-token-count"u8) ? 0
        : Ascii.EqualsIgnoreCase(name, "x-amzn-bedrock-output-token-count"u8) ? 1
        : Ascii.EqualsIgnoreCase(name, "x-amzn-bedrock-cache-read-input-token-count"u8) ? 2
        : Ascii.EqualsIgnoreCase(name, "x-amzn-bedrock-cache-write-input-token-count"u8) ? 3
        : -1;

    private static long? HeaderCount(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return JsonReading.Count(ref reader, reading);
        }
        var text = reader.ValueSpan;
        if (
            Utf8Parser.TryParse(text, out long count, out var consumed)
            && consumed == text.Length
            && count is >= 0 and <= UsageReading.MaxCount
        )
        {
            return count;
        }
        reading.AddViolation("a count in the headers is no count");
        return null;
    }
}
