using System.Globalization;
using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Providers.Translation.Ollama;

/// <summary>Reads and writes answers of Ollama: whole ones, and lines of a stream, which have the same form.</summary>
internal static class OllamaAnswer
{
    public static CanonicalResponse Read(JsonElement root, AnswerContext context)
    {
        if (!root.Has("message", out var message) || message.ValueKind != JsonValueKind.Object)
        {
            return new CanonicalResponse();
        }
        var parts = new List<CanonicalPart>();
        OllamaMessages.ReadSaid(message, parts);
        var calls = 0;
        foreach (var call in message.List("tool_calls"))
        {
            if (call.Has("function", out var function) && function.Text("name") is { Length: > 0 } name)
            {
                parts.Add(OllamaMessages.ReadCall(call, function, name, ToolCallIds.Of(context.Id, calls++)));
            }
        }
        return new CanonicalResponse
        {
            Model = root.Text("model"),
            Choices = [new CanonicalChoice(0, parts, Stop(root.Text("done_reason"), calls > 0), LogProbs: LogProbs(root))],
            Usage = ReadUsage(root),
        };
    }

    /// <summary>The reason that a word means.</summary>
    public static StopReason Stop(string? word, bool hasCalls) =>
        word switch
        {
            "stop" => hasCalls ? StopReason.ToolCalls : StopReason.EndTurn,
            "length" => StopReason.Length,
            _ => hasCalls ? StopReason.ToolCalls : StopReason.Unknown,
        };

    /// <summary>The log probabilities, which have the form of chat completions.</summary>
    public static JsonElement? LogProbs(JsonElement root) =>
        root.Has("logprobs", out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 ? list : null;

    /// <summary>The counts, which stand in the answer itself; null where there are none.</summary>
    public static CanonicalUsage? ReadUsage(JsonElement root)
    {
        if (root.Whole("eval_count") is not (>= 0 and <= UsageReading.MaxCount and var output))
        {
            return null;
        }
        var tokens = default(TokenUsage);
        // Left out where all of the prompt was in the cache.
        tokens[UsageClass.Input] = Math.Clamp(root.Whole("prompt_eval_count") ?? 0, 0, UsageReading.MaxCount);
        tokens[UsageClass.Output] = output;
        return new CanonicalUsage(tokens);
    }

    /// <summary>Begins an answer: the members before its message.</summary>
    public static void WriteHead(Utf8JsonWriter writer, string model, AnswerContext context)
    {
        writer.WriteStartObject();
        writer.WriteString("model", model);
        writer.WriteString(
            "created_at",
            DateTimeOffset.FromUnixTimeSeconds(context.Created).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
        );
    }

    /// <summary>Ends an answer that is done.</summary>
    public static void WriteEnd(Utf8JsonWriter writer, StopReason stop, CanonicalUsage? usage)
    {
        writer.WriteBoolean("done", true);
        writer.WriteString("done_reason", stop is StopReason.Length or StopReason.ContextWindow ? "length" : "stop");
        if (usage is { Tokens: var tokens })
        {
            writer.WriteNumber("total_duration", 0);
            writer.WriteNumber("load_duration", 0);
            writer.WriteNumber("prompt_eval_count", tokens.InputTokens);
            writer.WriteNumber("prompt_eval_duration", 0);
            writer.WriteNumber("eval_count", tokens.OutputTokens);
            writer.WriteNumber("eval_duration", 0);
        }
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, CanonicalResponse response, AnswerContext context, RuleNotes notes)
    {
        var choice = response.Choices[0];
        notes.NoteIf(response.Choices.Count > 1, TranslationRules.DropChoices);
        WriteHead(writer, response.Model ?? context.Request.Model, context);
        writer.WriteStartObject("message");
        writer.WriteString("role", "assistant");
        var thoughts = choice.Parts.OfType<ReasoningPart>().ToList();
        notes.NoteIf(
            thoughts.Exists(part => part.Signature is not null || part.Encrypted is not null),
            TranslationRules.DropReasoningContent
        );
        var thinking = string.Concat(thoughts.Select(part => part.Text));
        writer.WriteString("content", string.Concat(choice.Parts.Select(Said)));
        writer.WriteText("thinking", thinking.Length > 0 ? thinking : null);
        var calls = choice.Parts.OfType<ToolCallPart>().ToList();
        if (calls.Count > 0)
        {
            writer.WriteStartArray("tool_calls");
            calls.ForEach(call => WriteCall(writer, call, context, notes));
            writer.WriteEndArray();
        }
        notes.NoteIf(choice.Parts.Any(part => part is OpaquePart or MediaPart), TranslationRules.DropVendorContent);
        notes.NoteIf(choice.Parts.Any(part => part is TextPart { Citations: not null }), TranslationRules.DropCitations);
        writer.WriteEndObject();
        if (choice.LogProbs is { } list)
        {
            writer.WriteJson("logprobs", list);
        }
        WriteEnd(writer, choice.Stop, response.Usage);
    }

    private static string Said(CanonicalPart part) =>
        part switch
        {
            TextPart text => text.Text,
            RefusalPart refusal => refusal.Text,
            _ => "",
        };

    /// <summary>Writes a call, by its client's name.</summary>
    public static void WriteCall(Utf8JsonWriter writer, ToolCallPart call, AnswerContext context, RuleNotes notes)
    {
        writer.WriteStartObject();
        writer.WriteString("id", call.Id);
        writer.WriteStartObject("function");
        writer.WriteString("name", context.ToolName(call.Name));
        writer.WriteArguments("arguments", call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments, notes);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
