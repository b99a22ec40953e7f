using System.Text.Json;

namespace Purser.Providers.Translation.Ollama;

/// <summary>
/// Reads the conversation of a request to Ollama. Calls may be without ids: the n-th result of a tool belongs to its n-th call.
/// </summary>
internal sealed class OllamaMessages(RequestReading reading)
{
    private readonly CallPlaces places = new();

    // Names of calls that have no result yet: older clients leave the tool's name out of the result.
    private readonly Queue<string> waiting = [];

    /// <summary>Reads the list. Results that follow one another are one message of the user.</summary>
    public List<CanonicalMessage> Read(JsonElement list)
    {
        var messages = new List<CanonicalMessage>();
        var parts = new List<CanonicalPart>();
        if (!reading.IsList(list, "messages"))
        {
            return messages;
        }
        foreach (var message in list.EnumerateArray())
        {
            if (!reading.IsObject(message, "messages"))
            {
                continue;
            }
            if (message.Text("role") == "tool")
            {
                parts.Add(ReadResult(message));
                continue;
            }
            Flush(parts, messages);
            messages.Add(ReadMessage(message));
        }
        Flush(parts, messages);
        return messages;
    }

    private static void Flush(List<CanonicalPart> results, List<CanonicalMessage> messages)
    {
        if (results.Count > 0)
        {
            messages.Add(new CanonicalMessage(CanonicalRole.User, [.. results]));
            results.Clear();
        }
    }

    private CanonicalMessage ReadMessage(JsonElement message)
    {
        CanonicalRole? role = message.Text("role") switch
        {
            "system" => CanonicalRole.System,
            "user" => CanonicalRole.User,
            "assistant" => CanonicalRole.Assistant,
            _ => null,
        };
        const string param = "messages.role";
        if (role is not { } known)
        {
            reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be system, user, assistant or tool.", param);
            return new CanonicalMessage(CanonicalRole.User, []);
        }
        var parts = new List<CanonicalPart>();
        ReadSaid(message, parts);
        foreach (var image in message.List("images"))
        {
            if (image.ValueKind == JsonValueKind.String)
            {
                var base64 = DataUrl.Base64(image);
                parts.Add(new MediaPart(MediaKind.Image, TypeOf(base64.Span)) { Base64 = base64 });
            }
        }
        foreach (var call in message.List("tool_calls"))
        {
            if (call.Has("function", out var function))
            {
                var name = reading.Required(function, "name", "messages.tool_calls.function.name");
                waiting.Enqueue(name);
                parts.Add(ReadCall(call, function, name, places.OfCall(name, call.Text("id"))));
            }
        }
        return new CanonicalMessage(known, parts);
    }

    /// <summary>Reads what a message says, and what the model thought.</summary>
    public static void ReadSaid(JsonElement message, List<CanonicalPart> parts)
    {
        if (message.Text("thinking") is { Length: > 0 } thinking)
        {
            parts.Add(new ReasoningPart(thinking));
        }
        if (message.Text("content") is { Length: > 0 } text)
        {
            parts.Add(new TextPart(text));
        }
    }

    /// <summary>Reads a call.</summary>
    public static ToolCallPart ReadCall(JsonElement call, JsonElement function, string name, string otherwise)
    {
        var arguments =
            !function.Has("arguments", out var given) ? "{}"
            : given.ValueKind == JsonValueKind.String ? given.GetString()!
            : JsonParts.Compact(given);
        return new ToolCallPart(call.Text("id") is { Length: > 0 } id ? id : otherwise, name, arguments);
    }

    // Other formats want the type, which only the content says.
    private static string? TypeOf(ReadOnlySpan<byte> base64) =>
        base64.StartsWith("iVBORw0KGgo"u8) ? "image/png"
        : base64.StartsWith("/9j/"u8) ? "image/jpeg"
        : base64.StartsWith("R0lGOD"u8) ? "image/gif"
        : base64.StartsWith("UklGR"u8) ? "image/webp"
        : null;

    private ToolResultPart ReadResult(JsonElement message)
    {
        var name = message.Text("tool_name") ?? message.Text("name") ?? (waiting.TryPeek(out var first) ? first : "");
        if (waiting.Count > 0)
        {
            waiting.Dequeue();
        }
        var id = places.OfResult(name, message.Text("tool_call_id"));
        return new ToolResultPart(id, [new TextPart(message.Text("content") ?? "")], Name: name);
    }
}
