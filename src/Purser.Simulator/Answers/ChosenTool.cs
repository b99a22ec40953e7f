using System.Text.Json;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Answers;

/// <summary>The tool that an answer calls.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">The JSON schema of its arguments; undefined when the request gives none.</param>
internal sealed record ChosenTool(string Name, JsonElement Schema)
{
    /// <summary>Finds the tool that a request forces, or its prompt's marker asks for.</summary>
    /// <returns>Null when the answer is text.</returns>
    public static ChosenTool? Find(ChatRequest request, Directives directives, ReadOnlySpan<byte> tools)
    {
        var demand = directives.Tool ? (directives.ToolName is null ? ToolDemand.Any : ToolDemand.Named) : request.ToolDemand;
        if (demand == ToolDemand.None || tools.IsEmpty)
        {
            return null;
        }

        var wanted = directives.Tool ? directives.ToolName : request.ToolName;
        var reader = new Utf8JsonReader(tools, new JsonReaderOptions { MaxDepth = 512 });
        foreach (var tool in JsonElement.ParseValue(ref reader).EnumerateArray())
        {
            // OpenAI wraps what Anthropic says at the top: {"type":"function","function":{"name":…,"parameters":…}}.
            var definition = Property(tool, "function") is { ValueKind: JsonValueKind.Object } function ? function : tool;
            if (
                Property(definition, "name") is { ValueKind: JsonValueKind.String } name
                && (demand == ToolDemand.Any || name.ValueEquals(wanted))
            )
            {
                var schema = Property(definition, "parameters") ?? Property(definition, "input_schema") ?? default;
                return new ChosenTool(name.GetString()!, schema);
            }
        }

        return null;
    }

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
