using System.Text.Json;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Answers;

/// <summary>A tool that an answer calls.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">The JSON schema of its arguments; undefined when the request gives none.</param>
internal sealed record ChosenTool(string Name, JsonElement Schema)
{
    /// <summary>Finds the tools that a request forces, or its prompt's marker asks for; where that asks for several calls, the tools in turn.</summary>
    /// <returns>None when the answer is text.</returns>
    public static IReadOnlyList<ChosenTool> Find(ChatRequest request, Directives directives, ReadOnlySpan<byte> tools)
    {
        var demand = directives.Calls > 0 ? (directives.ToolName is null ? ToolDemand.Any : ToolDemand.Named) : request.ToolDemand;
        if (demand == ToolDemand.None || tools.IsEmpty)
        {
            return [];
        }

        var wanted = directives.Calls > 0 ? directives.ToolName : request.ToolName;
        var reader = new Utf8JsonReader(tools, new JsonReaderOptions { MaxDepth = 512 });
        var found = new List<ChosenTool>();
        foreach (var definition in Definitions(JsonElement.ParseValue(ref reader)))
        {
            if (
                Property(definition, "name") is { ValueKind: JsonValueKind.String } name
                && (demand == ToolDemand.Any || name.ValueEquals(wanted))
            )
            {
                found.Add(new ChosenTool(name.GetString()!, SchemaOf(definition)));
            }
        }

        return found.Count == 0 ? [] : [.. Enumerable.Range(0, Math.Max(1, directives.Calls)).Select(i => found[i % found.Count])];
    }

    // OpenAI, Ollama and Cohere wrap what Anthropic says at the top: {"type":"function","function":{"name":…,"parameters":…}}. Gemini has
    // many in one tool: {"functionDeclarations":[{"name":…,"parameters":…}]}. Bedrock wraps too: {"toolSpec":{"name":…,"inputSchema":{"json":…}}}.
    private static IEnumerable<JsonElement> Definitions(JsonElement tools)
    {
        foreach (var tool in tools.EnumerateArray())
        {
            if (
                (Property(tool, "functionDeclarations") ?? Property(tool, "function_declarations")) is
                { ValueKind: JsonValueKind.Array } many
            )
            {
                foreach (var declaration in many.EnumerateArray())
                {
                    yield return declaration;
                }
            }
            else
            {
                yield return Property(tool, "function") ?? Property(tool, "toolSpec") ?? tool;
            }
        }
    }

    private static JsonElement SchemaOf(JsonElement definition) =>
        Property(definition, "parameters")
        ?? Property(definition, "input_schema")
        ?? Property(Property(definition, "inputSchema") ?? default, "json")
        ?? Property(definition, "parametersJsonSchema")
        ?? Property(definition, "parameters_json_schema")
        ?? default;

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
