using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>Small readings and writings of JSON that several formats share.</summary>
internal static class JsonParts
{
    /// <summary>A member that is a string; null where it isn't there, or is none.</summary>
    public static string? Text(this JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>A member that is a whole number; null where it isn't there, or is none.</summary>
    public static long? Whole(this JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
            ? number
            : null;

    /// <summary>A member that isn't null; false where it isn't there.</summary>
    public static bool Has(this JsonElement owner, string name, out JsonElement value)
    {
        value = default;
        return owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>The elements of a member that is a list; none where it isn't there, or is none.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement owner, string name) =>
        owner.Has(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>Writes a member unless it's null.</summary>
    public static void WriteText(this Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    /// <summary>Writes a member unless it's null.</summary>
    public static void WriteWhole(this Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    /// <summary>Writes a member unless it's null. The decimals stay as they came.</summary>
    public static void WriteDecimal(this Utf8JsonWriter writer, string name, decimal? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    /// <summary>Writes a member unless it's null.</summary>
    public static void WriteFlag(this Utf8JsonWriter writer, string name, bool? value)
    {
        if (value is { } flag)
        {
            writer.WriteBoolean(name, flag);
        }
    }

    /// <summary>Writes a member.</summary>
    public static void WriteJson(this Utf8JsonWriter writer, string name, JsonElement value)
    {
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }

    /// <summary>
    /// Writes a tool call's arguments as an object: no arguments are <c>{}</c>, and what is no object is <c>{"arguments":"…"}</c>, by a rule.
    /// </summary>
    public static void WriteArguments(this Utf8JsonWriter writer, string name, string arguments, RuleNotes? notes)
    {
        writer.WritePropertyName(name);
        if (string.IsNullOrWhiteSpace(arguments))
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
            return;
        }
        if (TryObject(arguments, out var value))
        {
            value.WriteTo(writer);
            return;
        }
        notes?.Note(TranslationRules.ChangeToolArguments);
        writer.WriteStartObject();
        writer.WriteString("arguments", arguments);
        writer.WriteEndObject();
    }

    /// <summary>A value without white space between its tokens.</summary>
    public static string Compact(JsonElement value)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            value.WriteTo(writer);
        }
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Reads text as a JSON object.</summary>
    public static bool TryObject(string text, out JsonElement value)
    {
        try
        {
            value = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 128 }).RootElement;
            // Half of a surrogate pair couldn't be written again.
            return value.ValueKind == JsonValueKind.Object && JsonReading.EscapesArePaired(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }

    /// <summary>A schema of arguments that takes none.</summary>
    public static void WriteEmptySchema(this Utf8JsonWriter writer, string name)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", "object");
        writer.WriteStartObject("properties");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>The text parts of a list of parts, one after the other.</summary>
    public static string JoinedText(IEnumerable<CanonicalPart> parts, string between)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            if (part is TextPart { Text.Length: > 0 } said)
            {
                text.Append(text.Length > 0 ? between : "").Append(said.Text);
            }
        }
        return text.ToString();
    }
}
