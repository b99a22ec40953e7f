using System.Text.Json;

namespace Purser.Providers.Translation.Gemini;

/// <summary>How a request for <c>generateContent</c> asks for thinking: by a budget up to Gemini 2.5, by a level after it.</summary>
internal static class GeminiThinking
{
    /// <summary>Writes <c>thinkingConfig</c>, if there is anything to say.</summary>
    public static void Write(Utf8JsonWriter writer, RequestWriting writing)
    {
        var (request, target, _, notes) = writing;
        if (request.Reasoning is not { } ask || (ask is { Enabled: null, Effort: null, BudgetTokens: null, Summary: null }))
        {
            return;
        }
        var isOwn = request.Format == GeminiTranslator.FormatName;
        if (GeminiModels.IsOld(target.Model) && !isOwn)
        {
            notes.NoteIf(ask.Enabled == true, TranslationRules.DropReasoning);
            return;
        }
        var takesBudgets = GeminiModels.TakesBudgets(target.Model);
        if (ask.Enabled == false && !isOwn && !(takesBudgets && GeminiModels.Budgets(target.Model).Least == 0))
        {
            notes.Note(TranslationRules.DropReasoningOff);
            return;
        }
        writer.WriteStartObject("thinkingConfig");
        if (ask.Enabled == false)
        {
            writer.WriteNumber("thinkingBudget", 0);
        }
        else if (isOwn)
        {
            writer.WriteWhole("thinkingBudget", ask.BudgetTokens ?? (ask.IsAdaptive ? -1 : null));
            writer.WriteText("thinkingLevel", ask.Effort);
        }
        else if (takesBudgets)
        {
            writer.WriteWhole("thinkingBudget", Budget(ask, target.Model, notes));
        }
        else
        {
            writer.WriteText("thinkingLevel", Level(ask, notes));
        }
        // Clients of other formats are shown what the model thought, unless they say otherwise.
        if (ask.Enabled != false && (ask.Summary is not null || !isOwn))
        {
            writer.WriteBoolean("includeThoughts", ask.Summary != "omitted");
        }
        writer.WriteEndObject();
    }

    // Google's own table for OpenAI's efforts.
    private static long? Budget(ReasoningAsk ask, string model, RuleNotes notes)
    {
        var (least, most) = GeminiModels.Budgets(model);
        if (ask.BudgetTokens is { } budget)
        {
            var fitting = Math.Clamp(budget, Math.Max(1, least), most);
            notes.NoteIf(fitting != budget, TranslationRules.ChangeReasoning);
            return fitting;
        }
        if (ask.Effort is null)
        {
            return ask.Enabled == true ? -1 : null;
        }
        notes.Note(TranslationRules.ChangeReasoning);
        return ask.Effort switch
        {
            "minimal" or "low" => 1024,
            "medium" => 8192,
            _ => most,
        };
    }

    private static string? Level(ReasoningAsk ask, RuleNotes notes)
    {
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
