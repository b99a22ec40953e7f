using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>Writes the conversation of a request for chat completions.</summary>
internal sealed class ChatMessageWriter(Utf8JsonWriter writer, RequestWriting writing)
{
    /// <summary>The longest id of a tool call that OpenAI takes.</summary>
    public const int LongestCallId = 40;

    private readonly CanonicalRequest request = writing.Request;
    private readonly RuleNotes notes = writing.Notes;

    /// <summary>Writes the list of messages.</summary>
    public void Write()
    {
        writer.WriteStartArray("messages");
        foreach (var message in request.Messages)
        {
            switch (message.Role)
            {
                case CanonicalRole.System or CanonicalRole.Developer:
                    WriteSystem(message);
                    break;
                case CanonicalRole.User:
                    WriteUser(message);
                    break;
                default:
                    WriteAssistant(message);
                    break;
            }
        }
        writer.WriteEndArray();
        if (request.Format != ChatTranslator.FormatName && request.Messages is [.., { Role: CanonicalRole.Assistant }])
        {
            notes.Note(TranslationRules.ChangePrefill);
        }
    }

    private void WriteSystem(CanonicalMessage message)
    {
        var isDeveloper = message.Role == CanonicalRole.Developer;
        var keepsRole = request.Format == ChatTranslator.FormatName || ChatModels.Reasons(writing.Target.Model);
        notes.NoteIf(isDeveloper && !keepsRole, TranslationRules.ChangeDeveloperRole);
        Begin(isDeveloper && keepsRole ? "developer" : "system", message.Name);
        WriteJoined(message.Parts);
        writer.WriteEndObject();
    }

    // Results come first: they must follow the calls. What can't be in them follows in a message of the user.
    private void WriteUser(CanonicalMessage message)
    {
        var rest = new List<CanonicalPart>();
        var media = new List<CanonicalPart>();
        foreach (var part in message.Parts)
        {
            if (part is ToolResultPart result)
            {
                WriteResult(result, media);
            }
            else
            {
                rest.Add(part);
            }
        }
        media.AddRange(rest);
        if (media.Count > 0 || message.Parts.Count == 0)
        {
            Begin("user", message.Name);
            WriteContent(media);
            writer.WriteEndObject();
        }
    }

    private void WriteResult(ToolResultPart result, List<CanonicalPart> media)
    {
        Begin("tool", null);
        writer.WriteString("tool_call_id", ToolCallIds.Fit(result.CallId, LongestCallId, notes));
        var text = JsonParts.JoinedText(result.Parts, "\n\n");
        notes.NoteIf(result.IsError, TranslationRules.ChangeToolError);
        writer.WriteString("content", result.IsError ? "[error] " + text : text);
        NoteCaches(result.Parts);
        NoteCache(result.Cache);
        writer.WriteEndObject();
        var others = result.Parts.Where(part => part is MediaPart).ToList();
        notes.NoteIf(result.Parts.Any(part => part is OpaquePart), TranslationRules.DropVendorContent);
        if (others.Count > 0)
        {
            notes.Note(TranslationRules.ChangeToolResultMedia);
            media.Add(new TextPart($"[result of {ToolCallIds.Fit(result.CallId, LongestCallId, notes)}]"));
            media.AddRange(others);
        }
    }

    private void WriteAssistant(CanonicalMessage message)
    {
        Begin("assistant", message.Name);
        WriteReasoning(message.Parts.OfType<ReasoningPart>().ToList());
        var text = JsonParts.JoinedText(message.Parts, "");
        var calls = message.Parts.OfType<ToolCallPart>().ToList();
        if (text.Length > 0 || calls.Count == 0)
        {
            writer.WriteString("content", text);
        }
        else
        {
            writer.WriteNull("content");
        }
        foreach (var part in message.Parts)
        {
            NoteCache(part.Cache);
            notes.NoteIf(part is OpaquePart or MediaPart, TranslationRules.DropVendorContent);
            notes.NoteIf(part is TextPart { Citations: not null }, TranslationRules.DropCitations);
        }
        writer.WriteText("refusal", message.Parts.OfType<RefusalPart>().FirstOrDefault()?.Text);
        if (calls.Count > 0)
        {
            writer.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                WriteCall(call);
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private void WriteCall(ToolCallPart call)
    {
        var isCustom =
            call.IsFreeform && request.Tools.Any(tool => tool.Name == call.Name && ChatRequestWriter.IsCustom(tool, writing.Target.Model));
        writer.WriteStartObject();
        writer.WriteString("id", ToolCallIds.Fit(call.Id, LongestCallId, notes));
        writer.WriteString("type", isCustom ? "custom" : "function");
        writer.WriteStartObject(isCustom ? "custom" : "function");
        writer.WriteString("name", writing.Names.Of(call.Name));
        writer.WriteString(
            isCustom ? "input" : "arguments",
            isCustom ? call.Arguments
                : call.IsFreeform ? FreeformTools.Wrap(call.Arguments)
                : call.Arguments.Length == 0 ? "{}"
                : call.Arguments
        );
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteReasoning(List<ReasoningPart> parts)
    {
        var own = request.Format == ChatTranslator.FormatName;
        var plain = parts.Where(part => own || !ChatReasoning.IsSigned(part)).ToList();
        if (!own && !ChatModels.TakesReasoningBack(writing.Target.Model))
        {
            plain.Clear();
        }
        notes.NoteIf(plain.Count < parts.Count, TranslationRules.DropReasoningContent);
        var text = string.Concat(plain.Select(part => part.Text));
        writer.WriteText("reasoning_content", text.Length > 0 ? text : null);
        if (own && parts.Any(ChatReasoning.IsSigned))
        {
            writer.WriteStartArray("reasoning_details");
            for (var index = 0; index < parts.Count; index++)
            {
                ChatReasoning.Write(writer, parts[index], index);
            }
            writer.WriteEndArray();
        }
    }

    private void WriteContent(IReadOnlyList<CanonicalPart> parts)
    {
        var said = parts.Where(part => part is not TextPart { Text.Length: 0 }).ToList();
        if (said.TrueForAll(part => part is TextPart { Cache: null }) && said.Count <= 1)
        {
            writer.WriteString("content", JsonParts.JoinedText(said, ""));
            return;
        }
        writer.WriteStartArray("content");
        foreach (var part in said)
        {
            ChatMedia.WritePart(writer, part, writing);
        }
        writer.WriteEndArray();
    }

    private void WriteJoined(IReadOnlyList<CanonicalPart> parts)
    {
        writer.WriteString("content", JsonParts.JoinedText(parts, "\n\n"));
        NoteCaches(parts);
        notes.NoteIf(parts.Any(part => part is OpaquePart or MediaPart), TranslationRules.DropVendorContent);
    }

    private void NoteCaches(IEnumerable<CanonicalPart> parts) => NoteCache(parts.FirstOrDefault(part => part.Cache is not null)?.Cache);

    private void NoteCache(CacheHint? cache) => notes.NoteIf(cache is not null, TranslationRules.DropCacheControl);

    private void Begin(string role, string? name)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteText("name", name);
    }
}
