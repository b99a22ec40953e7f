using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Providers.Translation.Converse;

/// <summary>Reads and writes whole answers of Bedrock's Converse.</summary>
internal static class ConverseAnswer
{
    public static CanonicalResponse Read(JsonElement root, AnswerContext context)
    {
        if (!root.Has("output", out var output) || !output.Has("message", out var message) || message.ValueKind != JsonValueKind.Object)
        {
            return new CanonicalResponse();
        }
        var parts = new List<CanonicalPart>();
        foreach (var block in message.List("content"))
        {
            if (block.ValueKind == JsonValueKind.Object)
            {
                var part = ConverseBlockReader.ReadAnswerBlock(block);
                parts.Add(part is ToolCallPart { Id.Length: 0 } call ? call with { Id = ToolCallIds.Of(context.Id, parts.Count) } : part);
            }
        }
        return new CanonicalResponse
        {
            Choices = [new CanonicalChoice(0, parts, Stop(root.Text("stopReason")))],
            Usage = root.Has("usage", out var usage) ? ReadUsage(usage) : null,
        };
    }

    /// <summary>The reason that a word means.</summary>
    public static StopReason Stop(string? word) =>
        word switch
        {
            "end_turn" => StopReason.EndTurn,
            "tool_use" => StopReason.ToolCalls,
            "max_tokens" => StopReason.Length,
            "stop_sequence" => StopReason.StopSequence,
            "guardrail_intervened" or "content_filtered" => StopReason.Refusal,
            "model_context_window_exceeded" => StopReason.ContextWindow,
            _ => StopReason.Unknown,
        };

    /// <summary>The word for a reason.</summary>
    public static string Word(StopReason stop) =>
        stop switch
        {
            StopReason.ToolCalls => "tool_use",
            StopReason.Length => "max_tokens",
            StopReason.StopSequence => "stop_sequence",
            StopReason.Refusal => "content_filtered",
            StopReason.ContextWindow => "model_context_window_exceeded",
            _ => "end_turn",
        };

    /// <summary>Reads <c>usage</c>: what was read from the cache and written to it is beside the input tokens. Null where it says nothing.</summary>
    public static CanonicalUsage? ReadUsage(JsonElement usage)
    {
        if (Count(usage, "inputTokens") is not { } input || Count(usage, "outputTokens") is not { } output)
        {
            return null;
        }
        var tokens = default(TokenUsage);
        tokens[UsageClass.Input] = input;
        tokens[UsageClass.Output] = output;
        tokens[UsageClass.CacheRead] = Count(usage, "cacheReadInputTokens") ?? 0;
        var written = Count(usage, "cacheWriteInputTokens") ?? 0;
        foreach (var detail in usage.List("cacheDetails"))
        {
            if (detail.Text("ttl") == "1h" && Count(detail, "inputTokens") is { } lasting)
            {
                tokens[UsageClass.CacheWrite1h] += Math.Min(lasting, written - tokens[UsageClass.CacheWrite1h]);
            }
        }
        tokens[UsageClass.CacheWrite5m] = written - tokens[UsageClass.CacheWrite1h];
        return new CanonicalUsage(tokens);
    }

    private static long? Count(JsonElement owner, string name) =>
        owner.Whole(name) is >= 0 and <= UsageReading.MaxCount and var count ? count : null;

    /// <summary>Writes <c>usage</c>.</summary>
    public static void WriteUsage(Utf8JsonWriter writer, CanonicalUsage usage)
    {
        var tokens = usage.Tokens;
        var written = tokens[UsageClass.CacheWrite5m] + tokens[UsageClass.CacheWrite1h];
        writer.WriteStartObject("usage");
        writer.WriteNumber("inputTokens", tokens.InputTokens - tokens.CachedInputTokens - written);
        writer.WriteNumber("outputTokens", tokens.OutputTokens);
        writer.WriteNumber("totalTokens", tokens.TotalTokens);
        writer.WriteNumber("cacheReadInputTokens", tokens.CachedInputTokens);
        writer.WriteNumber("cacheWriteInputTokens", written);
        writer.WriteEndObject();
    }

    /// <summary>Writes <c>metrics</c>. The latency is the gateway's to know, not the answer's.</summary>
    public static void WriteMetrics(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("metrics");
        writer.WriteNumber("latencyMs", 0);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, CanonicalResponse response, AnswerContext context, RuleNotes notes)
    {
        var choice = response.Choices[0];
        notes.NoteIf(response.Choices.Count > 1, TranslationRules.DropChoices);
        notes.NoteIf(choice.LogProbs is not null, TranslationRules.DropLogProbs);
        writer.WriteStartObject();
        writer.WriteStartObject("output");
        writer.WriteStartObject("message");
        writer.WriteString("role", "assistant");
        writer.WriteStartArray("content");
        foreach (var part in choice.Parts)
        {
            WritePart(writer, part, context, notes);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteString("stopReason", Word(choice.Stop));
        WriteUsage(writer, response.Usage ?? new CanonicalUsage(default));
        WriteMetrics(writer);
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
            case ReasoningPart reasoning:
                WriteReasoning(writer, reasoning, notes);
                break;
            case ToolCallPart call:
                writer.WriteStartObject();
                writer.WriteStartObject("toolUse");
                writer.WriteString("toolUseId", call.Id);
                writer.WriteString("name", context.ToolName(call.Name));
                writer.WriteArguments("input", call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments, notes);
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
            default:
                notes.Note(TranslationRules.DropVendorContent);
                break;
        }
    }

    // Only what a Claude signed goes back to one.
    private static void WriteReasoning(Utf8JsonWriter writer, ReasoningPart part, RuleNotes notes)
    {
        var isOwn = Messages.MessagesBlockWriter.IsOwnReasoning(part);
        notes.NoteIf(!isOwn && (part.Signature is not null || part.Encrypted is not null), TranslationRules.DropReasoningContent);
        if (isOwn || part.Text.Length > 0)
        {
            ConverseBlockWriter.WriteReasoning(writer, isOwn ? part : new ReasoningPart(part.Text));
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }
}
