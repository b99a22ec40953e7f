using System.Text;
using System.Text.Json;

namespace Purser.Simulator.Skills;

/// <summary>The texts of a request's body, in whichever format it is: a prompt is the same one however its format wraps it.</summary>
/// <param name="System">The system's text.</param>
/// <param name="Asked">What the user said last.</param>
/// <param name="Last">The last message that isn't the model's, a tool's result included.</param>
internal sealed record AskedText(string System, string Asked, string Last)
{
    private static readonly string[] Systems = ["system", "instructions", "systemInstruction", "system_instruction"];
    private static readonly string[] TurnLists = ["messages", "contents", "input", "prompt"];
    private static readonly string[] Results = ["functionResponse", "function_response", "toolResult"];
    private static readonly string[] Inner = ["content", "parts", "output", "response", "json", .. Results];

    /// <summary>Reads a body that its endpoint has read before.</summary>
    public static AskedText Read(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 512 });
        var root = JsonElement.ParseValue(ref reader);
        var system = new StringBuilder();
        foreach (var name in Systems)
        {
            Collect(Member(root, name), system, withResults: true);
        }

        var (asked, last) = ("", "");
        foreach (var name in TurnLists)
        {
            foreach (var turn in Turns(Member(root, name)))
            {
                var role = RoleOf(turn);
                if (role is "system" or "developer")
                {
                    Collect(turn, system, withResults: true);
                }
                else if (role is not ("assistant" or "model"))
                {
                    asked = role == "user" && TextOf(turn, withResults: false) is { Length: > 0 } said ? said : asked;
                    last = TextOf(turn, withResults: true) is { Length: > 0 } all ? all : last;
                }
            }
        }

        return new AskedText(system.ToString(), asked, last);
    }

    private static IEnumerable<JsonElement> Turns(JsonElement turns) =>
        turns.ValueKind switch
        {
            JsonValueKind.Array => turns.EnumerateArray(),
            JsonValueKind.String => [turns],
            _ => [],
        };

    private static string RoleOf(JsonElement turn) =>
        Member(turn, "role") is { ValueKind: JsonValueKind.String } role ? role.GetString()!
        : turn.ValueKind == JsonValueKind.String || Member(turn, "parts").ValueKind == JsonValueKind.Array ? "user"
        : Member(turn, "output").ValueKind != JsonValueKind.Undefined ? "tool"
        : "assistant";

    private static string TextOf(JsonElement turn, bool withResults)
    {
        var text = new StringBuilder();
        Collect(turn, text, withResults);
        return text.ToString();
    }

    private static void Collect(JsonElement element, StringBuilder to, bool withResults)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                to.Append(to.Length > 0 ? " " : "").Append(element.GetString());
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, to, withResults);
                }

                break;
            case JsonValueKind.Object when withResults || !IsResult(element):
                Collect(Member(element, "text") is { ValueKind: JsonValueKind.String } text ? text : default, to, withResults);
                foreach (var name in Inner)
                {
                    Collect(Member(element, name), to, withResults);
                }

                break;
            default:
                break;
        }
    }

    private static bool IsResult(JsonElement element) =>
        Member(element, "type") is { ValueKind: JsonValueKind.String } type && type.ValueEquals("tool_result")
        || Results.Any(name => Member(element, name).ValueKind != JsonValueKind.Undefined);

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;
}
