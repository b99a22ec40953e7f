using System.Text.Json;

namespace Purser.Providers.Translation.Converse;

/// <summary>Images, documents and video of Bedrock's Converse, which are in the body alone.</summary>
internal static class ConverseMedia
{
    private const string Member = "messages.content";

    private static readonly (MediaKind Kind, string Format, string Type)[] Types =
    [
        (MediaKind.Image, "png", "image/png"),
        (MediaKind.Image, "jpeg", "image/jpeg"),
        (MediaKind.Image, "gif", "image/gif"),
        (MediaKind.Image, "webp", "image/webp"),
        (MediaKind.Document, "pdf", "application/pdf"),
        (MediaKind.Document, "csv", "text/csv"),
        (MediaKind.Document, "doc", "application/msword"),
        (MediaKind.Document, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (MediaKind.Document, "xls", "application/vnd.ms-excel"),
        (MediaKind.Document, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (MediaKind.Document, "html", "text/html"),
        (MediaKind.Document, "txt", "text/plain"),
        (MediaKind.Document, "md", "text/markdown"),
        (MediaKind.Video, "mp4", "video/mp4"),
        (MediaKind.Video, "mov", "video/quicktime"),
        (MediaKind.Video, "mkv", "video/x-matroska"),
        (MediaKind.Video, "webm", "video/webm"),
    ];

    /// <summary>The media type of a format.</summary>
    public static string? TypeOf(MediaKind kind, string? format) =>
        Types.FirstOrDefault(known => known.Kind == kind && known.Format == format).Type
        ?? (format is null ? null : $"{kind.ToString().ToLowerInvariant()}/{format}");

    /// <summary>Writes a medium; what has no place there is refused by a rule.</summary>
    /// <param name="writer">The writer, in a list of blocks.</param>
    /// <param name="media">The medium.</param>
    /// <param name="number">Its number among the request's documents, for those without a name.</param>
    /// <param name="writing">What is written.</param>
    public static void Write(Utf8JsonWriter writer, MediaPart media, int number, RequestWriting writing)
    {
        var notes = writing.Notes;
        var isOwn = writing.Request.Format == ConverseTranslator.FormatName;
        notes.NoteIf(media.Detail is not (null or "auto"), TranslationRules.DropImageDetail);
        if (media.FileId is not null && !isOwn)
        {
            notes.Refuse(TranslationRules.RefuseFileId, Member);
        }
        if (media.Url is not null)
        {
            notes.Refuse(TranslationRules.RefuseMediaUrl, Member);
        }
        var name = media.Kind.ToString().ToLowerInvariant();
        var format = FormatOf(media);
        if (format is null || (media.Kind == MediaKind.Audio && !isOwn))
        {
            Refuse(media.Kind, notes);
        }
        writer.WriteStartObject();
        writer.WriteStartObject(name);
        writer.WriteText("format", format);
        if (media.Kind == MediaKind.Document)
        {
            writer.WriteString("name", DocumentName(media.Name, number));
        }
        writer.WriteStartObject("source");
        if (media.Base64 is { } base64)
        {
            writer.WriteString("bytes", base64.Span);
        }
        else if (media.Text is { } text)
        {
            writer.WriteString("text", text);
        }
        else
        {
            writer.WriteStartObject("s3Location");
            writer.WriteString("uri", media.FileId ?? "");
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Refuse(MediaKind kind, RuleNotes notes) =>
        notes.Refuse(
            kind switch
            {
                MediaKind.Image => TranslationRules.RefuseImageInput,
                MediaKind.Document => TranslationRules.RefuseDocumentInput,
                MediaKind.Audio => TranslationRules.RefuseAudioInput,
                _ => TranslationRules.RefuseVideoInput,
            },
            Member
        );

    private static string? FormatOf(MediaPart media)
    {
        var type = media.MediaType switch
        {
            null when media.Kind == MediaKind.Image => "image/png",
            null when media.Text is not null => "text/plain",
            null => "application/pdf",
            "image/jpg" => "image/jpeg",
            var said => said,
        };
        return Types.FirstOrDefault(known => known.Kind == media.Kind && known.Type == type).Format
            ?? (media.Kind == MediaKind.Audio ? type[(type.IndexOf('/', StringComparison.Ordinal) + 1)..] : null);
    }

    // Bedrock takes letters, digits, single spaces, hyphens, parentheses and brackets.
    private static string DocumentName(string? name, int number)
    {
        const int longest = 200;
        var plain = string.Concat(
            (name ?? "").Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '(' or ')' or '[' or ']' ? letter : ' ')
        );
        var words = string.Join(' ', plain.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return words.Length == 0 ? $"document {number + 1}"
            : words.Length > longest ? words[..longest]
            : words;
    }
}
