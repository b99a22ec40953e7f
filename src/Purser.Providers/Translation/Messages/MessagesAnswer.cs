using System.Text.Json;

namespace Purser.Providers.Translation.Messages;

/// <summary>Reads and writes whole answers of Anthropic's messages.</summary>
internal static class MessagesAnswer
{
    public static CanonicalResponse Read(JsonElement root)
    {
        var choices = new List<CanonicalChoice>();
        if (root.Has("content", out var content) && content.ValueKind == JsonValueKind.Array)
        {
            var parts = content
                .EnumerateArray()
                .Where(block => block.ValueKind == JsonValueKind.Object)
                .Select(MessagesBlockReader.ReadAnswerBlock)
                .ToList();
            choices.Add(new CanonicalChoice(0, parts, Stop(root.Text("stop_reason")), root.Text("stop_sequence")));
        }
        return new CanonicalResponse
        {
            Id = root.Text("id") is { Length: > 0 } id ? id : null,
            Model = root.Text("model"),
            Choices = choices,
            Usage = root.Has("usage", out var usage) ? new MessagesUsage().Read(usage) : null,
        };
    }

    /// <summary>The reason that a word means.</summary>
    public static StopReason Stop(string? word) =>
        word switch
        {
            "end_turn" => StopReason.EndTurn,
            "max_tokens" => StopReason.Length,
            "stop_sequence" => StopReason.StopSequence,
            "tool_use" => StopReason.ToolCalls,
            "refusal" => StopReason.Refusal,
            "pause_turn" => StopReason.Pause,
            "model_context_window_exceeded" => StopReason.ContextWindow,
            _ => StopReason.Unknown,
        };

    /// <summary>The word for a reason.</summary>
    public static string Word(StopReason stop) =>
        stop switch
        {
            StopReason.Length => "max_tokens",
            StopReason.StopSequence => "stop_sequence",
            StopReason.ToolCalls => "tool_use",
            StopReason.Refusal => "refusal",
            StopReason.Pause => "pause_turn",
            StopReason.ContextWindow => "model_context_window_exceeded",
            _ => "end_turn",
        };

    public static void Write(Utf8JsonWriter writer, CanonicalResponse response, AnswerContext context, RuleNotes notes)
    {
        var choice = response.Choices[0];
        notes.NoteIf(response.Choices.Count > 1, TranslationRules.DropChoices);
        notes.NoteIf(choice.LogProbs is not null, TranslationRules.DropLogProbs);
        writer.WriteStartObject();
        writer.WriteString("id", response.Id ?? context.Id);
        writer.WriteString("type", "message");
        writer.WriteString("role", "assistant");
        writer.WriteString("model", response.Model ?? context.Request.Model);
        writer.WriteStartArray("content");
        foreach (var part in choice.Parts)
        {
            WritePart(writer, part, context, notes);
        }
        writer.WriteEndArray();
        writer.WriteString("stop_reason", Word(choice.Stop));
        writer.WriteString("stop_sequence", choice.StopSequence);
        MessagesUsage.Write(writer, response.Usage ?? new CanonicalUsage(default));
        writer.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter writer, CanonicalPart part, AnswerContext context, RuleNotes notes)
    {
        switch (part)
        {
            case TextPart text:
                notes.NoteIf(text.Citations is not null, TranslationRules.DropCitations);
                WriteText(writer, text.Text);
                break;
            case RefusalPart refusal:
                WriteText(writer, refusal.Text);
                break;
            case ReasoningPart { Text.Length: 0, Encrypted: not null } hidden when hidden.Signer != MessagesTranslator.FormatName:
                notes.Note(TranslationRules.DropReasoningContent);
                break;
            case ReasoningPart reasoning:
                MessagesBlockWriter.WriteReasoning(writer, reasoning);
                break;
            case ToolCallPart call:
                writer.WriteStartObject();
                writer.WriteString("type", "tool_use");
                writer.WriteString("id", call.Id);
                writer.WriteString("name", context.ToolName(call.Name));
                writer.WriteArguments("input", call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments, notes);
                writer.WriteEndObject();
                break;
            default:
                notes.Note(TranslationRules.DropVendorContent);
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }
}
