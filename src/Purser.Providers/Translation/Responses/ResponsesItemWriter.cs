using System.Text.Json;

namespace Purser.Providers.Translation.Responses;

/// <summary>Writes the conversation of a request for a response: its instructions and its items.</summary>
internal sealed class ResponsesItemWriter(Utf8JsonWriter writer, RequestWriting writing)
{
    private const int LongestCallId = 64;

    private readonly CanonicalRequest request = writing.Request;
    private readonly RuleNotes notes = writing.Notes;

    /// <summary>Writes <c>instructions</c> and <c>input</c>.</summary>
    public void Write()
    {
        // The system's prompts at the beginning are the instructions, unless there is nothing else.
        var prompts = request.Messages.TakeWhile(message => message.Role == CanonicalRole.System).Count();
        if (prompts > 0 && prompts < request.Messages.Count)
        {
            var parts = request.Messages.Take(prompts).SelectMany(message => message.Parts).ToList();
            writer.WriteString("instructions", JsonParts.JoinedText(parts, "\n\n"));
            NoteLost(parts);
            notes.NoteIf(request.Messages.Take(prompts).Any(message => message.Name is not null), TranslationRules.DropName);
        }
        writer.WriteStartArray("input");
        foreach (var message in request.Messages.Skip(prompts < request.Messages.Count ? prompts : 0))
        {
            notes.NoteIf(message.Name is not null, TranslationRules.DropName);
            if (message.Role == CanonicalRole.Assistant)
            {
                WriteAssistant(message.Parts);
            }
            else
            {
                WriteMessage(message);
            }
        }
        writer.WriteEndArray();
        if (request.Format != ResponsesTranslator.FormatName && request.Messages is [.., { Role: CanonicalRole.Assistant }])
        {
            notes.Note(TranslationRules.ChangePrefill);
        }
    }

    private void NoteLost(IReadOnlyList<CanonicalPart> parts)
    {
        notes.NoteIf(parts.Any(part => part is not TextPart), TranslationRules.DropVendorContent);
        notes.NoteIf(parts.Any(part => part.Cache is not null), TranslationRules.DropCacheControl);
    }

    // Results come first: they must follow the calls.
    private void WriteMessage(CanonicalMessage message)
    {
        foreach (var result in message.Parts.OfType<ToolResultPart>())
        {
            WriteResult(result);
        }
        var rest = message.Parts.Where(part => part is not ToolResultPart && IsWritten(part)).ToList();
        if (rest.Count == 0)
        {
            return;
        }
        BeginMessage(
            message.Role switch
            {
                CanonicalRole.System => "system",
                CanonicalRole.Developer => "developer",
                _ => "user",
            }
        );
        WriteInput(rest);
        EndMessage();
    }

    private void WriteAssistant(IReadOnlyList<CanonicalPart> parts)
    {
        for (var index = 0; index < parts.Count; index++)
        {
            notes.NoteIf(parts[index].Cache is not null, TranslationRules.DropCacheControl);
            switch (parts[index])
            {
                case TextPart or RefusalPart:
                    index = WriteSaid(parts, index);
                    break;
                case ReasoningPart { Signer: ResponsesTranslator.FormatName, Encrypted: { } encrypted } own:
                    ResponsesReasoning.Write(writer, own.Id, own.Text, encrypted);
                    break;
                case ReasoningPart:
                    notes.Note(TranslationRules.DropReasoningContent);
                    break;
                case ToolCallPart call:
                    WriteCall(call);
                    break;
                case OpaquePart { Format: ResponsesTranslator.FormatName } opaque:
                    opaque.Json.WriteTo(writer);
                    break;
                default:
                    notes.Note(TranslationRules.DropVendorContent);
                    break;
            }
        }
    }

    // Texts that follow one another are one message; gives the index of the last.
    private int WriteSaid(IReadOnlyList<CanonicalPart> parts, int from)
    {
        var end = from;
        while (end < parts.Count && parts[end] is TextPart or RefusalPart)
        {
            end++;
        }
        var said = parts.Skip(from).Take(end - from).Where(part => part is not TextPart { Text.Length: 0 }).ToList();
        if (said.Count > 0)
        {
            BeginMessage("assistant");
            foreach (var part in said)
            {
                WriteOutput(part);
            }
            EndMessage();
        }
        return end - 1;
    }

