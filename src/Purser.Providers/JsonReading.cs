using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Purser.Providers;

/// <summary>Reading of single JSON tokens that never throws for what a provider or client may send.</summary>
internal static class JsonReading
{
    /// <summary>
    /// A token count. Null where the token is null or no number. What no count can be is recorded: a fraction and what is too large are
    /// read on the dear side, and what is negative or no number is <see cref="UsageReading.LacksFigures"/>.
    /// </summary>
    public static long? Count(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }
        if (reader.TokenType != JsonTokenType.Number)
        {
            reading.AddViolation("a usage figure is not a number");
            reading.LacksFigures = true;
            reader.Skip();
            return null;
        }
        if (reader.TryGetInt64(out var count))
        {
            if (count < 0)
            {
                return NegativeCount(reading);
            }
            if (count > UsageReading.MaxCount)
            {
                reading.AddViolation("a usage figure is beyond belief");
                return UsageReading.MaxCount;
            }
            return count;
        }
        return OddCount(ref reader, reading);
    }

    /// <summary>Whether the reader is on the start of an object; what is none is skipped, and is a violation unless it's null.</summary>
    public static bool IsObject(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return true;
        }
        if (reader.TokenType != JsonTokenType.Null)
        {
            reading.AddViolation("a part of the usage is no object");
        }
        reader.Skip();
        return false;
    }

    private static long NegativeCount(UsageReading reading)
    {
        reading.AddViolation("a usage figure is negative");
        reading.LacksFigures = true;
        return 0;
    }

    private static long OddCount(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.ValueSpan[0] == (byte)'-')
        {
            return NegativeCount(reading);
        }
        reading.AddViolation("a usage figure is not an integer");
        if (reader.TryGetDecimal(out var number) && number <= UsageReading.MaxCount)
        {
            return (long)decimal.Ceiling(number);
        }
        // Beyond decimal: either huge, or so small that it reads as 0.
        return UsageReading.MaxCount;
    }

    /// <summary>An amount, not negative; null where the token is none, or where a decimal doesn't hold it exactly.</summary>
    public static decimal? Amount(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            reader.Skip();
            return null;
        }
        // A decimal holds any 28 digits, at most 28 of them after the point; beyond that it may round.
        return reader.TryGetDecimal(out var amount) && amount >= 0 && FitsDecimal(reader.ValueSpan) ? amount : null;
    }

    private static bool FitsDecimal(ReadOnlySpan<byte> number)
    {
        const int most = 28;
        var exponentAt = number.IndexOfAny((byte)'e', (byte)'E');
        var digits = exponentAt < 0 ? number : number[..exponentAt];
        var exponent = 0;
        if (exponentAt >= 0 && (!Utf8Parser.TryParse(number[(exponentAt + 1)..], out exponent, out _) || Math.Abs(exponent) > most))
        {
            return false;
        }
        var point = digits.IndexOf((byte)'.');
        var places = point < 0 ? 0 : digits.Length - point - 1;
        var significant = digits.TrimStart("0."u8);
        return significant.Length - (significant.Contains((byte)'.') ? 1 : 0) <= most && places - exponent <= most;
    }

    /// <summary>
    /// The string that the reader is on, or <paramref name="known"/> where it's the same or the token is no string: a
    /// string that is repeated in every chunk costs one allocation.
    /// </summary>
    public static string? Text(ref Utf8JsonReader reader, string? known)
    {
        const int maxBytes = 1024;
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return known;
        }
        if (reader.ValueSpan.IsEmpty || reader.ValueSpan.Length > maxBytes || (known is not null && reader.ValueTextEquals(known)))
        {
            return known;
        }
        return TryText(ref reader, out var text) ? text : known;
    }

    /// <summary>As <see cref="Text"/>, of what the price depends on: what is neither text nor null is a violation.</summary>
    public static string? Term(ref Utf8JsonReader reader, string? known, UsageReading reading)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            reading.AddViolation("a tier, a speed or a place is no text");
        }
        return Text(ref reader, known);
    }

    /// <summary>The string that the reader is on; false where it isn't Unicode: bad UTF-8, or half of a surrogate pair.</summary>
    public static bool TryText(ref Utf8JsonReader reader, out string text)
    {
        if (!Utf8.IsValid(reader.ValueSpan) || (reader.ValueIsEscaped && !EscapesArePaired(reader.ValueSpan)))
        {
            text = "";
            return false;
        }
        text = reader.GetString() ?? "";
        return true;
    }

    /// <summary>Whether each escaped surrogate in a raw JSON string has its other half beside it.</summary>
    public static bool EscapesArePaired(ReadOnlySpan<byte> escaped)
    {
        while (true)
        {
            var at = escaped.IndexOf((byte)'\\');
            if (at < 0)
            {
                return true;
            }
            if (escaped[at + 1] != (byte)'u')
            {
                escaped = escaped[(at + 2)..];
                continue;
            }
            var unit = CodeUnit(escaped[at..]);
            escaped = escaped[(at + 6)..];
            if (!char.IsSurrogate(unit))
            {
                continue;
            }
            if (!char.IsHighSurrogate(unit) || !escaped.StartsWith("\\u"u8) || !char.IsLowSurrogate(CodeUnit(escaped)))
            {
                return false;
            }
            escaped = escaped[6..];
        }
    }

    /// <summary>A string for records: no control characters, at most <paramref name="maxLength"/> characters.</summary>
    public static string? Clean(string? text, int maxLength)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        var clean = text.AsSpan();
        if (clean.ContainsAnyInRange('\0', '\x1f') || clean.ContainsAnyInRange('\x7f', '\x9f'))
        {
            var kept = new StringBuilder(text.Length);
            foreach (var character in text)
            {
                if (!char.IsControl(character))
                {
                    kept.Append(character);
                }
            }
            clean = kept.ToString();
        }
        clean = clean.Trim();
        if (clean.Length > maxLength)
        {
            // Not between the halves of a pair.
            clean = clean[..(char.IsHighSurrogate(clean[maxLength - 1]) ? maxLength - 1 : maxLength)];
        }
        return clean.IsEmpty ? null
            : clean.Length == text.Length ? text
            : clean.ToString();
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out var consumed, 'x') && consumed == 4 ? (char)unit : '\uD800';
}
