using System.Text.Json;

namespace Purser.Providers.Translation.Responses;

/// <summary>Writes images and files of a request for a response.</summary>
internal static class ResponsesMedia
{
    private const string Member = "input.content";

    /// <summary>Writes a medium; what has no place here is refused by a rule.</summary>
    public static void Write(Utf8JsonWriter writer, MediaPart media, RequestWriting writing)
    {
        var notes = writing.Notes;
        if (media.FileId is not null && writing.Request.Format != ResponsesTranslator.FormatName)
        {
            notes.Refuse(TranslationRules.RefuseFileId, Member);
        }
        writer.WriteStartObject();
        switch (media)
        {
            case { Kind: MediaKind.Document, Text: { } text }:
                notes.Note(TranslationRules.ChangeDocumentText);
                writer.WriteString("type", "input_text");
                writer.WriteString("text", media.Name is { } title ? $"{title}\n\n{text}" : text);
                break;
            case { Kind: MediaKind.Image }:
                writer.WriteString("type", "input_image");
                writer.WriteText("file_id", media.FileId);
                WriteContent(writer, "image_url", media, "image/png");
                writer.WriteString("detail", media.Detail ?? "auto");
                break;
            case { Kind: MediaKind.Document, Url: { } url }:
                writer.WriteString("type", "input_file");
                writer.WriteText("filename", media.Name);
                writer.WriteString("file_url", url);
                break;
            case { Kind: MediaKind.Document }:
                writer.WriteString("type", "input_file");
                writer.WriteText("file_id", media.FileId);
                // OpenAI wants a name with content, and knows the type by its end.
                writer.WriteText("filename", media.Name ?? (media.Base64 is null ? null : "document.pdf"));
                WriteContent(writer, "file_data", media, "application/pdf");
                break;
            case { Kind: MediaKind.Audio }:
                notes.Refuse(TranslationRules.RefuseAudioInput, Member);
                break;
            default:
                notes.Refuse(TranslationRules.RefuseVideoInput, Member);
                break;
        }
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, string name, MediaPart media, string otherwise)
    {
        if (media.Base64 is not null)
        {
            writer.WritePropertyName(name);
            DataUrl.Write(writer, media, otherwise);
        }
        else
        {
            writer.WriteText(name, media.Url);
        }
    }
}
