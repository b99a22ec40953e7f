using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Bedrock;

/// <summary>
/// Bedrock's Converse. What was read from or written to the cache is outside the input tokens; <c>cacheDetails</c> splits writes by
/// time to live, and without it they are written for five minutes.
/// </summary>
internal sealed class ConverseBodyReader : BodyReader
{
    private static readonly FigurePaths Paths = new(
        "inputTokens",
        "outputTokens",
        "totalTokens",
        "cacheReadInputTokens",
        "cacheWriteInputTokens",
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount"
    );

    private static readonly FigurePaths Detail = new("inputTokens");

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var scan = BodyScan.Of(body, "usage"u8, reading);
        if (scan.Usage.IsEmpty)
        {
            return default;
        }
        if (scan.IsWhole)
        {
            reading.ServiceTier = Term(BodyScan.Member(body, "serviceTier"u8), "type"u8, reading);
            reading.Speed = Term(BodyScan.Member(body, "performanceConfig"u8), "latency"u8, reading);
        }
        Span<long> found = stackalloc long[Paths.Count];
        Paths.Read(scan.Usage, found, reading);
        var (input, output, total) = (found[0], found[1], found[2]);
        if (input < 0 || output < 0)
        {
            reading.AddViolation("the usage lacks inputTokens or outputTokens");
            return default;
        }
        var read = Same(found[3], found[5], reading);
        var written = Same(found[4], found[6], reading);
        // Models differ in whether their total counts the cache.
        if (total >= 0 && total != input + output && total != input + output + read + written)
        {
            reading.AddViolation("the total tokens are not the sum of their parts");
        }
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = input;
        usage[UsageClass.CacheRead] = read;
        usage[UsageClass.Output] = output;
        SplitWrites(BodyScan.Member(scan.Usage, "cacheDetails"u8), written, reading, ref usage);
        Set(reading, usage);
        return default;
    }

    private static string? Term(ReadOnlySpan<byte> part, ReadOnlySpan<byte> name, UsageReading reading)
    {
        if (!part.IsEmpty && part[0] is not ((byte)'{' or (byte)'n'))
        {
            reading.AddViolation("a tier, a speed or a place is no text");
        }
        return BodyScan.Text(part, name);
    }

    private static long Same(long figure, long otherName, UsageReading reading)
    {
        if (figure >= 0 && otherName >= 0 && figure != otherName)
        {
            reading.AddViolation("the cached tokens are stated twice, and differ");
        }
        return Math.Max(0, Math.Max(figure, otherName));
    }

    private static void SplitWrites(ReadOnlySpan<byte> details, long written, UsageReading reading, ref TokenUsage usage)
    {
        var (shortLived, longLived, isSplit) = (0L, 0L, false);
        Span<long> found = stackalloc long[Detail.Count];
        var reader = new Utf8JsonReader(details.IsEmpty ? "[]"u8 : details, Json);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var detail = details[start..(int)reader.BytesConsumed];
                Detail.Read(detail, found, reading);
                isSplit = true;
                switch (BodyScan.Text(detail, "ttl"u8))
                {
                    case "5m":
                        shortLived += Math.Max(0, found[0]);
                        break;
                    case "1h":
                        longLived += Math.Max(0, found[0]);
                        break;
                    default:
                        reading.AddViolation("the price book has no class for a cache write of this time to live");
                        break;
                }
            }
        }
        else if (reader.TokenType != JsonTokenType.Null)
        {
            reading.AddViolation("a part of the usage is no list");
        }
        if (!isSplit)
        {
            shortLived = written;
        }
        else if (shortLived + longLived != written)
        {
            reading.AddViolation("the cache writes by time to live are not their sum");
            return;
        }
        usage[UsageClass.CacheWrite5m] = shortLived;
        usage[UsageClass.CacheWrite1h] = longLived;
    }
}
