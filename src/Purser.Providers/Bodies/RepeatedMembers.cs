using System.Text.Json;

namespace Purser.Providers.Bodies;

/// <summary>Finds members that are in an object twice. JSON lets the last one win; which of them is meant can't be known.</summary>
internal static class RepeatedMembers
{
    private const int MostNames = 128;
    private const int MostDepth = 16;

    private static readonly JsonDocumentOptions Once = new() { MaxDepth = 256, AllowDuplicateProperties = false };

    /// <summary>Whether any object in a JSON value has a member twice.</summary>
    public static bool In(ReadOnlySpan<byte> json)
    {
        Span<(int Start, int Length)> names = stackalloc (int, int)[MostNames];
        Span<int> begins = stackalloc int[MostDepth];
        var (count, depth) = (0, 0);
        var reader = new Utf8JsonReader(json, BodyReader.Json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject && depth < MostDepth)
            {
                begins[depth++] = count;
            }
            else if (reader.TokenType == JsonTokenType.EndObject)
            {
                count = begins[--depth];
            }
            else if (reader.TokenType == JsonTokenType.PropertyName && count < MostNames && !reader.ValueIsEscaped)
            {
                if (IsAmong(names[begins[depth - 1]..count], reader.ValueSpan, json))
                {
                    return true;
                }
                names[count++] = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            }
            else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.PropertyName)
            {
                // No vendor's usage is so deep or large, or has escapes in its names.
                return InAny(json);
            }
        }
        return false;
    }

    private static bool IsAmong(ReadOnlySpan<(int Start, int Length)> names, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        foreach (var (start, length) in names)
        {
            if (length == name.Length && json.Slice(start, length).SequenceEqual(name))
            {
                return true;
            }
        }
        return false;
    }

    private static bool InAny(ReadOnlySpan<byte> json)
    {
        try
        {
            _ = JsonElement.Parse(json, Once);
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }
}
