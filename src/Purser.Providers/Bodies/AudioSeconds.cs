using System.Text.Json;

namespace Purser.Providers.Bodies;

/// <summary>Reads how long audio was that is billed by time.</summary>
internal static class AudioSeconds
{
    /// <summary>Whole seconds: a fraction of one counts as one, so that nothing is billed too cheap. 0 where the value is no number.</summary>
    /// <param name="value">A JSON value; empty where there is none.</param>
    /// <param name="reading">Takes what no time can be.</param>
    public static long Read(ReadOnlySpan<byte> value, UsageReading reading)
    {
        if (value.IsEmpty)
        {
            return 0;
        }
        var reader = new Utf8JsonReader(value, BodyReader.Json);
        reader.Read();
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.True or JsonTokenType.False or JsonTokenType.StartArray)
        {
            reading.AddViolation("a usage figure is not a number");
        }
        if (reader.TokenType != JsonTokenType.Number)
        {
            return 0;
        }
        if (!reader.TryGetDecimal(out var seconds) || seconds is < 0m or > UsageReading.MaxCount)
        {
            reading.AddViolation("the seconds of audio are below zero, or beyond belief");
            return 0;
        }
        return (long)decimal.Ceiling(seconds);
    }
}
