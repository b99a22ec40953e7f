using System.Text.Json;
using Purser.Providers.Translation.Messages;

namespace Purser.Providers.Translation.Converse;

/// <summary>What only some models of Bedrock's know, in <c>additionalModelRequestFields</c>: thinking and <c>top_k</c>.</summary>
internal static class ConverseThinking
{
    /// <summary>Whether a model of Bedrock's is Anthropic's, by its name or its profile's.</summary>
    public static bool IsClaude(string model) => model.Contains("claude", StringComparison.OrdinalIgnoreCase);

    private static bool TakesEfforts(string model) => model.Contains("gpt-oss", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes the fields, if there are any.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="writing">What is written.</param>
    /// <param name="thinking">How a Claude shall think.</param>
    public static void Write(Utf8JsonWriter writer, RequestWriting writing, MessagesThinking thinking)
    {
        var (request, target, _, notes) = writing;
        var isClaude = IsClaude(target.Model);
        var topK = isClaude && !thinking.IsOn && !MessagesModels.TakesNoSampling(target.Model) ? request.TopK : null;
        notes.NoteIf(request.TopK is not null && !isClaude, TranslationRules.DropTopK);
        notes.NoteIf(request.TopK is not null && isClaude && topK is null, TranslationRules.DropSampling);
        var effort = isClaude ? null : Effort(request, target.Model, notes);
        if (thinking.Type is null && thinking.Effort is null && topK is null && effort is null)
        {
            return;
        }
        writer.WriteStartObject(ConverseRequestReader.ModelFields);
        thinking.Write(writer);
        if (thinking.Effort is { } level)
        {
            writer.WriteStartObject("output_config");
            writer.WriteString("effort", level);
            writer.WriteEndObject();
        }
        writer.WriteText("reasoning_effort", effort);
        writer.WriteWhole("top_k", topK);
        writer.WriteEndObject();
    }

    private static string? Effort(CanonicalRequest request, string model, RuleNotes notes)
    {
        if (request.Reasoning is not { Enabled: { } isOn } ask)
        {
            return null;
        }
        if (!isOn || !TakesEfforts(model))
        {
            notes.NoteIf(isOn, TranslationRules.DropReasoning);
            notes.NoteIf(!isOn && TakesEfforts(model), TranslationRules.DropReasoningOff);
            return null;
        }
        var effort = ask.Effort ?? (ask.BudgetTokens is { } budget ? ReasoningBudgets.EffortOf(budget) : null);
        var level = effort switch
        {
            null => null,
            "minimal" or "low" => "low",
            "medium" => "medium",
            _ => "high",
        };
        notes.NoteIf(level != ask.Effort, TranslationRules.ChangeReasoning);
        return level;
    }
}
