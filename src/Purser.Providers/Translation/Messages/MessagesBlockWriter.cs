using System.Text.Json;

namespace Purser.Providers.Translation.Messages;

/// <summary>Writes the conversation of a request for Anthropic's messages: the system's prompts, and turns that alternate.</summary>
internal sealed class MessagesBlockWriter(Utf8JsonWriter writer, RequestWriting writing)
{
    /// <summary>The longest id of a tool call.</summary>
    public const int LongestCallId = 64;

    private readonly CanonicalRequest request = writing.Request;
    private readonly RuleNotes notes = writing.Notes;

    /// <summary>Whether a part is reasoning that Anthropic signed: it goes back untouched.</summary>
    public static bool IsOwnReasoning(CanonicalPart part) =>
        part is ReasoningPart { Signer: MessagesTranslator.FormatName } own && (own.Signature is not null || own.Encrypted is not null);

    /// <summary>Writes a cache mark.</summary>
    public static void WriteCache(Utf8JsonWriter writer, CacheHint? cache)
    {
        if (cache is not null)
        {
            writer.WriteStartObject("cache_control");
            writer.WriteString("type", "ephemeral");
            writer.WriteText("ttl", cache.Ttl);
            writer.WriteEndObject();
        }
    }

    /// <summary>Writes <c>system</c> and <c>messages</c>.</summary>
    public void Write()
    {
        // Anthropic's own clients may send prompts between the turns.
        var (prompts, turns) = Turns.Of(request, notes, keepsPlaces: request.Format == MessagesTranslator.FormatName);
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
        notes.NoteIf(prompts.Any(part => part is not (TextPart or OpaquePart)), TranslationRules.DropVendorContent);
        var sent = prompts.Where(part => part is TextPart or OpaquePart).Where(IsWritten).ToList();
        if (sent.Count == 0)
        {
            return;
        }
        writer.WritePropertyName("system");
        WriteContent(sent);
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
        writer.WriteString(
            "role",
            role switch
            {
                CanonicalRole.Assistant => "assistant",
                CanonicalRole.User => "user",
                _ => "system",
            }
        );
        writer.WritePropertyName("content");
        WriteContent(sent);
        writer.WriteEndObject();
    }

    private void WriteContent(List<CanonicalPart> parts)
    {
        if (parts is [TextPart { Cache: null, Citations: null } only])
        {
            writer.WriteStringValue(only.Text);
            return;
        }
        writer.WriteStartArray();
        foreach (var part in parts)
        {
            WritePart(part);
        }
        writer.WriteEndArray();
    }

    // Anthropic takes no text that is empty.
    private bool IsWritten(CanonicalPart part)
    {
        switch (part)
        {
            case TextPart text:
                return text.Text.Length > 0;
            case RefusalPart refusal:
                return refusal.Text.Length > 0;
            case ReasoningPart:
                notes.NoteIf(!IsOwnReasoning(part), TranslationRules.DropReasoningContent);
                return IsOwnReasoning(part);
            case OpaquePart opaque:
                notes.NoteIf(opaque.Format != MessagesTranslator.FormatName, TranslationRules.DropVendorContent);
                return opaque.Format == MessagesTranslator.FormatName;
            default:
                return true;
        }
    }

    private void WritePart(CanonicalPart part)
    {
        switch (part)
        {
            case TextPart { Citations: { } citations, CitationsFormat: MessagesTranslator.FormatName } cited:
                WriteText(cited.Text, cited.Cache, citations);
                break;
            case TextPart text:
                notes.NoteIf(text.Citations is not null, TranslationRules.DropCitations);
                WriteText(text.Text, text.Cache);
                break;
            case RefusalPart refusal:
                WriteText(refusal.Text, refusal.Cache);
                break;
            case MediaPart media:
                MessagesMedia.Write(writer, media, writing);
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
    }

    private void WriteText(string text, CacheHint? cache, JsonElement? citations = null)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteString("text", text);
        if (citations is { } cited)
        {
            writer.WriteJson("citations", cited);
        }
        WriteCache(writer, cache);
        writer.WriteEndObject();
    }

    /// <summary>Writes a block of thinking, as it came where it's signed.</summary>
    public static void WriteReasoning(Utf8JsonWriter writer, ReasoningPart part)
    {
        writer.WriteStartObject();
        if (part is { Encrypted: { } data, Signer: MessagesTranslator.FormatName })
        {
            writer.WriteString("type", "redacted_thinking");
            writer.WriteString("data", data);
        }
        else
        {
            writer.WriteString("type", "thinking");
            writer.WriteString("thinking", part.Text);
            writer.WriteString("signature", part.Signer == MessagesTranslator.FormatName ? part.Signature ?? "" : OwnReasoning.Unsigned);
        }
        writer.WriteEndObject();
    }

    private void WriteCall(ToolCallPart call)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "tool_use");
        writer.WriteString("id", ToolCallIds.Fit(call.Id, LongestCallId, notes));
        writer.WriteString("name", writing.Names.Of(call.Name));
        writer.WriteArguments("input", call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments, notes);
        WriteCache(writer, call.Cache);
        writer.WriteEndObject();
    }

    private void WriteResult(ToolResultPart result)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "tool_result");
        writer.WriteString("tool_use_id", ToolCallIds.Fit(result.CallId, LongestCallId, notes));
        var parts = result.Parts.Where(IsWritten).ToList();
        if (parts.Count > 0)
        {
            writer.WritePropertyName("content");
            WriteContent(parts);
        }
        writer.WriteFlag("is_error", result.IsError ? true : null);
        WriteCache(writer, result.Cache);
        writer.WriteEndObject();
    }
}
