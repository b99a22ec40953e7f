using System.Text.Json;

namespace Purser.Providers.Translation.Ollama;

/// <summary>Writes a request to Ollama's <c>/api/chat</c>.</summary>
internal static class OllamaRequestWriter
{
    private const string Member = "messages.content";

    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, target, _, notes) = writing;
        if (request.Choices > 1)
        {
            notes.Refuse(TranslationRules.RefuseChoices, "n");
        }
        writer.WriteStartObject();
        writer.WriteString("model", target.Model);
        WriteMessages(writer, writing);
        WriteTools(writer, writing);
        WriteForm(writer, request, notes);
        WriteThink(writer, request, notes);
        writer.WriteFlag("logprobs", request.LogProbs);
        writer.WriteWhole("top_logprobs", request.TopLogProbs);
        WriteOptions(writer, request, target);
        WriteRest(request, notes);
        // A stream is what it gives unasked.
        writer.WriteBoolean("stream", request.Stream);
        writing.WriteExtras(writer, OllamaTranslator.FormatName);
        writer.WriteEndObject();
    }

    private static void WriteMessages(Utf8JsonWriter writer, RequestWriting writing)
    {
        writer.WriteStartArray("messages");
        foreach (var message in writing.Request.Messages)
        {
            writing.Notes.NoteIf(message.Name is not null, TranslationRules.DropName);
            writing.Notes.NoteIf(message.Role == CanonicalRole.Developer, TranslationRules.ChangeDeveloperRole);
            writing.Notes.NoteIf(message.Parts.Any(part => part.Cache is not null), TranslationRules.DropCacheControl);
            foreach (var result in message.Parts.OfType<ToolResultPart>())
            {
                WriteResult(writer, result, writing);
            }
            var images = message.Parts.OfType<ToolResultPart>().SelectMany(result => result.Parts.OfType<MediaPart>()).ToList();
            writing.Notes.NoteIf(images.Count > 0, TranslationRules.ChangeToolResultMedia);
            List<CanonicalPart> rest = [.. images, .. message.Parts.Where(part => part is not ToolResultPart)];
            if (rest.Count > 0 || message.Parts.Count == 0)
            {
                WriteMessage(writer, message.Role, rest, writing);
            }
        }
        writer.WriteEndArray();
    }

    private static void WriteMessage(Utf8JsonWriter writer, CanonicalRole role, List<CanonicalPart> parts, RequestWriting writing)
    {
        var notes = writing.Notes;
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
        // Signed reasoning is another provider's.
        var thoughts = parts.OfType<ReasoningPart>().ToList();
        var plain = string.Concat(thoughts.Where(part => part.Signature is null && part.Encrypted is null).Select(part => part.Text));
        notes.NoteIf(
            thoughts.Exists(part => part.Signature is not null || part.Encrypted is not null),
            TranslationRules.DropReasoningContent
        );
        writer.WriteText("thinking", plain.Length > 0 ? plain : null);
        writer.WriteString(
            "content",
            JsonParts.JoinedText(parts.Select(part => AsText(part, notes)), role == CanonicalRole.Assistant ? "" : "\n\n")
        );
        notes.NoteIf(parts.Any(part => part is OpaquePart), TranslationRules.DropVendorContent);
        notes.NoteIf(parts.Any(part => part is TextPart { Citations: not null }), TranslationRules.DropCitations);
        WriteImages(writer, parts, writing);
        WriteCalls(writer, parts, writing);
        writer.WriteEndObject();
    }

    private static CanonicalPart AsText(CanonicalPart part, RuleNotes notes)
    {
        switch (part)
        {
            case RefusalPart refusal:
                return new TextPart(refusal.Text);
            case MediaPart { Text: { } text } document:
                notes.Note(TranslationRules.ChangeDocumentText);
                return new TextPart(document.Name is { } title ? $"{title}\n\n{text}" : text);
            default:
                return part;
        }
    }

    private static void WriteImages(Utf8JsonWriter writer, List<CanonicalPart> parts, RequestWriting writing)
    {
        var notes = writing.Notes;
        var images = new List<MediaPart>();
        foreach (var media in parts.OfType<MediaPart>().Where(media => media.Text is null))
        {
            notes.NoteIf(media.Detail is not (null or "auto"), TranslationRules.DropImageDetail);
            switch (media)
            {
                case { Kind: MediaKind.Image, Base64: not null }:
                    images.Add(media);
                    break;
                case { FileId: not null }:
                    notes.Refuse(TranslationRules.RefuseFileId, Member);
                    break;
                case { Kind: MediaKind.Image }:
                    notes.Refuse(TranslationRules.RefuseMediaUrl, Member);
                    break;
                case { Kind: MediaKind.Document }:
                    notes.Refuse(TranslationRules.RefuseDocumentInput, Member);
                    break;
                case { Kind: MediaKind.Audio }:
                    notes.Refuse(TranslationRules.RefuseAudioInput, Member);
                    break;
                default:
                    notes.Refuse(TranslationRules.RefuseVideoInput, Member);
                    break;
            }
        }
        if (images.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("images");
        images.ForEach(image => writer.WriteStringValue(image.Base64!.Value.Span));
        writer.WriteEndArray();
    }

    private static void WriteCalls(Utf8JsonWriter writer, List<CanonicalPart> parts, RequestWriting writing)
    {
        var calls = parts.OfType<ToolCallPart>().ToList();
        if (calls.Count == 0)
        {
            return;
        }
        writer.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id", call.Id);
            writer.WriteStartObject("function");
            writer.WriteString("name", writing.Names.Of(call.Name));
            writer.WriteArguments("arguments", call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments, writing.Notes);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteResult(Utf8JsonWriter writer, ToolResultPart result, RequestWriting writing)
    {
        var notes = writing.Notes;
        notes.NoteIf(result.IsError, TranslationRules.ChangeToolError);
        notes.NoteIf(result.Parts.Any(part => part is OpaquePart), TranslationRules.DropVendorContent);
        notes.NoteIf(result.Parts.Any(part => part.Cache is not null), TranslationRules.DropCacheControl);
        var text = JsonParts.JoinedText(result.Parts, "\n\n");
        writer.WriteStartObject();
        writer.WriteString("role", "tool");
        writer.WriteString("content", result.IsError ? "[error] " + text : text);
        writer.WriteText("tool_name", NameOf(result, writing.Request) is { } name ? writing.Names.Of(name) : null);
        writer.WriteString("tool_call_id", result.CallId);
        writer.WriteEndObject();
    }

    private static string? NameOf(ToolResultPart result, CanonicalRequest request) =>
        result.Name
        ?? request
            .Messages.SelectMany(message => message.Parts)
            .OfType<ToolCallPart>()
            .FirstOrDefault(call => call.Id == result.CallId)
            ?.Name;

    private static void WriteTools(Utf8JsonWriter writer, RequestWriting writing)
    {
        var notes = writing.Notes;
        var tools = ToolSelection.Of(writing, OllamaTranslator.FormatName);
        // It has no choice of tools: none is none sent, and that one must be called can't be said.
        if (tools.Count == 0 || writing.Request.ToolChoice?.Kind == ToolChoiceKind.None)
        {
            return;
        }
        notes.NoteIf(writing.Request.ToolChoice is { Kind: not ToolChoiceKind.Auto }, TranslationRules.DropToolChoice);
        notes.NoteIf(writing.Request.ParallelToolCalls == false, TranslationRules.DropParallelToolCalls);
        writer.WriteStartArray("tools");
        foreach (var tool in tools)
        {
            notes.NoteIf(tool.Strict == true, TranslationRules.DropToolStrict);
            notes.NoteIf(tool.Cache is not null, TranslationRules.DropCacheControl);
            writer.WriteStartObject();
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writer.WriteString("name", writing.Names.Of(tool.Name));
            WriteFunction(writer, tool, notes);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteFunction(Utf8JsonWriter writer, CanonicalTool tool, RuleNotes notes)
    {
        if (tool.Kind == ToolKind.Freeform)
        {
            notes.Note(TranslationRules.ChangeFreeformTool);
            writer.WriteString("description", FreeformTools.Description(tool));
            FreeformTools.WriteSchema(writer, "parameters");
            return;
        }
        writer.WriteText("description", tool.Description);
        if (tool.Parameters is { } parameters)
        {
            writer.WriteJson("parameters", parameters);
        }
        else
        {
            writer.WriteEmptySchema("parameters");
        }
    }

    private static void WriteForm(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        if (request.OutputForm is not { } form)
        {
            return;
        }
        notes.NoteIf(form.Name is not null || form.Description is not null, TranslationRules.DropSchemaName);
        if (form.Schema is { } schema)
        {
            writer.WriteJson("format", schema);
        }
        else
        {
            writer.WriteString("format", "json");
        }
    }

    // Most models know on and off alone, and refuse a level; of the levels only their own clients' are sent.
    private static void WriteThink(Utf8JsonWriter writer, CanonicalRequest request, RuleNotes notes)
    {
        if (request.Reasoning is not { } ask)
        {
            return;
        }
        var isOwn = request.Format == OllamaTranslator.FormatName;
        notes.NoteIf(ask.Summary is not null && !isOwn, TranslationRules.DropReasoningSummary);
        if (ask.Enabled is not { } isOn)
        {
            return;
        }
        if (isOwn && ask.Effort is { } effort)
        {
            writer.WriteString("think", effort);
            return;
        }
        notes.NoteIf(isOn && (ask.Effort is not null || ask.BudgetTokens is not null), TranslationRules.ChangeReasoning);
        writer.WriteBoolean("think", isOn);
    }

    private static void WriteOptions(Utf8JsonWriter writer, CanonicalRequest request, TranslationTarget target)
    {
        writer.WriteStartObject("options");
        writer.WriteWhole("num_predict", target.Limit(request.MaxOutputTokens));
        writer.WriteDecimal("temperature", request.Temperature);
        writer.WriteDecimal("top_p", request.TopP);
        writer.WriteWhole("top_k", request.TopK);
        writer.WriteWhole("seed", request.Seed);
        writer.WriteDecimal("frequency_penalty", request.FrequencyPenalty);
        writer.WriteDecimal("presence_penalty", request.PresencePenalty);
        if (request.StopSequences.Count > 0)
        {
            writer.WriteStartArray("stop");
            foreach (var sequence in request.StopSequences)
            {
                writer.WriteStringValue(sequence);
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static void WriteRest(CanonicalRequest request, RuleNotes notes)
    {
        notes.NoteIf(request.Verbosity is not null, TranslationRules.DropVerbosity);
        notes.NoteIf(request.CacheKey is not null, TranslationRules.DropCacheKey);
        notes.NoteIf(request.Cache is not null, TranslationRules.DropCacheControl);
        notes.NoteIf(
            request.ServiceTier is not (null or { Kind: ServiceTierKind.Auto or ServiceTierKind.Standard }),
            TranslationRules.DropServiceTier
        );
        notes.NoteIf(request.User is not null, TranslationRules.DropUser);
        notes.NoteIf(request.Metadata.Count > 0, TranslationRules.DropMetadata);
        notes.NoteIf(request.Store == true, TranslationRules.DropStore);
    }
}
