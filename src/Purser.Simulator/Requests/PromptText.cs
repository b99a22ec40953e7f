using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Simulator.Requests;

/// <summary>Small readings of a <see cref="Utf8JsonReader"/> that both APIs need.</summary>
internal static class PromptText
{
    private static readonly byte[] MarkerStart = "[[simulate:"u8.ToArray();

    /// <summary>Reads on to the next value's end and says where it lay.</summary>
    public static Range Section(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }

    /// <summary>The UTF-8 text of the string that the reader is at, unescaped; the caller returns <paramref name="rented"/> to the pool.</summary>
    public static ReadOnlySpan<byte> Unescaped(ref Utf8JsonReader reader, out byte[]? rented)
    {
        rented = null;
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        return rented.AsSpan(0, reader.CopyString(rented));
    }

    /// <summary>What stands between <c>[[simulate:</c> and <c>]]</c> in a text; null when nothing does.</summary>
    public static string? Marker(ReadOnlySpan<byte> text)
    {
        var start = text.LastIndexOf(MarkerStart);
        if (start < 0)
        {
            return null;
        }

        var rest = text[(start + MarkerStart.Length)..];
        var end = rest.IndexOf("]]"u8);
        return end < 0 ? null : Encoding.UTF8.GetString(rest[..end]);
    }

    /// <summary>What a tool's result may ask of the simulator: to say something, and nothing else, as it may be any file that an agent read.</summary>
    /// <param name="marker">The marker in the result; null for none.</param>
    /// <returns>Null where it asks for nothing, or for something else.</returns>
    public static string? OfToolResult(string? marker) =>
        marker?.StartsWith(Directives.SayName, StringComparison.Ordinal) == true ? marker : null;

    /// <summary>The strings of an array, or the one string that stands in its place; null values are none.</summary>
    /// <returns>Null when the value is something else.</returns>
    public static List<string>? Strings(ref Utf8JsonReader reader)
    {
        var strings = new List<string>();
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return strings;
            case JsonTokenType.String:
                strings.Add(reader.GetString()!);
                return strings;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType != JsonTokenType.String)
                    {
                        return null;
                    }

                    strings.Add(reader.GetString()!);
                }

                return strings;
            default:
                return null;
        }
    }

    /// <summary>The string property of the object that the reader is at; null when it has none. The object is read to its end.</summary>
    public static string? StringProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        string? value = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals(name);
            reader.Read();
            if (wanted && reader.TokenType == JsonTokenType.String)
            {
                value = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }

        return value;
    }

    /// <summary>How an error message names the kind of a value.</summary>
    public static string Kind(JsonTokenType type) =>
        type switch
        {
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a decimal",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.StartObject => "an object",
            _ => "null",
        };
}
