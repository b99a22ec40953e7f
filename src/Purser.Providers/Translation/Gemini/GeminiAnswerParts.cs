using System.Runtime.InteropServices;
using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.Gemini;

namespace Purser.Providers.Translation.Gemini;

/// <summary>Reads and writes whole answers of <c>generateContent</c>.</summary>
internal static class GeminiAnswerParts
{
    public static CanonicalResponse Read(JsonElement root, AnswerContext context)
    {
        var choices = new List<CanonicalChoice>();
        var calls = 0;
        foreach (var candidate in root.List("candidates"))
        {
            if (candidate.ValueKind == JsonValueKind.Object)
            {
                choices.Add(ReadCandidate(candidate, choices.Count, context, ref calls));
            }
        }
        if (choices.Count == 0 && IsBlocked(root))
        {
            choices.Add(new CanonicalChoice(0, [], StopReason.Refusal));
        }
        return new CanonicalResponse
        {
            Id = root.Text("responseId") is { Length: > 0 } id ? id : null,
            Model = root.Text("modelVersion"),
            Choices = choices,
            Usage = root.Has("usageMetadata", out var usage) ? ReadUsage(usage) : null,
        };
    }

    /// <summary>Whether the prompt was blocked: there is no candidate then.</summary>
    public static bool IsBlocked(JsonElement root) => root.Has("promptFeedback", out var feedback) && feedback.Has("blockReason", out _);

    private static CanonicalChoice ReadCandidate(JsonElement candidate, int position, AnswerContext context, ref int calls)
    {
        var parts = new List<CanonicalPart>();
        var before = calls;
        foreach (var part in candidate.Has("content", out var content) ? content.List("parts") : [])
        {
            if (part.ValueKind != JsonValueKind.Object)
            {
                continue;
            }
            if (part.Has("functionCall", out var call) && call.Text("name") is { Length: > 0 } name)
            {
                GeminiContentReader.AddSignature(part, parts);
                parts.Add(GeminiContentReader.ReadCall(call, name, ToolCallIds.Of(context.Id, calls++)));
            }
            else
            {
                GeminiContentReader.ReadOther(part, parts);
            }
        }
        return new CanonicalChoice(
            (int)Math.Clamp(candidate.Whole("index") ?? position, 0, 127),
            Joined(parts),
            Stop(candidate.Text("finishReason"), calls > before),
            LogProbs: GeminiLogProbs.Read(candidate)
        );
    }

    // An answer that is gathered from a stream has its text in many parts.
    private static List<CanonicalPart> Joined(List<CanonicalPart> parts)
    {
        var joined = new List<CanonicalPart>();
        foreach (var part in parts)
        {
            switch ((part, joined.Count > 0 ? joined[^1] : null))
            {
                case (TextPart text, TextPart before):
                    joined[^1] = new TextPart(before.Text + text.Text);
                    break;
                case (ReasoningPart { Encrypted: null } thought, ReasoningPart { Encrypted: null } before):
                    joined[^1] = new ReasoningPart(before.Text + thought.Text);
                    break;
                default:
                    joined.Add(part);
                    break;
            }
        }
        return joined;
    }

    /// <summary>The reason that a word means.</summary>
    public static StopReason Stop(string? word, bool hasCalls) =>
        word switch
        {
            "STOP" => hasCalls ? StopReason.ToolCalls : StopReason.EndTurn,
            "MAX_TOKENS" => StopReason.Length,
            "SAFETY" or "RECITATION" or "LANGUAGE" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "IMAGE_SAFETY" or "MODEL_ARMOR" =>
                StopReason.Refusal,
            _ => StopReason.Unknown,
        };

    /// <summary>The word for a reason.</summary>
    public static string Word(StopReason stop) =>
        stop switch
        {
            StopReason.Length or StopReason.ContextWindow => "MAX_TOKENS",
            StopReason.Refusal => "SAFETY",
            _ => "STOP",
        };

