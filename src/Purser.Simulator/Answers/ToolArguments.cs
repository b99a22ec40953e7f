using System.Text;
using System.Text.Json;

namespace Purser.Simulator.Answers;

/// <summary>
/// JSON that fits a schema, for the arguments of tools and for answers that the request wants as JSON: its required properties (all, where it requires none), with words for strings, small numbers, the
/// first value of an enumeration and the first of alternatives.
/// </summary>
internal static class ToolArguments
{
    private const int MostDepth = 8;

    /// <summary>Writes the arguments as JSON in ASCII, always an object.</summary>
    public static byte[] Write(ChosenTool tool, ref SeededRandom random)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            WriteObject(json, tool.Schema, tool.Schema, 0, ref random);
        }

        return stream.ToArray();
    }

    /// <summary>Writes a value that fits a schema as JSON in ASCII; an object with one word where there is no schema.</summary>
    public static byte[] WriteOutput(ReadOnlySpan<byte> schema, ref SeededRandom random)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            if (schema.IsEmpty)
            {
                json.WriteStartObject();
                json.WriteString("answer", Words.One(ref random));
                json.WriteEndObject();
            }
            else
            {
                var reader = new Utf8JsonReader(schema, new JsonReaderOptions { MaxDepth = 512 });
                var root = JsonElement.ParseValue(ref reader);
                WriteValue(json, root, root, 0, ref random);
            }
        }

        return stream.ToArray();
    }

    private static void WriteValue(Utf8JsonWriter json, JsonElement root, JsonElement schema, int depth, ref SeededRandom random)
    {
        schema = Resolved(root, schema);
        if (Property(schema, "const") is { } constant)
        {
            constant.WriteTo(json);
        }
        else if (First(schema, "enum") is { } value)
        {
            value.WriteTo(json);
        }
        else if ((First(schema, "anyOf") ?? First(schema, "oneOf") ?? First(schema, "allOf")) is { } alternative)
        {
            WriteValue(json, root, alternative, depth + 1, ref random);
        }
        else
        {
            WriteTyped(json, root, schema, depth, ref random);
        }
    }

    private static void WriteTyped(Utf8JsonWriter json, JsonElement root, JsonElement schema, int depth, ref SeededRandom random)
    {
        switch (depth > MostDepth ? "null" : TypeOf(schema))
        {
            case "object":
                WriteObject(json, root, schema, depth, ref random);
                break;
            case "array":
                json.WriteStartArray();
                for (var i = 0; i < Math.Min(Number(schema, "minItems", 0), 8); i++)
                {
                    WriteValue(json, root, Property(schema, "items") ?? default, depth + 1, ref random);
                }

                json.WriteEndArray();
                break;
            case "integer" or "number":
                json.WriteNumberValue(Number(schema, "minimum", random.Below(100)));
                break;
            case "boolean":
                json.WriteBooleanValue(random.Below(2) == 1);
                break;
            case "null":
                json.WriteNullValue();
                break;
            default:
                json.WriteStringValue(Encoding.ASCII.GetString(Words.Write(ref random, 1 + random.Below(3))));
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter json, JsonElement root, JsonElement schema, int depth, ref SeededRandom random)
    {
        json.WriteStartObject();
        if (Property(schema, "properties") is { ValueKind: JsonValueKind.Object } properties)
        {
            var required =
                Property(schema, "required") is { ValueKind: JsonValueKind.Array } names && names.GetArrayLength() > 0
                    ? names.EnumerateArray().Select(name => name.ToString()).ToHashSet(StringComparer.Ordinal)
                    : null;
            foreach (var property in properties.EnumerateObject())
            {
                if (required is null || required.Contains(property.Name))
                {
                    json.WritePropertyName(property.Name);
                    WriteValue(json, root, property.Value, depth + 1, ref random);
                }
            }
        }

        json.WriteEndObject();
    }

    // What a schema refers to within the whole: {"$ref":"#/$defs/name"}.
    private static JsonElement Resolved(JsonElement root, JsonElement schema)
    {
        var found = schema;
        for (var hops = 0; hops < MostDepth && Property(found, "$ref") is { ValueKind: JsonValueKind.String } reference; hops++)
        {
            found = root;
            foreach (var name in reference.GetString()!.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                found = Property(found, name) ?? default;
            }
        }

        return found;
    }

    private static string? TypeOf(JsonElement schema) =>
        Property(schema, "type") switch
        {
            // Gemini has names of types in capitals.
            { ValueKind: JsonValueKind.String } type => type.GetString()!.ToLowerInvariant(),
            { ValueKind: JsonValueKind.Array } types => types
                .EnumerateArray()
                .Select(type => type.ToString())
                .FirstOrDefault(type => type != "null"),
            _ => Property(schema, "properties") is null ? null : "object",
        };

    private static long Number(JsonElement schema, string name, long otherwise) =>
        Property(schema, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : otherwise;

    private static JsonElement? First(JsonElement schema, string name) =>
        Property(schema, name) is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() > 0 ? array[0] : null;

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
