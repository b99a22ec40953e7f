using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Providers.Anthropic;

/// <summary>
/// The figures of one usage object, or of one iteration in it. Input tokens exclude what was read from or written to the
/// cache; <c>cache_creation_input_tokens</c> is the sum of the two in <c>cache_creation</c>; output includes thinking.
/// </summary>
internal struct AnthropicFigures
{
    public long? Input;
    public long? CacheRead;
    public long? CacheWrite;
    public long? Write5m;
    public long? Write1h;
    public long? Output;
    public long? Thinking;
    public long? WebSearches;

    /// <summary>Reads the value of the member that the reader is on, if it's a figure. False: it isn't, and nothing was read.</summary>
    public bool TryRead(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.ValueTextEquals("input_tokens"u8))
        {
            Take(ref Input, ref reader, reading);
        }
        else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
        {
            Take(ref CacheRead, ref reader, reading);
        }
        else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
        {
            Take(ref CacheWrite, ref reader, reading);
        }
        else if (reader.ValueTextEquals("output_tokens"u8))
        {
            Take(ref Output, ref reader, reading);
        }
        else if (reader.ValueTextEquals("cache_creation"u8))
        {
            ReadPair(ref reader, "ephemeral_5m_input_tokens"u8, "ephemeral_1h_input_tokens"u8, ref Write5m, ref Write1h, reading);
        }
        else if (reader.ValueTextEquals("output_tokens_details"u8))
        {
            long? none = null;
            ReadPair(ref reader, "thinking_tokens"u8, default, ref Thinking, ref none, reading);
        }
        else if (reader.ValueTextEquals("server_tool_use"u8))
        {
            long? none = null;
            ReadPair(ref reader, "web_search_requests"u8, default, ref WebSearches, ref none, reading);
        }
        else
        {
            return false;
        }
        return true;
    }

    /// <summary>
    /// Takes over later figures of the same answer: what is absent stays. Input and searches are cumulative, so where they
    /// fall the larger figure stays and that is recorded; output figures at a stream's start are placeholders.
    /// </summary>
    public void Merge(in AnthropicFigures later, UsageReading reading)
    {
        Input = Rising(Input, later.Input, reading);
        CacheRead = Rising(CacheRead, later.CacheRead, reading);
        CacheWrite = Rising(CacheWrite, later.CacheWrite, reading);
        Write5m = Rising(Write5m, later.Write5m, reading);
        Write1h = Rising(Write1h, later.Write1h, reading);
        WebSearches = Rising(WebSearches, later.WebSearches, reading);
        Output = later.Output ?? Output;
        Thinking = later.Thinking ?? Thinking;
    }

    /// <summary>Splits the figures into disjoint classes. False where input or output isn't stated.</summary>
    public readonly bool TrySplit(UsageReading reading, out TokenUsage usage)
    {
        usage = default;
        if (Input is not { } input || Output is not { } output)
        {
            reading.AddViolation("the usage lacks input or output tokens");
            return false;
        }
        var thinking = Thinking ?? 0;
        if (thinking > output)
        {
            reading.AddViolation("the thinking tokens exceed the output tokens");
            output += thinking;
        }
        usage[UsageClass.Input] = input;
        usage[UsageClass.CacheRead] = CacheRead ?? 0;
        usage[UsageClass.Output] = output - thinking;
        usage[UsageClass.ReasoningOutput] = thinking;
        usage[UsageClass.WebSearch] = WebSearches ?? 0;
        SplitWrites(reading, ref usage);
        return true;
    }

    private readonly void SplitWrites(UsageReading reading, ref TokenUsage usage)
    {
        var isSplit = Write5m is not null || Write1h is not null;
        var shortLived = Write5m ?? 0;
        var longLived = Write1h ?? 0;
        var rest = (CacheWrite ?? shortLived + longLived) - shortLived - longLived;
        if (rest != 0 && isSplit)
        {
            reading.AddViolation("the cache writes by time to live are not their sum");
        }
        // What isn't split was written at the dearest rate that the request could ask for.
        if (rest > 0 && reading.CacheWrites == CacheWriteHint.OneHour)
        {
            if (!isSplit)
            {
                reading.AddViolation("the cache writes are not split by time to live");
            }
            longLived += rest;
        }
        else if (rest > 0)
        {
            shortLived += rest;
        }
        usage[UsageClass.CacheWrite5m] = shortLived;
        usage[UsageClass.CacheWrite1h] = longLived;
    }

    private static long? Rising(long? earlier, long? later, UsageReading reading)
    {
        if (later is null || earlier is null || later >= earlier)
        {
            return later ?? earlier;
        }
        reading.AddViolation("a cumulative usage figure falls");
        return earlier;
    }

    private static void ReadPair(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> oneName,
        ReadOnlySpan<byte> otherName,
        ref long? one,
        ref long? other,
        UsageReading reading
    )
    {
        reader.Read();
        if (!JsonReading.IsObject(ref reader, reading))
        {
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals(oneName))
            {
                Take(ref one, ref reader, reading);
            }
            else if (!otherName.IsEmpty && reader.ValueTextEquals(otherName))
            {
                Take(ref other, ref reader, reading);
            }
            else
            {
                reader.Read();
                if (
                    !otherName.IsEmpty
                    && reader.TokenType == JsonTokenType.Number
                    && !(reader.TryGetInt64(out var unknown) && unknown == 0)
                )
                {
                    reading.AddViolation("the price book has no class for a cache write of this time to live");
                }
                reader.Skip();
            }
        }
    }

    private static void Take(ref long? figure, ref Utf8JsonReader reader, UsageReading reading)
    {
        reader.Read();
        if (figure is not null)
        {
            reading.AddViolation("a member of the usage is there twice");
        }
        figure = JsonReading.Count(ref reader, reading) ?? figure;
    }
}
