using System.Text.Json;

namespace Purser.Providers.Bodies;

/// <summary>
/// Reads how long a machine worked on a request, in whole milliseconds, a fraction counted as one. What is no time is read as none: then only
/// a price by the hour can't be applied.
/// </summary>
internal static class ComputeTime
{
    private const decimal NanosecondsPerMillisecond = 1_000_000m;

    /// <summary>Ollama's <c>total_duration</c>: all of the request, loading the model included.</summary>
    /// <param name="nanoseconds">A JSON value; empty where there is none.</param>
    public static long OfTotal(ReadOnlySpan<byte> nanoseconds)
    {
        if (nanoseconds.IsEmpty)
        {
            return 0;
        }
        var reader = new Utf8JsonReader(nanoseconds, BodyReader.Json);
        reader.Read();
        return Rounded(JsonReading.Amount(ref reader) / NanosecondsPerMillisecond);
    }

    /// <summary>llama.cpp's <c>timings</c>: reading the prompt (<c>prompt_ms</c>) and writing the answer (<c>predicted_ms</c>).</summary>
    /// <param name="timings">A JSON value; empty where there is none.</param>
    public static long OfTimings(ReadOnlySpan<byte> timings)
    {
        if (timings.IsEmpty)
        {
            return 0;
        }
        var reader = new Utf8JsonReader(timings, BodyReader.Json);
        reader.Read();
        return OfTimings(ref reader);
    }

    /// <summary>The same of the value that a reader is on, which is read to its end.</summary>
    public static long OfTimings(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return 0;
        }
        var (prompt, predicted, isTwice) = (default(decimal?), default(decimal?), false);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("prompt_ms"u8))
            {
                isTwice |= prompt is not null;
                reader.Read();
                prompt = JsonReading.Amount(ref reader);
            }
            else if (reader.ValueTextEquals("predicted_ms"u8))
            {
                isTwice |= predicted is not null;
                reader.Read();
                predicted = JsonReading.Amount(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        var isBeyond = prompt is > UsageReading.MaxCount || predicted is > UsageReading.MaxCount;
        return isTwice || isBeyond ? 0 : Rounded(prompt + predicted);
    }

    private static long Rounded(decimal? milliseconds) =>
        milliseconds is > 0m and <= UsageReading.MaxCount ? (long)decimal.Ceiling(milliseconds.Value) : 0;
}
