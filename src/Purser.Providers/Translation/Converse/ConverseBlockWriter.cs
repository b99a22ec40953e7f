using System.Text.Json;
using Purser.Providers.Translation.Messages;

namespace Purser.Providers.Translation.Converse;

/// <summary>Writes the conversation of a request for Bedrock's Converse: the system's prompts, and turns that alternate.</summary>
internal sealed class ConverseBlockWriter(Utf8JsonWriter writer, RequestWriting writing)
{
    private const int LongestCallId = 64;

    private readonly CanonicalRequest request = writing.Request;
    private readonly RuleNotes notes = writing.Notes;
    private int documents;

    /// <summary>Writes a cache point after what it marks.</summary>
    public static void WriteCachePoint(Utf8JsonWriter writer, CacheHint? cache)
    {
        if (cache is not null)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("cachePoint");
            writer.WriteString("type", "default");
            writer.WriteText("ttl", cache.Ttl);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
    }

    /// <summary>Writes <c>system</c> and <c>messages</c>.</summary>
    public void Write()
    {
        var (prompts, turns) = Turns.Of(request, notes);
        WriteSystem(prompts);
        writer.WriteStartArray("messages");
        foreach (var (role, parts) in turns)
        {
            WriteTurn(role, parts);
        }
        writer.WriteEndArray();
    }

    private void WriteSystem(List<CanonicalPart> prompts)
    {
        var sent = prompts
            .Where(part => part is TextPart { Text.Length: > 0 } or OpaquePart { Format: ConverseTranslator.FormatName })
            .ToList();
        notes.NoteIf(prompts.Any(part => part is not TextPart && !sent.Contains(part)), TranslationRules.DropVendorContent);
        if (sent.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("system");
        sent.ForEach(WritePart);
        writer.WriteEndArray();
    }

    // Results of tools come before everything else: they must follow their calls at once.
    private void WriteTurn(CanonicalRole role, List<CanonicalPart> parts)
    {
        List<CanonicalPart> sent = [.. parts.Where(part => part is ToolResultPart), .. parts.Where(part => part is not ToolResultPart)];
        sent.RemoveAll(part => !IsWritten(part));
        if (sent.Count == 0)
        {
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("role", role == CanonicalRole.Assistant ? "assistant" : "user");
        writer.WriteStartArray("content");
        sent.ForEach(WritePart);
        // A document must come with a text.
        if (sent.Exists(part => part is MediaPart { Kind: MediaKind.Document }) && !sent.Exists(part => part is TextPart))
        {
            notes.Note(TranslationRules.AddDocumentText);
            writer.WriteStartObject();
            writer.WriteString("text", "(document)");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // Bedrock takes no text that is blank.
    private bool IsWritten(CanonicalPart part)
    {
        switch (part)
        {
            case TextPart text:
                return !string.IsNullOrWhiteSpace(text.Text);
            case ReasoningPart:
                notes.NoteIf(!IsKept(part), TranslationRules.DropReasoningContent);
                return IsKept(part);
            case OpaquePart opaque:
                notes.NoteIf(opaque.Format != ConverseTranslator.FormatName, TranslationRules.DropVendorContent);
                return opaque.Format == ConverseTranslator.FormatName;
            default:
                return true;
        }
    }

    private bool IsKept(CanonicalPart part) =>
        MessagesBlockWriter.IsOwnReasoning(part)
            ? ConverseThinking.IsClaude(writing.Target.Model) || request.Format == ConverseTranslator.FormatName
            : request.Format == ConverseTranslator.FormatName;

    private void WritePart(CanonicalPart part)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text);
                break;
            case RefusalPart refusal:
                writer.WriteStartObject();
                writer.WriteString("text", refusal.Text);
                writer.WriteEndObject();
                break;
            case MediaPart media:
                ConverseMedia.Write(writer, media, media.Kind == MediaKind.Document ? documents++ : 0, writing);
                break;
            case ReasoningPart reasoning:
                WriteReasoning(writer, reasoning);
                break;
            case ToolCallPart call:
                WriteCall(call);
                break;
            case ToolResultPart result:
                WriteResult(result);
                break;
            case OpaquePart opaque:
                opaque.Json.WriteTo(writer);
                break;
        }
        WriteCachePoint(writer, part.Cache);
    }

    private void WriteText(TextPart text)
    {
        writer.WriteStartObject();
        if (text is { Citations: { } cited, CitationsFormat: ConverseTranslator.FormatName })
        {
            writer.WriteJson("citationsContent", cited);
        }
        else
        {
            notes.NoteIf(text.Citations is not null, TranslationRules.DropCitations);
            writer.WriteString("text", text.Text);
        }
        writer.WriteEndObject();
    }

    /// <summary>Writes a block of reasoning.</summary>
    public static void WriteReasoning(Utf8JsonWriter writer, ReasoningPart part)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("reasoningContent");
        if (part.Encrypted is { } data)
        {
            writer.WriteString("redactedContent", data);
        }
        else
        {
            writer.WriteStartObject("reasoningText");
            writer.WriteString("text", part.Text);
            writer.WriteText("signature", part.Signature);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteCall(ToolCallPart call)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("toolUse");
        writer.WriteString("toolUseId", ToolCallIds.Fit(call.Id, LongestCallId, notes));
        writer.WriteString("name", writing.Names.Of(call.Name));
        writer.WriteArguments("input", call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments, notes);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteResult(ToolResultPart result)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("toolResult");
        writer.WriteString("toolUseId", ToolCallIds.Fit(result.CallId, LongestCallId, notes));
        writer.WriteStartArray("content");
        foreach (var part in result.Parts)
        {
            switch (part)
            {
                case TextPart text:
                    writer.WriteStartObject();
                    writer.WriteString("text", text.Text);
                    writer.WriteEndObject();
                    break;
                case MediaPart media:
                    ConverseMedia.Write(writer, media, media.Kind == MediaKind.Document ? documents++ : 0, writing);
                    break;
                case OpaquePart { Format: ConverseTranslator.FormatName } opaque:
                    opaque.Json.WriteTo(writer);
                    break;
                default:
                    notes.Note(TranslationRules.DropVendorContent);
                    break;
            }
            notes.NoteIf(part.Cache is not null, TranslationRules.DropCacheControl);
        }
        writer.WriteEndArray();
        writer.WriteText("status", result.IsError ? "error" : null);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
