using System.Text;
using System.Text.Json;
using Purser.Providers.Translation.Messages;

namespace Purser.Providers.Translation.Converse;

/// <summary>
/// Reads blocks of content of Bedrock's Converse. Of the models there only Claude signs its reasoning, and the signatures are those of Anthropic's
/// own API: they go to and fro between the two.
/// </summary>
internal static class ConverseBlockReader
{
    /// <summary>Reads the list of messages.</summary>
    public static void ReadMessages(JsonElement list, List<CanonicalMessage> messages, RequestReading reading)
    {
        if (!reading.IsList(list, "messages"))
        {
            return;
        }
        foreach (var message in list.EnumerateArray())
        {
            if (!reading.IsObject(message, "messages"))
            {
                continue;
            }
            CanonicalRole? role = message.Text("role") switch
            {
                "user" => CanonicalRole.User,
                "assistant" => CanonicalRole.Assistant,
                _ => null,
            };
            if (role is { } known)
            {
                messages.Add(new CanonicalMessage(known, ReadContent(message, reading)));
            }
            else
            {
                reading.Refuse(RequestFaults.InvalidMember, "'messages.role' must be user or assistant.", "messages.role");
            }
        }
    }

    /// <summary>Reads <c>system</c>.</summary>
    public static List<CanonicalPart> ReadSystem(JsonElement list, RequestReading reading)
    {
        var parts = new List<CanonicalPart>();
        if (reading.IsList(list, "system"))
        {
            foreach (var block in list.EnumerateArray())
            {
                Add(parts, block, reading);
            }
        }
        return parts;
    }

    private static List<CanonicalPart> ReadContent(JsonElement message, RequestReading reading)
    {
        var parts = new List<CanonicalPart>();
        if (message.Has("content", out var content) && reading.IsList(content, "messages.content"))
        {
            foreach (var block in content.EnumerateArray())
            {
                Add(parts, block, reading);
            }
        }
        return parts;
    }

    // A cache point marks what is before it.
    private static void Add(List<CanonicalPart> parts, JsonElement block, RequestReading reading)
    {
        if (!reading.IsObject(block, "messages.content"))
        {
            return;
        }
        if (!block.Has("cachePoint", out var point))
        {
            parts.Add(ReadBlock(block, reading));
        }
        else if (parts.Count > 0)
        {
            parts[^1] = parts[^1] with { Cache = new CacheHint(point.Text("ttl")) };
        }
    }

    private static CanonicalPart ReadBlock(JsonElement block, RequestReading reading)
    {
        if (block.Has("toolResult", out var result) && result.ValueKind == JsonValueKind.Object)
        {
            return new ToolResultPart(
                reading.Required(result, "toolUseId", "messages.content.toolResult.toolUseId"),
                ReadResult(result),
                result.Text("status") == "error"
            );
        }
        return ReadAnswerBlock(block);
    }

    private static List<CanonicalPart> ReadResult(JsonElement result)
    {
        var parts = new List<CanonicalPart>();
        foreach (var block in result.List("content"))
        {
            if (block.Has("json", out var json))
            {
                parts.Add(new TextPart(JsonParts.Compact(json)));
            }
            else if (block.ValueKind == JsonValueKind.Object)
            {
                parts.Add(ReadAnswerBlock(block));
            }
        }
        return parts;
    }

    /// <summary>Reads a block of a model's turn, of an answer or of a request.</summary>
    public static CanonicalPart ReadAnswerBlock(JsonElement block)
    {
        if (block.Text("text") is { } text)
        {
            return new TextPart(text);
        }
        if (block.Has("toolUse", out var call) && call.Text("name") is { Length: > 0 } name)
        {
            return new ToolCallPart(call.Text("toolUseId") ?? "", name, call.Has("input", out var input) ? JsonParts.Compact(input) : "");
        }
        if (block.Has("reasoningContent", out var reasoning))
        {
            return ReadReasoning(reasoning);
        }
        foreach (var (member, kind) in Media)
        {
            if (block.Has(member, out var media) && ReadMedia(kind, media) is { } read)
            {
                return read;
            }
        }
        if (block.Has("citationsContent", out var cited) && cited.Has("content", out _))
        {
            return new TextPart(string.Concat(cited.List("content").Select(part => part.Text("text"))))
            {
                Citations = cited,
                CitationsFormat = ConverseTranslator.FormatName,
            };
        }
        var type = block.ValueKind == JsonValueKind.Object ? block.EnumerateObject().Select(member => member.Name).FirstOrDefault() : null;
        return new OpaquePart(ConverseTranslator.FormatName, JsonReading.Clean(type, 64) ?? "unknown", block);
    }

    private static readonly (string Member, MediaKind Kind)[] Media =
    [
        ("image", MediaKind.Image),
        ("document", MediaKind.Document),
        ("video", MediaKind.Video),
        ("audio", MediaKind.Audio),
    ];

    private static ReasoningPart ReadReasoning(JsonElement reasoning)
    {
        if (reasoning.Text("redactedContent") is { } redacted)
        {
            return new ReasoningPart("", Encrypted: redacted, Signer: MessagesTranslator.FormatName);
        }
        var said = reasoning.Has("reasoningText", out var text) ? text : default;
        var signature = said.Text("signature") is { Length: > 0 } signed ? signed : null;
        return new ReasoningPart(said.Text("text") ?? "", signature, Signer: signature is null ? null : MessagesTranslator.FormatName);
    }

    private static MediaPart? ReadMedia(MediaKind kind, JsonElement media)
    {
        if (!media.Has("source", out var source))
        {
            return null;
        }
        var part = new MediaPart(kind, ConverseMedia.TypeOf(kind, media.Text("format"))) { Name = media.Text("name") };
        if (source.Has("bytes", out var bytes) && bytes.ValueKind == JsonValueKind.String)
        {
            return part with { Base64 = DataUrl.Base64(bytes) };
        }
        if (source.Has("s3Location", out var place))
        {
            return part with { FileId = place.Text("uri") ?? "" };
        }
        if (source.Text("text") is { } text)
        {
            return part with { Text = text };
        }
        if (!source.Has("content", out _))
        {
            return null;
        }
        var said = new StringBuilder();
        foreach (var piece in source.List("content"))
        {
            said.Append(piece.Text("text"));
        }
        return part with { Text = said.ToString() };
    }
}
