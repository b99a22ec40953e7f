using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Purser.Providers.Translation.Messages;

/// <summary>Writes images and documents in Anthropic's messages; what has no place there is refused by a rule.</summary>
internal static class MessagesMedia
{
    private const string Member = "messages.content";
    private const string Pdf = "application/pdf";

    /// <summary>Writes a medium.</summary>
    public static void Write(Utf8JsonWriter writer, MediaPart media, RequestWriting writing)
    {
        var notes = writing.Notes;
        notes.NoteIf(media.Detail is not (null or "auto"), TranslationRules.DropImageDetail);
        if (media.FileId is not null && writing.Request.Format != MessagesTranslator.FormatName)
        {
            notes.Refuse(TranslationRules.RefuseFileId, Member);
        }
        writer.WriteStartObject();
        switch (media.Kind)
        {
            case MediaKind.Image:
                writer.WriteString("type", "image");
                WriteSource(writer, media, media.MediaType ?? "image/png");
                break;
            case MediaKind.Document:
                WriteDocument(writer, media, notes);
                break;
            case MediaKind.Audio:
                notes.Refuse(TranslationRules.RefuseAudioInput, Member);
                break;
            default:
                notes.Refuse(TranslationRules.RefuseVideoInput, Member);
                break;
        }
        MessagesBlockWriter.WriteCache(writer, media.Cache);
        writer.WriteEndObject();
    }

    private static void WriteDocument(Utf8JsonWriter writer, MediaPart media, RuleNotes notes)
    {
        writer.WriteString("type", "document");
        var type = media.MediaType ?? Pdf;
        if (media.Base64 is { } base64 && type != Pdf)
        {
            if (IsText(type) && Decode(base64.Span) is { } text)
            {
                WriteText(writer, text);
            }
            else
            {
                notes.Refuse(TranslationRules.RefuseDocumentInput, Member);
            }
        }
        else if (media.Text is { } said)
        {
            WriteText(writer, said);
        }
        else
        {
            WriteSource(writer, media, Pdf);
        }
        writer.WriteText("title", media.Name);
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject("source");
        writer.WriteString("type", "text");
        writer.WriteString("media_type", "text/plain");
        writer.WriteString("data", text);
        writer.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter writer, MediaPart media, string mediaType)
    {
        writer.WriteStartObject("source");
        if (media.Base64 is { } base64)
        {
            writer.WriteString("type", "base64");
            writer.WriteString("media_type", mediaType == "image/jpg" ? "image/jpeg" : mediaType);
            writer.WriteString("data", base64.Span);
        }
        else if (media.FileId is { } id)
        {
            writer.WriteString("type", "file");
            writer.WriteString("file_id", id);
        }
        else
        {
            writer.WriteString("type", "url");
            writer.WriteString("url", media.Url ?? "");
        }
        writer.WriteEndObject();
    }

    private static bool IsText(string type) =>
        type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" or "application/xml" or "application/yaml";

    private static string? Decode(ReadOnlySpan<byte> base64)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        return
            Base64.DecodeFromUtf8(base64, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && Utf8.IsValid(bytes.AsSpan(0, written))
            ? Encoding.UTF8.GetString(bytes, 0, written)
            : null;
    }
}
