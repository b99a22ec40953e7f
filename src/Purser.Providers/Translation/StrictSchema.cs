using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>Whether a JSON schema is one that OpenAI's strict mode takes: each object forbids other members, and requires all that it has.</summary>
internal static class StrictSchema
{
    /// <summary>Whether a schema, and all those within it, are strict.</summary>
    public static bool Fits(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return true;
        }
        if (schema.Has("properties", out var properties) && !ObjectFits(schema, properties))
        {
            return false;
        }
        if (properties.ValueKind == JsonValueKind.Undefined && schema.Text("type") == "object" && !IsClosed(schema))
        {
            return false;
        }
        foreach (var name in (ReadOnlySpan<string>)["items", "additionalProperties"])
        {
            if (schema.Has(name, out var inner) && !Fits(inner))
            {
                return false;
            }
        }
        foreach (var name in (ReadOnlySpan<string>)["anyOf", "allOf", "oneOf"])
        {
            if (!schema.List(name).All(Fits))
            {
                return false;
            }
        }
        return DefinitionsFit(schema, "$defs") && DefinitionsFit(schema, "definitions");
    }

    private static bool ObjectFits(JsonElement schema, JsonElement properties)
    {
        if (!IsClosed(schema) || properties.ValueKind != JsonValueKind.Object)
        {
            return false;
        }
        var required = schema
            .List("required")
            .Where(name => name.ValueKind == JsonValueKind.String)
            .Select(name => name.GetString())
            .ToHashSet(StringComparer.Ordinal);
        return properties.EnumerateObject().All(member => required.Contains(member.Name) && Fits(member.Value));
    }

    private static bool IsClosed(JsonElement schema) =>
        schema.Has("additionalProperties", out var others) && others.ValueKind == JsonValueKind.False;

    private static bool DefinitionsFit(JsonElement schema, string name) =>
        !schema.Has(name, out var definitions)
        || definitions.ValueKind != JsonValueKind.Object
        || definitions.EnumerateObject().All(member => Fits(member.Value));
}
