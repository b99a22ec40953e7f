using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>Reads and writes whole answers of chat completions.</summary>
internal static class ChatAnswer
{
    public static CanonicalResponse Read(JsonElement root, AnswerContext context)
    {
        var choices = new List<CanonicalChoice>();
        foreach (var choice in root.List("choices"))
        {
            if (choice.Has("message", out var message) && message.ValueKind == JsonValueKind.Object)
            {
                choices.Add(ReadChoice(choice, message, choices.Count, context));
            }
        }
        return new CanonicalResponse
        {
            Id = root.Text("id") is { Length: > 0 } id ? id : null,
            Model = root.Text("model"),
            ServiceTier = root.Text("service_tier"),
            Choices = choices,
            Usage = root.Has("usage", out var usage) ? ChatUsage.Read(usage) : null,
        };
    }

    private static CanonicalChoice ReadChoice(JsonElement choice, JsonElement message, int position, AnswerContext context)
    {
        var parts = new List<CanonicalPart>();
        ChatMessageReader.ReadReasoning(message, parts);
        if (message.Text("content") is { Length: > 0 } text)
        {
            parts.Add(new TextPart(text));
        }
        foreach (var piece in message.List("content"))
        {
            AddPiece(piece, parts);
        }
        if (message.Text("refusal") is { Length: > 0 } refusal)
        {
            parts.Add(new RefusalPart(refusal));
        }
        var calls = 0;
        foreach (var call in message.List("tool_calls"))
        {
            if (ChatMessageReader.ReadCall(call) is { } read)
            {
                parts.Add(read.Id.Length > 0 ? read : read with { Id = ToolCallIds.Of(context.Id, calls) });
                calls++;
            }
        }
        var stop = Stop(choice.Text("finish_reason"), calls > 0);
        var logProbs = choice.Has("logprobs", out var given) && given.Has("content", out var list) ? list : (JsonElement?)null;
        return new CanonicalChoice((int)Math.Clamp(choice.Whole("index") ?? position, 0, 127), parts, stop, LogProbs: logProbs);
    }

    // Mistral gives content as a list where the model thinks.
    private static void AddPiece(JsonElement piece, List<CanonicalPart> parts)
    {
        if (piece.Text("text") is { Length: > 0 } said)
        {
            parts.Add(new TextPart(said));
        }
        var thought = piece.Text("thinking") ?? string.Concat(piece.List("thinking").Select(inner => inner.Text("text")));
        if (thought.Length > 0)
        {
            parts.Add(new ReasoningPart(thought));
        }
    }

    /// <summary>The reason that a word means. OpenAI says <c>stop</c> where the call of a tool was forced.</summary>
    public static StopReason Stop(string? word, bool hasCalls) =>
        word switch
        {
            "stop" => hasCalls ? StopReason.ToolCalls : StopReason.EndTurn,
            "length" => StopReason.Length,
            "tool_calls" or "function_call" => StopReason.ToolCalls,
            "content_filter" => StopReason.Refusal,
            _ => StopReason.Unknown,
        };

    /// <summary>The word for a reason.</summary>
    public static string Word(StopReason stop) =>
        stop switch
        {
            StopReason.Length or StopReason.ContextWindow => "length",
            StopReason.ToolCalls => "tool_calls",
            StopReason.Refusal => "content_filter",
            _ => "stop",
        };

    public static void Write(Utf8JsonWriter writer, CanonicalResponse response, AnswerContext context, RuleNotes notes)
    {
        writer.WriteStartObject();
        writer.WriteString("id", response.Id ?? context.Id);
        writer.WriteString("object", "chat.completion");
        writer.WriteNumber("created", context.Created);
        writer.WriteString("model", response.Model ?? context.Request.Model);
        writer.WriteStartArray("choices");
        foreach (var choice in response.Choices)
        {
            writer.WriteStartObject();
            writer.WriteNumber("index", choice.Index);
            WriteMessage(writer, choice.Parts, context, notes);
            WriteLogProbs(writer, choice.LogProbs);
            writer.WriteString("finish_reason", Word(choice.Stop));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        if (response.Usage is { } usage)
        {
            ChatUsage.Write(writer, usage);
        }
        writer.WriteEndObject();
    }

    private static void WriteLogProbs(Utf8JsonWriter writer, JsonElement? logProbs)
    {
        if (logProbs is not { } list)
        {
            writer.WriteNull("logprobs");
            return;
        }
        writer.WriteStartObject("logprobs");
        writer.WriteJson("content", list);
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, IReadOnlyList<CanonicalPart> parts, AnswerContext context, RuleNotes notes)
    {
        writer.WriteStartObject("message");
        writer.WriteString("role", "assistant");
        var text = JsonParts.JoinedText(parts, "");
        var calls = parts.OfType<ToolCallPart>().ToList();
        if (text.Length > 0 || calls.Count == 0)
        {
            writer.WriteString("content", text);
        }
        else
        {
            writer.WriteNull("content");
        }
        writer.WriteString("refusal", parts.OfType<RefusalPart>().FirstOrDefault()?.Text);
        WriteReasoning(writer, parts.OfType<ReasoningPart>().ToList());
        if (calls.Count > 0)
        {
            writer.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                WriteCall(writer, call, context);
            }
            writer.WriteEndArray();
        }
        foreach (var part in parts)
        {
            notes.NoteIf(part is OpaquePart or MediaPart, TranslationRules.DropVendorContent);
            notes.NoteIf(part is TextPart { Citations: not null }, TranslationRules.DropCitations);
        }
        writer.WriteEndObject();
    }

    private static void WriteReasoning(Utf8JsonWriter writer, List<ReasoningPart> parts)
    {
        var text = string.Concat(parts.Select(part => part.Text));
        writer.WriteText("reasoning_content", text.Length > 0 ? text : null);
        if (parts.Any(ChatReasoning.IsSigned))
        {
            writer.WriteStartArray("reasoning_details");
            for (var index = 0; index < parts.Count; index++)
            {
                ChatReasoning.Write(writer, parts[index], index);
            }
            writer.WriteEndArray();
        }
    }

    private static void WriteCall(Utf8JsonWriter writer, ToolCallPart call, AnswerContext context)
    {
        var name = context.ToolName(call.Name);
        var isFreeform = call.IsFreeform || context.IsFreeform(name);
        var kind = isFreeform ? "custom" : "function";
        writer.WriteStartObject();
        writer.WriteString("id", call.Id);
        writer.WriteString("type", kind);
        writer.WriteStartObject(kind);
        writer.WriteString("name", name);
        writer.WriteString(
            isFreeform ? "input" : "arguments",
            isFreeform && !call.IsFreeform ? FreeformTools.Unwrap(call.Arguments)
                : call.Arguments.Length == 0 && !isFreeform ? "{}"
                : call.Arguments
        );
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