    /// <summary>Reads <c>usageMetadata</c>; null where it says nothing that can be read.</summary>
    public static CanonicalUsage? ReadUsage(JsonElement usage)
    {
        var reading = new UsageReading();
        if (
            usage.ValueKind != JsonValueKind.Object
            || !GeminiUsage.Read(JsonMarshal.GetRawUtf8Value(usage), reading).TrySplit(reading, out var tokens, out var video)
        )
        {
            return null;
        }
        tokens[UsageClass.VideoInput] += video.Fresh;
        tokens[UsageClass.VideoCacheRead] += video.CacheRead;
        return new CanonicalUsage(tokens);
    }

    /// <summary>Writes <c>usageMetadata</c>. Thoughts are beside the candidates' tokens.</summary>
    public static void WriteUsage(Utf8JsonWriter writer, CanonicalUsage usage)
    {
        var tokens = usage.Tokens;
        var thoughts = tokens[UsageClass.ReasoningOutput];
        writer.WriteStartObject("usageMetadata");
        writer.WriteNumber("promptTokenCount", tokens.InputTokens);
        writer.WriteWhole("cachedContentTokenCount", tokens.CachedInputTokens > 0 ? tokens.CachedInputTokens : null);
        writer.WriteNumber("candidatesTokenCount", tokens.OutputTokens - thoughts);
        writer.WriteWhole("thoughtsTokenCount", thoughts > 0 ? thoughts : null);
        writer.WriteNumber("totalTokenCount", tokens.TotalTokens);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, CanonicalResponse response, AnswerContext context, RuleNotes notes)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("candidates");
        foreach (var choice in response.Choices)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("content");
            writer.WriteStartArray("parts");
            WriteParts(writer, choice.Parts, context, notes);
            writer.WriteEndArray();
            writer.WriteString("role", "model");
            writer.WriteEndObject();
            writer.WriteString("finishReason", Word(choice.Stop));
            writer.WriteNumber("index", choice.Index);
            notes.NoteIf(choice.LogProbs is not null, TranslationRules.DropLogProbs);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        if (response.Usage is { } usage)
        {
            WriteUsage(writer, usage);
        }
        writer.WriteString("modelVersion", response.Model ?? context.Request.Model);
        writer.WriteString("responseId", response.Id ?? context.Id);
        writer.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter writer, IReadOnlyList<CanonicalPart> parts, AnswerContext context, RuleNotes notes)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart text:
                    notes.NoteIf(text.Citations is not null, TranslationRules.DropCitations);
                    WriteText(writer, text.Text, isThought: false);
                    break;
                case RefusalPart refusal:
                    WriteText(writer, refusal.Text, isThought: false);
                    break;
                case ReasoningPart reasoning:
                    notes.NoteIf(reasoning.Signature is not null || reasoning.Encrypted is not null, TranslationRules.DropReasoningContent);
                    if (reasoning.Text.Length > 0)
                    {
                        WriteText(writer, reasoning.Text, isThought: true);
                    }
                    break;
                case ToolCallPart call:
                    writer.WriteStartObject();
                    WriteCall(
                        writer,
                        call.Id,
                        context.ToolName(call.Name),
                        call.IsFreeform ? FreeformTools.Wrap(call.Arguments) : call.Arguments,
                        notes
                    );
                    writer.WriteEndObject();
                    break;
                default:
                    notes.Note(TranslationRules.DropVendorContent);
                    break;
            }
        }
    }

    /// <summary>Writes a <c>functionCall</c>.</summary>
    public static void WriteCall(Utf8JsonWriter writer, string id, string name, string arguments, RuleNotes notes)
    {
        writer.WriteStartObject("functionCall");
        writer.WriteString("id", id);
        writer.WriteString("name", name);
        writer.WriteArguments("args", arguments, notes);
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string text, bool isThought)
    {
        writer.WriteStartObject();
        writer.WriteString("text", text);
        writer.WriteFlag("thought", isThought ? true : null);
        writer.WriteEndObject();
    }
}
