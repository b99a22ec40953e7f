using System.Text.Json;
using Purser.Providers.Passthrough;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Writes images, documents, sound and video in Gemini's format, which takes all of them in the body, and newer models by URL.</summary>
internal static class GeminiMedia
{
    private const string Member = "contents.parts";

    /// <summary>Writes a medium; what has no place is refused by a rule.</summary>
    public static void Write(Utf8JsonWriter writer, MediaPart media, RequestWriting writing)
    {
        var notes = writing.Notes;
        var isOwn = writing.Request.Format == GeminiTranslator.FormatName;
        notes.NoteIf(media.Detail is not (null or "auto"), TranslationRules.DropImageDetail);
        writer.WriteStartObject();
        if (media.Text is { } text)
        {
            notes.Note(TranslationRules.ChangeDocumentText);
            writer.WriteString("text", media.Name is { } title ? $"{title}\n\n{text}" : text);
        }
        else if (media.Base64 is { } base64)
        {
            writer.WriteStartObject("inlineData");
            writer.WriteString("mimeType", TypeOf(media));
            writer.WriteString("data", base64.Span);
            writer.WriteText("displayName", media.Name);
            writer.WriteEndObject();
        }
        else
        {
            // What is uploaded to the provider has an address there, which reads it with the gateway's credential.
            if (!isOwn && (media.FileId is not null || !KeptThings.IsElsewhere(media.Url ?? "")))
            {
                notes.Refuse(TranslationRules.RefuseFileId, Member);
            }
            if (media.Url is not null && !isOwn && GeminiModels.IsOld(writing.Target.Model))
            {
                notes.Refuse(TranslationRules.RefuseMediaUrl, Member);
            }
            writer.WriteStartObject("fileData");
            writer.WriteText("mimeType", isOwn ? media.MediaType : TypeOf(media));
            writer.WriteString("fileUri", media.FileId ?? media.Url ?? "");
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    // By the end of a URL's path, where nothing says it.
    private static string TypeOf(MediaPart media)
    {
        if (media.MediaType is { } type)
        {
            return type == "image/jpg" ? "image/jpeg" : type;
        }
        var path = Uri.TryCreate(media.Url, UriKind.Absolute, out var url) ? url.AbsolutePath : media.Name ?? "";
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".webp" => "image/webp",
            ".gif" => "image/gif",
            ".pdf" => "application/pdf",
            ".txt" or ".md" => "text/plain",
            ".mp3" => "audio/mpeg",
            ".wav" => "audio/wav",
            ".mp4" => "video/mp4",
            _ => media.Kind switch
            {
                MediaKind.Image when media.Url is not null => "image/jpeg",
                MediaKind.Image => "image/png",
                MediaKind.Audio => "audio/wav",
                MediaKind.Video => "video/mp4",
                _ => "application/pdf",
            },
        };
    }
}
