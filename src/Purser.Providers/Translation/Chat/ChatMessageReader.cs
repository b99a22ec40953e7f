using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>Reads the conversation of a request for chat completions, and the message of an answer.</summary>
internal static class ChatMessageReader
{
    /// <summary>Reads the list of messages. Results of tools that follow one another are one message of the user.</summary>
    public static IReadOnlyList<CanonicalMessage> Read(JsonElement list, RequestReading reading)
    {
        var messages = new List<CanonicalMessage>();
        if (!reading.IsList(list, "messages"))
        {
            return messages;
        }
        var results = new List<CanonicalPart>();
        foreach (var message in list.EnumerateArray())
        {
            if (!reading.IsObject(message, "messages"))
            {
                continue;
            }
            var role = message.Text("role");
            if (role == "tool")
            {
                results.Add(ReadResult(message, reading));
                continue;
            }
            Flush(results, messages);
            messages.Add(ReadMessage(message, role, reading));
        }
        Flush(results, messages);
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

    private static CanonicalMessage ReadMessage(JsonElement message, string? role, RequestReading reading)
    {
        switch (role)
        {
            case "system":
                return new CanonicalMessage(CanonicalRole.System, ReadContent(message, reading), message.Text("name"));
            case "developer":
                return new CanonicalMessage(CanonicalRole.Developer, ReadContent(message, reading), message.Text("name"));
            case "user":
                return new CanonicalMessage(CanonicalRole.User, ReadContent(message, reading), message.Text("name"));
            case "assistant":
                return new CanonicalMessage(CanonicalRole.Assistant, ReadAssistant(message, reading), message.Text("name"));
            case "function":
                reading.Refuse(TranslationRules.RefuseFunctions, "messages.role");
                break;
            default:
                const string param = "messages.role";
                reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be system, developer, user, assistant or tool.", param);
                break;
        }
        return new CanonicalMessage(CanonicalRole.User, []);
    }

    private static ToolResultPart ReadResult(JsonElement message, RequestReading reading) =>
        new(reading.Required(message, "tool_call_id", "messages.tool_call_id"), ReadContent(message, reading), Name: message.Text("name"));

    private static List<CanonicalPart> ReadAssistant(JsonElement message, RequestReading reading)
    {
        var parts = new List<CanonicalPart>();
        ReadReasoning(message, parts);
        parts.AddRange(ReadContent(message, reading));
        if (message.Text("refusal") is { Length: > 0 } refusal)
        {
            parts.Add(new RefusalPart(refusal));
        }
        if (message.Has("function_call", out _))
        {
            reading.Refuse(TranslationRules.RefuseFunctions, "messages.function_call");
        }
        if (message.Has("audio", out _))
        {
            reading.Notes.Note(TranslationRules.DropVendorContent);
        }
        foreach (var call in message.List("tool_calls"))
        {
            parts.Add(ReadCall(call) is { } read ? read : Opaque(call, reading));
        }
        return parts;
    }

    /// <summary>
    /// Reads the reasoning of an answer: <c>reasoning_details</c>, which has signatures (OpenRouter's form), or else the plain text that vendors
    /// call <c>reasoning_content</c> or <c>reasoning</c>.
    /// </summary>
    public static void ReadReasoning(JsonElement message, List<CanonicalPart> parts)
    {
        var before = parts.Count;
        foreach (var detail in ChatReasoning.IsWhole(message) ? message.List("reasoning_details") : [])
        {
            if (ChatReasoning.Read(detail) is { } part)
            {
                parts.Add(part);
            }
        }
        if (parts.Count == before && (message.Text("reasoning_content") ?? message.Text("reasoning")) is { Length: > 0 } text)
        {
            parts.Add(new ReasoningPart(text));
        }
    }

    /// <summary>Reads a call of a tool; null where it's of a kind that has no place.</summary>
    public static ToolCallPart? ReadCall(JsonElement call)
    {
        if (call.Has("function", out var function) && function.Text("name") is { } name)
        {
            var arguments =
                !function.Has("arguments", out var given) ? ""
                : given.ValueKind == JsonValueKind.String ? given.GetString()!
                : given.GetRawText();
            return new ToolCallPart(call.Text("id") ?? "", name, arguments);
        }
        return call.Has("custom", out var custom) && custom.Text("name") is { } own
            ? new ToolCallPart(call.Text("id") ?? "", own, custom.Text("input") ?? "", IsFreeform: true)
            : null;
    }

    private static List<CanonicalPart> ReadContent(JsonElement message, RequestReading reading)
    {
        var parts = new List<CanonicalPart>();
        if (!message.Has("content", out var content))
        {
            return parts;
        }
        if (content.ValueKind == JsonValueKind.String)
        {
            parts.Add(new TextPart(content.GetString()!));
        }
        else if (reading.IsList(content, "messages.content"))
        {
            foreach (var part in content.EnumerateArray())
            {
                var read = ReadPart(part, reading);
                parts.Add(Mark(part) is { } cache ? read with { Cache = cache } : read);
            }
        }
        return parts;
    }

    // OpenAI's own mark has another name than the one that other vendors of the format took from Anthropic.
    private static CacheHint? Mark(JsonElement part) =>
        part.Has("cache_control", out var cache) ? ChatRequestReader.ReadCache(cache)
        : part.Has("prompt_cache_breakpoint", out _) ? new CacheHint()
        : null;

    private static CanonicalPart ReadPart(JsonElement part, RequestReading reading)
    {
        switch (part.Text("type"))
        {
            case "text" or null when part.Text("text") is { } text:
                return new TextPart(text);
            case "refusal":
                return new RefusalPart(part.Text("refusal") ?? "");
            case "image_url" when part.Has("image_url", out var image) && TryUrl(image, out var url):
                return DataUrl.Read(MediaKind.Image, url) with { Detail = image.Text("detail") };
            case "input_audio" when part.Has("input_audio", out var audio) && audio.Has("data", out var data) && IsText(data):
                return new MediaPart(MediaKind.Audio, AudioType(audio.Text("format"))) { Base64 = DataUrl.Base64(data) };
            case "file" when part.Has("file", out var file):
                return ReadFile(file);
            case "video_url" when part.Has("video_url", out var video) && TryUrl(video, out var place):
                return DataUrl.Read(MediaKind.Video, place);
            default:
                return Opaque(part, reading);
        }
    }

    private static MediaPart ReadFile(JsonElement file)
    {
        var name = file.Text("filename");
        if (!file.Has("file_data", out var data) || !IsText(data))
        {
            return new MediaPart(MediaKind.Document, null) { FileId = file.Text("file_id") ?? "", Name = name };
        }
        var media = DataUrl.Read(MediaKind.Document, data);
        // Base64 alone, without a type, is taken by some vendors.
        var isBare = media.Url is { } url && !url.Contains(':', StringComparison.Ordinal);
        return isBare ? new MediaPart(MediaKind.Document, null) { Base64 = DataUrl.Base64(data), Name = name } : media with { Name = name };
    }

    private static bool TryUrl(JsonElement owner, out JsonElement url)
    {
        // Some clients give the URL without an object around it.
        url = owner;
        return (owner.ValueKind == JsonValueKind.String || owner.Has("url", out url)) && IsText(url);
    }

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static string AudioType(string? format) =>
        format switch
        {
            "mp3" => "audio/mpeg",
            null => "audio/wav",
            _ => "audio/" + format.ToLowerInvariant(),
        };

    private static OpaquePart Opaque(JsonElement json, RequestReading reading) =>
        new(reading.Format, JsonReading.Clean(json.Text("type"), 64) ?? "unknown", json);
}
