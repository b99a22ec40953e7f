using System.Text;
using System.Text.Json;

namespace Purser.Simulator.Requests;

/// <summary>Small readings of JSON values. Google takes each name in two spellings: <c>inlineData</c> and <c>inline_data</c>.</summary>
internal static class Json
{
    /// <summary>The value that follows in a reader over a part of a body.</summary>
    public static JsonElement Parse(Utf8JsonReader reader) => JsonElement.ParseValue(ref reader);

    /// <summary>A member that is there and isn't null.</summary>
    public static JsonElement? Get(JsonElement element, string name, string? otherwise = null) =>
        element.ValueKind != JsonValueKind.Object ? null
        : element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value
        : otherwise is null ? null
        : Get(element, otherwise);

    /// <summary>A member that is a string.</summary>
    public static string? Text(JsonElement element, string name, string? otherwise = null) =>
        Get(element, name, otherwise) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A member that is a whole number.</summary>
    public static long? Integer(JsonElement element, string name, string? otherwise = null) =>
        Get(element, name, otherwise) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    /// <summary>The items of a member that is an array.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement element, string name, string? otherwise = null) =>
        Each(Get(element, name, otherwise) ?? default);

    /// <summary>The items of a value that is an array.</summary>
    public static IEnumerable<JsonElement> Each(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>The values of an object's members.</summary>
    public static IEnumerable<JsonElement> Members(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject().Select(member => member.Value) : [];

    /// <summary>Where the members of an object lie in a body, by their names in camel case.</summary>
    /// <exception cref="JsonException">The section is no object, or isn't JSON.</exception>
    public static Dictionary<string, Range> Sections(RequestBody body, Range section)
    {
        var members = new Dictionary<string, Range>(StringComparer.Ordinal);
        var start = section.Start.GetOffset(body.Bytes.Length);
        var reader = body.Reader(section);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("It isn't an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Camel(reader.GetString()!);
            reader.Read();
            var (offset, length) = PromptText.Section(ref reader).GetOffsetAndLength(int.MaxValue);
            if (reader.TokenType != JsonTokenType.Null)
            {
                members[name] = (start + offset)..(start + offset + length);
            }
        }

        // What follows the object must be nothing: the reader throws otherwise.
        reader.Read();
        return members;
    }

    /// <summary>A value as it stands in its body.</summary>
    public static byte[] Raw(JsonElement element) => Encoding.UTF8.GetBytes(element.GetRawText());

    private static string Camel(string name)
    {
        for (var i = name.IndexOf('_'); i > 0 && i + 1 < name.Length; i = name.IndexOf('_', i))
        {
            name = string.Concat(name.AsSpan(0, i), name.Substring(i + 1, 1).ToUpperInvariant(), name.AsSpan(i + 2));
        }

        return name;
    }
}
