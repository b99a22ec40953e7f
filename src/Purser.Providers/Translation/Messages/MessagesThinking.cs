using System.Text.Json;

namespace Purser.Providers.Translation.Messages;

/// <summary>How a request for Anthropic's messages asks for thinking.</summary>
/// <param name="Type"><c>adaptive</c>, <c>enabled</c> or <c>disabled</c>; null: nothing is said.</param>
/// <param name="BudgetTokens">The budget of <c>enabled</c>.</param>
/// <param name="Effort">The effort, for <c>output_config</c>.</param>
/// <param name="Display">How much to show: <c>summarized</c> or <c>omitted</c>.</param>
internal sealed record MessagesThinking(string? Type = null, long? BudgetTokens = null, string? Effort = null, string? Display = null)
{
    /// <summary>Whether the model thinks.</summary>
    public bool IsOn => Type is "adaptive" or "enabled";

    /// <summary>What to ask for.</summary>
    /// <param name="writing">What is written.</param>
    /// <param name="limit">The output limit that is sent; a budget must be below it.</param>
    public static MessagesThinking Of(RequestWriting writing, long limit)
    {
        var (request, target, _, notes) = writing;
        if (request.Reasoning is not { } ask)
        {
            return new MessagesThinking();
        }
        if (ask.Enabled == false)
        {
            return new MessagesThinking("disabled");
        }
        if (ask.Enabled is null && (request.Format == MessagesTranslator.FormatName || ask is { Effort: null, BudgetTokens: null }))
        {
            return new MessagesThinking(Effort: ask.Effort);
        }
        var display = ask.Summary is "summarized" or "omitted" ? ask.Summary : null;
        // OpenAI's words for it: all mean that it shall be shown.
        var isShown = ask.Summary is "auto" or "concise" or "detailed";
        notes.NoteIf(ask.Summary is not null && display is null && !isShown, TranslationRules.DropReasoningSummary);
        var isManual = MessagesModels.TakesBudgets(target.Model);
        if (MessagesModels.DoesNotThink(target.Model) || IsForced(request) || (isManual && LacksItsThinking(request)))
        {
            notes.Note(TranslationRules.DropReasoning);
            return new MessagesThinking();
        }
        var keepsBudget = ask.BudgetTokens is not null && request.Format == MessagesTranslator.FormatName;
        if (!keepsBudget && !MessagesModels.TakesBudgets(target.Model))
        {
            return new MessagesThinking("adaptive", Effort: EffortOf(ask, notes), Display: isShown ? "summarized" : display);
        }
        var budget = ask.BudgetTokens ?? ReasoningBudgets.Of(ask.Effort, limit);
        // The limit may have been lowered below the client's budget.
        budget = budget >= limit ? ReasoningBudgets.Of("max", limit) : budget;
        notes.NoteIf(budget is null, TranslationRules.DropReasoning);
        notes.NoteIf(budget is not null && budget != ask.BudgetTokens, TranslationRules.ChangeReasoning);
        return budget is null ? new MessagesThinking() : new MessagesThinking("enabled", budget, Display: display);
    }

    /// <summary>Writes <c>thinking</c>.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        if (Type is null)
        {
            return;
        }
        writer.WriteStartObject("thinking");
        writer.WriteString("type", Type);
        writer.WriteWhole("budget_tokens", BudgetTokens);
        writer.WriteText("display", Display);
        writer.WriteEndObject();
    }

    private static string? EffortOf(ReasoningAsk ask, RuleNotes notes)
    {
        var effort = ask.Effort ?? (ask.BudgetTokens is { } budget ? ReasoningBudgets.EffortOf(budget) : null);
        var known = effort == "minimal" ? "low" : effort;
        notes.NoteIf(known != ask.Effort, TranslationRules.ChangeReasoning);
        return known;
    }

    private static bool IsForced(CanonicalRequest request) =>
        request.ToolChoice is { Kind: ToolChoiceKind.Named or ToolChoiceKind.Required };

    // A turn that is in the middle of its calls must begin with the thinking that was signed, where the model is given a budget. One that decides by
    // itself may have had none, and isn't asked for it.
    private static bool LacksItsThinking(CanonicalRequest request)
    {
        if (request.Format == MessagesTranslator.FormatName)
        {
            return false;
        }
        CanonicalMessage? first = null;
        for (var index = request.Messages.Count - 1; index >= 0; index--)
        {
            var message = request.Messages[index];
            if (message.Role == CanonicalRole.Assistant)
            {
                first = message;
            }
            else if (message.Role == CanonicalRole.User && !message.Parts.Any(part => part is ToolResultPart))
            {
                break;
            }
        }
        return first is not null && first.Parts.Any(part => part is ToolCallPart) && !first.Parts.Any(MessagesBlockWriter.IsOwnReasoning);
    }
}
