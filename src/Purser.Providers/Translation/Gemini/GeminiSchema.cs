using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>
/// Google's own form of schemas, a part of OpenAPI's: types in capitals, <c>nullable</c>, and few keywords. Newer models take JSON schemas as they
/// are, in other members.
/// </summary>
internal static class GeminiSchema
{
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal)
    {
        "format",
        "title",
        "description",
        "nullable",
        "default",
        "maxItems",
        "minItems",
        "minProperties",
        "maxProperties",
        "minLength",
        "maxLength",
        "pattern",
        "example",
        "minimum",
        "maximum",
        "required",
        "propertyOrdering",
    };

    /// <summary>A JSON schema from one in Google's form.</summary>
    public static JsonElement ToJsonSchema(JsonElement schema)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { MaxDepth = 512 }))
        {
            WriteJsonSchema(writer, schema);
        }
        return JsonDocument.Parse(output.WrittenMemory, new JsonDocumentOptions { MaxDepth = 512 }).RootElement;
    }

    private static void WriteJsonSchema(Utf8JsonWriter writer, JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            schema.WriteTo(writer);
            return;
        }
        var isNullable = schema.Has("nullable", out var nullable) && nullable.ValueKind == JsonValueKind.True;
        writer.WriteStartObject();
        foreach (var member in schema.EnumerateObject())
        {
            switch (member.Name)
            {
                case "type" when member.Value.ValueKind == JsonValueKind.String:
                    WriteType(writer, member.Value.GetString()!.ToLowerInvariant(), isNullable);
                    break;
                case "nullable" or "propertyOrdering" or "property_ordering":
                    break;
                case "properties" when member.Value.ValueKind == JsonValueKind.Object:
                    writer.WriteStartObject(member.Name);
                    foreach (var property in member.Value.EnumerateObject())
                    {
                        writer.WritePropertyName(property.Name);
                        WriteJsonSchema(writer, property.Value);
                    }
                    writer.WriteEndObject();
                    break;
                case "items":
                    writer.WritePropertyName(member.Name);
                    WriteJsonSchema(writer, member.Value);
                    break;
                case "anyOf" or "any_of" when member.Value.ValueKind == JsonValueKind.Array:
                    WriteList(writer, member.Value, WriteJsonSchema);
                    break;
                // 64-bit numbers are strings in Google's JSON.
                case "maxItems"
                or "minItems"
                or "minLength"
                or "maxLength"
                or "minProperties"
                or "maxProperties"
                    when member.Value.ValueKind == JsonValueKind.String && long.TryParse(member.Value.GetString(), out var number):
                    writer.WriteNumber(member.Name, number);
                    break;
                default:
                    member.WriteTo(writer);
                    break;
            }
        }
        writer.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter writer, string type, bool isNullable)
    {
        if (!isNullable)
        {
            writer.WriteString("type", type);
            return;
        }
        writer.WriteStartArray("type");
        writer.WriteStringValue(type);
        writer.WriteStringValue("null");
        writer.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter writer, JsonElement list, Action<Utf8JsonWriter, JsonElement> write)
    {
        writer.WriteStartArray("anyOf");
        foreach (var schema in list.EnumerateArray())
        {
            write(writer, schema);
        }
        writer.WriteEndArray();
    }

    /// <summary>Writes a JSON schema in Google's form; keywords that it doesn't have are dropped by a rule.</summary>
    public static void Write(Utf8JsonWriter writer, JsonElement schema, RuleNotes notes)
    {
        writer.WriteStartObject();
        if (schema.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in schema.EnumerateObject())
            {
                WriteMember(writer, member, notes);
            }
        }
        else
        {
            notes.NoteIf(schema.ValueKind == JsonValueKind.False, TranslationRules.DropSchemaKeywords);
        }
        writer.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter writer, JsonProperty member, RuleNotes notes)
    {
        var (name, value) = (member.Name, member.Value);
        switch (name)
        {
            case "type":
                WriteTypes(writer, value, notes);
                break;
            case "properties" when value.ValueKind == JsonValueKind.Object:
                writer.WriteStartObject(name);
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value, notes);
                }
                writer.WriteEndObject();
                break;
            case "items" when value.ValueKind == JsonValueKind.Object:
                writer.WritePropertyName(name);
                Write(writer, value, notes);
                break;
            case "anyOf" or "oneOf" when value.ValueKind == JsonValueKind.Array:
                WriteList(writer, value, (inner, one) => Write(inner, one, notes));
                break;
            case "const" when value.ValueKind == JsonValueKind.String:
                writer.WriteStartArray("enum");
                value.WriteTo(writer);
                writer.WriteEndArray();
                break;
            case "enum"
                when value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String):
                member.WriteTo(writer);
                break;
            case "format"
                when value.ValueKind == JsonValueKind.String
                    && value.GetString() is not ("enum" or "date-time" or "float" or "double" or "int32" or "int64"):
                notes.Note(TranslationRules.DropSchemaKeywords);
                break;
            case "$schema":
                break;
            default:
                notes.NoteIf(!Kept.Contains(name), TranslationRules.DropSchemaKeywords);
                if (Kept.Contains(name))
                {
                    member.WriteTo(writer);
                }
                break;
        }
    }

    // ["string","null"] is a nullable string; of several other types, all are alternatives.
    private static void WriteTypes(Utf8JsonWriter writer, JsonElement value, RuleNotes notes)
    {
        string[] types =
        [
            .. (value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : (IEnumerable<JsonElement>)[value])
                .Where(type => type.ValueKind == JsonValueKind.String)
                .Select(type => type.GetString()!),
        ];
        var said = types.Where(type => type != "null").ToList();
        if (said.Count == 1)
        {
            writer.WriteString("type", said[0].ToUpperInvariant());
        }
        else
        {
            notes.NoteIf(said.Count > 1, TranslationRules.DropSchemaKeywords);
        }
        if (types.Length > said.Count)
        {
            writer.WriteBoolean("nullable", true);
        }
    }
}
