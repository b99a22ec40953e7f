using System.Text.Json;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Answers;

/// <summary>A tool that an answer calls.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">The JSON schema of its arguments; undefined when the request gives none.</param>
/// <param name="Group">The namespace that it's in (OpenAI's responses); null for none.</param>
/// <param name="IsFreeform">Whether it takes plain text (OpenAI's custom tools), and no JSON.</param>
internal sealed record ChosenTool(string Name, JsonElement Schema, string? Group = null, bool IsFreeform = false)
{
    /// <summary>Finds the tools that a request forces, or its prompt's marker asks for; where that asks for several calls, the tools in turn.</summary>
    /// <returns>None when the answer is text.</returns>
    /// <param name="request">The request.</param>
    /// <param name="directives">What the prompt asks of the simulator.</param>
    /// <param name="body">The request's body.</param>
    public static IReadOnlyList<ChosenTool> Find(ChatRequest request, Directives directives, ReadOnlySpan<byte> body)
    {
        var demand = directives.Calls > 0 ? (directives.ToolName is null ? ToolDemand.Any : ToolDemand.Named) : request.ToolDemand;
        if (demand == ToolDemand.None)
        {
            return [];
        }

        var wanted = directives.Calls > 0 ? directives.ToolName : request.ToolName;
        var found = new List<ChosenTool>();
        foreach (var section in (IEnumerable<Range>)[request.Tools, .. request.MoreTools])
        {
            if (body[section].IsEmpty)
            {
                continue;
            }

            var reader = new Utf8JsonReader(body[section], new JsonReaderOptions { MaxDepth = 512 });
            foreach (var (definition, group) in Definitions(JsonElement.ParseValue(ref reader)))
            {
                if (
                    Property(definition, "name") is { ValueKind: JsonValueKind.String } name
                    && (demand == ToolDemand.Any || name.ValueEquals(wanted))
                )
                {
                    found.Add(new ChosenTool(name.GetString()!, SchemaOf(definition), group, TakesText(definition)));
                }
            }
        }

        return found.Count == 0 ? [] : [.. Enumerable.Range(0, Math.Max(1, directives.Calls)).Select(i => found[i % found.Count])];
    }

    // OpenAI, Ollama and Cohere wrap what Anthropic says at the top: {"type":"function","function":{"name":…,"parameters":…}}. Gemini has
    // many in one tool: {"functionDeclarations":[{"name":…,"parameters":…}]}. Bedrock wraps too: {"toolSpec":{"name":…,"inputSchema":{"json":…}}}.
    // OpenAI's responses have groups: {"type":"namespace","name":…,"tools":[…]}.
    private static IEnumerable<(JsonElement Definition, string? Group)> Definitions(JsonElement tools)
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
                    yield return (declaration, null);
                }
            }
            else if (Property(tool, "type") is { ValueKind: JsonValueKind.String } type && type.ValueEquals("namespace"))
            {
                foreach (var member in Json.Items(tool, "tools"))
                {
                    yield return (member, Json.Text(tool, "name"));
                }
            }
            else
            {
                yield return (Property(tool, "function") ?? Property(tool, "toolSpec") ?? tool, null);
            }
        }
    }

    // Anthropic's own tools are of the type custom too, with a schema.
    private static bool TakesText(JsonElement definition) =>
        Json.Text(definition, "type") == "custom" && SchemaOf(definition).ValueKind == JsonValueKind.Undefined;

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
