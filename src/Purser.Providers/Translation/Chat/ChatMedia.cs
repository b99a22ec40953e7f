using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>Writes the parts of a user's message in chat completions.</summary>
internal static class ChatMedia
{
    /// <summary>Writes a part; what has no place here is refused or dropped by a rule.</summary>
    public static void WritePart(Utf8JsonWriter writer, CanonicalPart part, RequestWriting writing)
    {
        switch (part)
        {
            case TextPart text:
                writing.Notes.NoteIf(text.Citations is not null, TranslationRules.DropCitations);
                WriteText(writer, text.Text, part.Cache, writing);
                break;
            case MediaPart { Kind: MediaKind.Document, Text: { } text } document:
                writing.Notes.Note(TranslationRules.ChangeDocumentText);
                WriteText(writer, document.Name is { } title ? $"{title}\n\n{text}" : text, part.Cache, writing);
                break;
            case MediaPart media:
                WriteMedia(writer, media, writing);
                break;
            case OpaquePart opaque when opaque.Format == ChatTranslator.FormatName:
                opaque.Json.WriteTo(writer);
                break;
            case RefusalPart refusal:
                WriteText(writer, refusal.Text, null, writing);
                break;
            default:
                writing.Notes.Note(TranslationRules.DropVendorContent);
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string text, CacheHint? cache, RequestWriting writing)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteString("text", text);
        ChatRequestWriter.WriteCache(writer, cache, writing);
        writer.WriteEndObject();
    }

    private static void WriteMedia(Utf8JsonWriter writer, MediaPart media, RequestWriting writing)
    {
        if (media.FileId is not null && (writing.Request.Format != ChatTranslator.FormatName || media.Kind != MediaKind.Document))
        {
            writing.Notes.Refuse(TranslationRules.RefuseFileId, "messages.content");
            return;
        }
        writer.WriteStartObject();
        switch (media.Kind)
        {
            case MediaKind.Image:
                writer.WriteString("type", "image_url");
                writer.WriteStartObject("image_url");
                writer.WritePropertyName("url");
                WriteUrl(writer, media, "image/png");
                writer.WriteText("detail", media.Detail);
                writer.WriteEndObject();
                break;
            case MediaKind.Document when media.Url is not null:
                writing.Notes.Refuse(TranslationRules.RefuseMediaUrl, "messages.content");
                break;
            case MediaKind.Document:
                WriteFile(writer, media);
                break;
            case MediaKind.Audio when media.Base64 is { } base64:
                writer.WriteString("type", "input_audio");
                writer.WriteStartObject("input_audio");
                writer.WriteString("data", base64.Span);
                writer.WriteString("format", AudioFormat(media.MediaType));
                writer.WriteEndObject();
                break;
            case MediaKind.Audio:
                writing.Notes.Refuse(TranslationRules.RefuseMediaUrl, "messages.content");
                break;
            case MediaKind.Video when writing.Request.Format == ChatTranslator.FormatName:
                writer.WriteString("type", "video_url");
                writer.WriteStartObject("video_url");
                writer.WritePropertyName("url");
                WriteUrl(writer, media, "video/mp4");
                writer.WriteEndObject();
                break;
            default:
                writing.Notes.Refuse(TranslationRules.RefuseVideoInput, "messages.content");
                break;
        }
        ChatRequestWriter.WriteCache(writer, media.Cache, writing);
        writer.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter writer, MediaPart media)
    {
        writer.WriteString("type", "file");
        writer.WriteStartObject("file");
        if (media.FileId is { } id)
        {
            writer.WriteString("file_id", id);
            writer.WriteText("filename", media.Name);
        }
        else
        {
            // OpenAI wants a name, and knows the type by its end.
            writer.WriteString("filename", media.Name ?? (media.MediaType is null or "application/pdf" ? "document.pdf" : "document"));
            writer.WritePropertyName("file_data");
            DataUrl.Write(writer, media, "application/pdf");
        }
        writer.WriteEndObject();
    }

    private static void WriteUrl(Utf8JsonWriter writer, MediaPart media, string otherwise)
    {
        if (media.Base64 is null)
        {
            writer.WriteStringValue(media.Url ?? "");
        }
        else
        {
            DataUrl.Write(writer, media, otherwise);
        }
    }

    private static string AudioFormat(string? mediaType) =>
        mediaType switch
        {
            "audio/mpeg" or "audio/mp3" => "mp3",
            null or "audio/wav" or "audio/x-wav" => "wav",
            _ => mediaType[(mediaType.IndexOf('/', StringComparison.Ordinal) + 1)..],
        };
}
