using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>
/// Reads contents of Gemini's format. Calls may be without ids: the n-th result of a tool belongs to its n-th call. What Google signed of a part is
/// encrypted reasoning of its own: before a call, after a text.
/// </summary>
internal sealed class GeminiContentReader(RequestReading reading)
{
    private readonly CallPlaces places = new();

    /// <summary>Reads <c>contents</c>.</summary>
    public List<CanonicalMessage> Read(JsonElement contents)
    {
        var messages = new List<CanonicalMessage>();
        if (contents.ValueKind == JsonValueKind.Object)
        {
            messages.Add(ReadContent(contents));
        }
        else if (reading.IsList(contents, "contents"))
        {
            foreach (var content in contents.EnumerateArray())
            {
                if (reading.IsObject(content, "contents"))
                {
                    messages.Add(ReadContent(content));
                }
            }
        }
        return messages;
    }

    /// <summary>Reads the parts of a content.</summary>
    public List<CanonicalPart> ReadParts(JsonElement content)
    {
        var parts = new List<CanonicalPart>();
        if (!content.Has("parts", out var list))
        {
            return parts;
        }
        foreach (var part in list.ValueKind == JsonValueKind.Object ? (IEnumerable<JsonElement>)[list] : content.List("parts"))
        {
            if (reading.IsObject(part, "contents.parts"))
            {
                ReadPart(part, parts);
            }
        }
        return parts;
    }

    private CanonicalMessage ReadContent(JsonElement content)
    {
        const string param = "contents.role";
        var role = CanonicalRole.User;
        switch (content.Text("role"))
        {
            case "user" or "function" or "tool" or null:
                break;
            case "model":
                role = CanonicalRole.Assistant;
                break;
            case "system":
                role = CanonicalRole.System;
                break;
            default:
                reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be user or model.", param);
                break;
        }
        return new CanonicalMessage(role, ReadParts(content));
    }

    private void ReadPart(JsonElement part, List<CanonicalPart> parts)
    {
        if (GeminiJson.Has(part, "functionResponse", out var response))
        {
            parts.Add(ReadResult(response));
        }
        else if (GeminiJson.Has(part, "functionCall", out var call))
        {
            AddSignature(part, parts);
            var name = reading.Required(call, "name", "contents.parts.functionCall.name");
            parts.Add(ReadCall(call, name, places.OfCall(name, call.Text("id"))));
        }
        else
        {
            ReadOther(part, parts);
        }
    }

    /// <summary>Reads a call.</summary>
    public static ToolCallPart ReadCall(JsonElement call, string name, string otherwise) =>
        new(call.Text("id") is { Length: > 0 } id ? id : otherwise, name, call.Has("args", out var args) ? JsonParts.Compact(args) : "{}");

    /// <summary>Adds what Google signed of a part.</summary>
    public static void AddSignature(JsonElement part, List<CanonicalPart> parts)
    {
        if (GeminiJson.Text(part, "thoughtSignature") is { Length: > 0 } signature)
        {
            parts.Add(new ReasoningPart("", Encrypted: signature, Signer: GeminiTranslator.FormatName));
        }
    }

    /// <summary>Reads any part but calls and results.</summary>
    public static void ReadOther(JsonElement part, List<CanonicalPart> parts)
    {
        if (part.Text("text") is { } text)
        {
            var isThought = part.Has("thought", out var thought) && thought.ValueKind == JsonValueKind.True;
            if (text.Length > 0 || GeminiJson.Text(part, "thoughtSignature") is null)
            {
                parts.Add(isThought ? new ReasoningPart(text) : new TextPart(text));
            }
            AddSignature(part, parts);
        }
        else if (
            GeminiJson.Has(part, "inlineData", out var inline)
            && inline.Has("data", out var data)
            && data.ValueKind == JsonValueKind.String
        )
        {
            parts.Add(
                Media(GeminiJson.Text(inline, "mimeType")) with
                {
                    Base64 = DataUrl.Base64(data),
                    Name = GeminiJson.Text(inline, "displayName"),
                }
            );
        }
        else if (GeminiJson.Has(part, "fileData", out var file))
        {
            var media = Media(GeminiJson.Text(file, "mimeType"));
            var uri = GeminiJson.Text(file, "fileUri") ?? "";
            parts.Add(IsUploaded(uri) ? media with { FileId = uri } : media with { Url = uri });
        }
        else
        {
            var type = part.EnumerateObject().Select(member => member.Name).FirstOrDefault();
            parts.Add(new OpaquePart(GeminiTranslator.FormatName, JsonReading.Clean(type, 64) ?? "unknown", part));
        }
    }

    // Google's own files, and buckets, can be read with the key of the account alone.
    private static bool IsUploaded(string uri) =>
        !uri.StartsWith("http", StringComparison.OrdinalIgnoreCase) || uri.Contains("googleapis.com/", StringComparison.OrdinalIgnoreCase);

    private static MediaPart Media(string? mediaType)
    {
        var type = mediaType?.ToLowerInvariant();
        var kind = type?.Split('/')[0] switch
        {
            "image" => MediaKind.Image,
            "audio" => MediaKind.Audio,
            "video" => MediaKind.Video,
            _ => MediaKind.Document,
        };
        return new MediaPart(kind, type);
    }

    private ToolResultPart ReadResult(JsonElement result)
    {
        var name = reading.Required(result, "name", "contents.parts.functionResponse.name");
        var id = places.OfResult(name, result.Text("id"));
        var response = result.Has("response", out var given) ? given : default;
        var parts = new List<CanonicalPart>();
        var isError = response.Has("error", out var error) && !response.Has("output", out _);
        var said =
            isError ? error
            : response.Has("output", out var output) ? output
            : response;
        if (said.ValueKind != JsonValueKind.Undefined)
        {
            parts.Add(new TextPart(said.ValueKind == JsonValueKind.String ? said.GetString()! : JsonParts.Compact(said)));
        }
        foreach (var part in result.List("parts"))
        {
            if (part.ValueKind == JsonValueKind.Object)
            {
                ReadOther(part, parts);
            }
        }
        return new ToolResultPart(id, parts, isError, name);
    }
}
