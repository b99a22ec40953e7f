using System.Text.Json;

namespace Purser.Providers.Translation.Messages;

/// <summary>Reads the conversation of a request for Anthropic's messages, and the content of an answer.</summary>
internal static class MessagesBlockReader
{
    private const string BillingHeader = "x-anthropic-billing-header:";

    /// <summary>Reads the list of messages. Some clients send prompts of the system among them.</summary>
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
                "system" => CanonicalRole.System,
                _ => null,
            };
            const string param = "messages.role";
            if (role is not { } known)
            {
                reading.Refuse(RequestFaults.InvalidMember, $"'{param}' must be user, assistant or system.", param);
                continue;
            }
            var content = message.Has("content", out var value) ? ReadContent(value, "messages.content", reading) : [];
            messages.Add(new CanonicalMessage(known, content));
        }
    }

    /// <summary>Reads content: a string, or a list of blocks.</summary>
    public static List<CanonicalPart> ReadContent(JsonElement content, string param, RequestReading reading)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            return [new TextPart(content.GetString()!)];
        }
        var parts = new List<CanonicalPart>();
        if (reading.IsList(content, param))
        {
            foreach (var block in content.EnumerateArray())
            {
                if (reading.IsObject(block, param))
                {
                    var part = ReadBlock(block, reading);
                    parts.Add(block.Has("cache_control", out var cache) ? part with { Cache = ReadCache(cache) } : part);
                }
            }
        }
        return parts;
    }

    /// <summary>A cache mark.</summary>
    public static CacheHint? ReadCache(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? new CacheHint(value.Text("ttl")) : null;

    /// <summary>Reads a block of a request.</summary>
    private static CanonicalPart ReadBlock(JsonElement block, RequestReading reading)
    {
        switch (block.Text("type"))
        {
            case "image" when block.Has("source", out var source):
                return ReadSource(MediaKind.Image, source) is { } image ? image : Opaque(block);
            case "document" when block.Has("source", out var source) && ReadSource(MediaKind.Document, source) is { } document:
                reading.Notes.NoteIf(AsksForMore(block), TranslationRules.DropCitations);
                return document with { Name = block.Text("title") };
            case "tool_result":
                return new ToolResultPart(
                    reading.Required(block, "tool_use_id", "messages.content.tool_use_id"),
                    block.Has("content", out var content) ? ReadContent(content, "messages.content.content", reading) : [],
                    block.Has("is_error", out var failed) && failed.ValueKind == JsonValueKind.True
                );
            default:
                return ReadAnswerBlock(block);
        }
    }

    private static bool AsksForMore(JsonElement block) =>
        block.Has("context", out _)
        || (block.Has("citations", out var citations) && citations.Has("enabled", out var on) && on.ValueKind == JsonValueKind.True);

    /// <summary>Reads a block of a model's turn, of an answer or of a request.</summary>
    public static CanonicalPart ReadAnswerBlock(JsonElement block)
    {
        switch (block.Text("type"))
        {
            // Claude Code's first prompt is for Anthropic's books, and would spoil every other provider's cache, as it's never the same.
            case "text" when block.Text("text") is { } header && header.StartsWith(BillingHeader, StringComparison.Ordinal):
                return new OpaquePart(MessagesTranslator.FormatName, "billing_header", block);
            case "text" when block.Text("text") is { } text:
                var cites =
                    block.Has("citations", out var citations)
                    && citations.ValueKind == JsonValueKind.Array
                    && citations.GetArrayLength() > 0;
                return cites
                    ? new TextPart(text) { Citations = citations, CitationsFormat = MessagesTranslator.FormatName }
                    : new TextPart(text);
            case "thinking":
                var signature =
                    block.Text("signature") is { Length: > 0 } signed && !signed.StartsWith(OwnReasoning.Head, StringComparison.Ordinal)
                        ? signed
                        : null;
                return new ReasoningPart(
                    block.Text("thinking") ?? "",
                    signature,
                    Signer: signature is null ? null : MessagesTranslator.FormatName
                );
            case "redacted_thinking":
                return new ReasoningPart("", Encrypted: block.Text("data") ?? "", Signer: MessagesTranslator.FormatName);
            case "tool_use" when block.Text("name") is { } name:
                return new ToolCallPart(block.Text("id") ?? "", name, block.Has("input", out var input) ? JsonParts.Compact(input) : "");
            default:
                return Opaque(block);
        }
    }

    private static MediaPart? ReadSource(MediaKind kind, JsonElement source)
    {
        var mediaType = source.Text("media_type")?.ToLowerInvariant();
        return source.Text("type") switch
        {
            "base64" when source.Has("data", out var data) && data.ValueKind == JsonValueKind.String => new MediaPart(kind, mediaType)
            {
                Base64 = DataUrl.Base64(data),
            },
            "url" => new MediaPart(kind, mediaType) { Url = source.Text("url") ?? "" },
            "file" => new MediaPart(kind, mediaType) { FileId = source.Text("file_id") ?? "" },
            "text" => new MediaPart(kind, mediaType ?? "text/plain") { Text = source.Text("data") ?? "" },
            _ => null,
        };
    }

    private static OpaquePart Opaque(JsonElement block) =>
        new(MessagesTranslator.FormatName, JsonReading.Clean(block.Text("type"), 64) ?? "unknown", block);
}
