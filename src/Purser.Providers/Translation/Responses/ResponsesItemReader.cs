using System.Text.Json;

namespace Purser.Providers.Translation.Responses;

/// <summary>
/// Reads the input of a request: a text, or items. Items of the model that follow one another are one turn, and so are results of tools. Tools
/// that come among the items (<c>additional_tools</c>) join the others.
/// </summary>
internal sealed class ResponsesItemReader(List<CanonicalMessage> messages, List<CanonicalTool> tools, RequestReading reading)
{
    private readonly List<CanonicalPart> turn = [];
    private CanonicalRole role;

    /// <summary>Whether an item refers to what is stored at OpenAI, or is readable there alone: a reference, a conversation that was compacted.</summary>
    public bool RefersToStored { get; private set; }

    /// <summary>Reads <c>input</c>.</summary>
    public void Read(JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.String)
        {
            messages.Add(new CanonicalMessage(CanonicalRole.User, [new TextPart(input.GetString()!)]));
            return;
        }
        if (!reading.IsList(input, "input"))
        {
            return;
        }
        foreach (var item in input.EnumerateArray())
        {
            if (reading.IsObject(item, "input"))
            {
                ReadItem(item);
            }
        }
        Flush();
    }

    private void ReadItem(JsonElement item)
    {
        switch (item.Text("type"))
        {
            case "message" or null:
                ReadMessage(item);
                break;
            case "function_call_output" or "custom_tool_call_output":
                Add(CanonicalRole.User, ReadResult(item));
                break;
            case "additional_tools":
                if (item.Has("tools", out var list))
                {
                    ResponsesTools.Read(list, tools, reading);
                }
                break;
            default:
                RefersToStored |= item.Text("type") is "item_reference" or "compaction" or "compaction_summary";
                Add(CanonicalRole.Assistant, ReadOutput(item));
                break;
        }
    }

    private void ReadMessage(JsonElement item)
    {
        CanonicalRole? who = item.Text("role") switch
        {
            "user" => CanonicalRole.User,
            "assistant" => CanonicalRole.Assistant,
            "system" => CanonicalRole.System,
            "developer" => CanonicalRole.Developer,
            _ => null,
        };
        const string param = "input.role";
        if (who is not { } known)
        {
            reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be user, assistant, system or developer.", param);
            return;
        }
        var content = item.Has("content", out var value) ? ReadContent(value) : [];
        if (known == CanonicalRole.Assistant)
        {
            foreach (var part in content)
            {
                Add(known, part);
            }
            return;
        }
        Flush();
        messages.Add(new CanonicalMessage(known, content));
    }

    private void Add(CanonicalRole who, CanonicalPart part)
    {
        if (who != role)
        {
            Flush();
        }
        role = who;
        turn.Add(part);
    }

    private void Flush()
    {
        if (turn.Count > 0)
        {
            messages.Add(new CanonicalMessage(role, [.. turn]));
            turn.Clear();
        }
    }

    private ToolResultPart ReadResult(JsonElement item) =>
        new(
            reading.Required(item, "call_id", "input.call_id"),
            item.Has("output", out var output) ? ReadContent(output) : [],
            IsFreeform: item.Text("type") == "custom_tool_call_output"
        );

    private List<CanonicalPart> ReadContent(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            return [new TextPart(content.GetString()!)];
        }
        var parts = new List<CanonicalPart>();
        if (reading.IsList(content, "input.content"))
        {
            foreach (var part in content.EnumerateArray())
            {
                if (reading.IsObject(part, "input.content"))
                {
                    parts.Add(ReadPart(part));
                }
            }
        }
        return parts;
    }

    /// <summary>Reads an item that a model gave, in an answer or a request.</summary>
    public static CanonicalPart ReadOutput(JsonElement item)
    {
        switch (item.Text("type"))
        {
            case "function_call" when item.Text("name") is { Length: > 0 } name:
                var called = ResponsesTools.NameOf(name, item.Text("namespace"));
                return new ToolCallPart(CallId(item), called, item.Text("arguments") ?? "");
            case "custom_tool_call" when item.Text("name") is { Length: > 0 } name:
                var own = ResponsesTools.NameOf(name, item.Text("namespace"));
                return new ToolCallPart(CallId(item), own, item.Text("input") ?? "", IsFreeform: true);
            case "reasoning":
                return ResponsesReasoning.Read(item);
            default:
                return Opaque(item);
        }
    }

    private static string CallId(JsonElement item) => item.Text("call_id") ?? item.Text("id") ?? "";

    /// <summary>Reads a part of a message's content.</summary>
    public static CanonicalPart ReadPart(JsonElement part)
    {
        switch (part.Text("type"))
        {
            case "input_text" or "output_text" or "text" when part.Text("text") is { } text:
                var cites = part.Has("annotations", out var notes) && notes.ValueKind == JsonValueKind.Array && notes.GetArrayLength() > 0;
                return cites
                    ? new TextPart(text) { Citations = notes, CitationsFormat = ResponsesTranslator.FormatName }
                    : new TextPart(text);
            case "refusal":
                return new RefusalPart(part.Text("refusal") ?? "");
            case "input_image" when part.Has("image_url", out var url) && url.ValueKind == JsonValueKind.String:
                return DataUrl.Read(MediaKind.Image, url) with { Detail = part.Text("detail") };
            case "input_image" when part.Text("file_id") is { } id:
                return new MediaPart(MediaKind.Image, null) { FileId = id, Detail = part.Text("detail") };
            case "input_file":
                return ReadFile(part);
            case "input_audio"
                when part.Has("input_audio", out var audio) && audio.Has("data", out var data) && data.ValueKind == JsonValueKind.String:
                return new MediaPart(MediaKind.Audio, audio.Text("format") == "mp3" ? "audio/mpeg" : "audio/wav")
                {
                    Base64 = DataUrl.Base64(data),
                };
            default:
                return Opaque(part);
        }
    }

    private static MediaPart ReadFile(JsonElement part)
    {
        var name = part.Text("filename");
        if (part.Has("file_data", out var data) && data.ValueKind == JsonValueKind.String)
        {
            return DataUrl.Read(MediaKind.Document, data) with { Name = name };
        }
        var media = new MediaPart(MediaKind.Document, null) { Name = name };
        return part.Text("file_url") is { } url ? media with { Url = url } : media with { FileId = part.Text("file_id") ?? "" };
    }

    private static OpaquePart Opaque(JsonElement json) =>
        new(ResponsesTranslator.FormatName, JsonReading.Clean(json.Text("type"), 64) ?? "unknown", json);
}