    private void WriteOutput(CanonicalPart part)
    {
        writer.WriteStartObject();
        if (part is TextPart text)
        {
            var keeps = text is { Citations: not null, CitationsFormat: ResponsesTranslator.FormatName };
            notes.NoteIf(text.Citations is not null && !keeps, TranslationRules.DropCitations);
            writer.WriteString("type", "output_text");
            writer.WriteString("text", text.Text);
            if (keeps)
            {
                writer.WriteJson("annotations", text.Citations!.Value);
            }
        }
        else
        {
            writer.WriteString("type", "refusal");
            writer.WriteString("refusal", ((RefusalPart)part).Text);
        }
        writer.WriteEndObject();
    }

    private void WriteCall(ToolCallPart call)
    {
        var tool = request.Tools.FirstOrDefault(tool => tool.Name == call.Name);
        var isCustom =
            call.IsFreeform && (tool is null ? request.Format == ResponsesTranslator.FormatName : ResponsesTools.IsCustom(tool, writing));
        writer.WriteStartObject();
        writer.WriteString("type", isCustom ? "custom_tool_call" : "function_call");
        writer.WriteString("call_id", ToolCallIds.Fit(call.Id, LongestCallId, notes));
        writer.WriteString("name", tool?.Group?.OwnName ?? writing.Names.Of(call.Name));
        writer.WriteText("namespace", tool?.Group?.Name);
        if (isCustom)
        {
            writer.WriteString("input", call.Arguments);
        }
        else
        {
            var arguments = call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments;
            writer.WriteString("arguments", arguments.Length == 0 ? "{}" : arguments);
        }
        writer.WriteEndObject();
    }

    private void WriteResult(ToolResultPart result)
    {
        var isCustom = result.IsFreeform && IsCustomCall(result.CallId);
        notes.NoteIf(result.IsError, TranslationRules.ChangeToolError);
        notes.NoteIf(result.Cache is not null || result.Parts.Any(part => part.Cache is not null), TranslationRules.DropCacheControl);
        writer.WriteStartObject();
        writer.WriteString("type", isCustom ? "custom_tool_call_output" : "function_call_output");
        writer.WriteString("call_id", ToolCallIds.Fit(result.CallId, LongestCallId, notes));
        if (result.Parts.All(part => part is TextPart))
        {
            var text = JsonParts.JoinedText(result.Parts, "\n\n");
            writer.WriteString("output", result.IsError ? "[error] " + text : text);
        }
        else
        {
            writer.WriteStartArray("output");
            if (result.IsError)
            {
                WriteText("[error] ");
            }
            foreach (var part in result.Parts.Where(IsWritten))
            {
                WriteInputPart(part);
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    // Whether the call that a result belongs to is written as one of a custom tool.
    private bool IsCustomCall(string callId)
    {
        var call = request.Messages.SelectMany(message => message.Parts).OfType<ToolCallPart>().FirstOrDefault(call => call.Id == callId);
        var tool = call is null ? null : request.Tools.FirstOrDefault(tool => tool.Name == call.Name);
        return tool is null ? request.Format == ResponsesTranslator.FormatName : ResponsesTools.IsCustom(tool, writing);
    }

    private bool IsWritten(CanonicalPart part)
    {
        notes.NoteIf(part is OpaquePart opaque && opaque.Format != ResponsesTranslator.FormatName, TranslationRules.DropVendorContent);
        return part switch
        {
            OpaquePart own => own.Format == ResponsesTranslator.FormatName,
            TextPart text => text.Text.Length > 0,
            ReasoningPart => false,
            _ => true,
        };
    }

    private void WriteInput(List<CanonicalPart> parts)
    {
        foreach (var part in parts)
        {
            notes.NoteIf(part.Cache is not null, TranslationRules.DropCacheControl);
            WriteInputPart(part);
        }
    }

    private void WriteInputPart(CanonicalPart part)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text);
                break;
            case RefusalPart refusal:
                WriteText(refusal.Text);
                break;
            case MediaPart media:
                ResponsesMedia.Write(writer, media, writing);
                break;
            case OpaquePart { Format: ResponsesTranslator.FormatName } opaque:
                opaque.Json.WriteTo(writer);
                break;
            default:
                notes.Note(TranslationRules.DropVendorContent);
                break;
        }
    }

    private void WriteText(string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "input_text");
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }

    private void BeginMessage(string role)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "message");
        writer.WriteString("role", role);
        writer.WriteStartArray("content");
    }

    private void EndMessage()
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
