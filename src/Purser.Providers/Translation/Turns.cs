namespace Purser.Providers.Translation;

/// <summary>A conversation as formats have it whose prompts stand before the turns, and whose turns alternate.</summary>
/// <param name="Prompts">The system's prompts.</param>
/// <param name="Parts">The turns: those of one role that follow each other are one.</param>
internal sealed record Turns(List<CanonicalPart> Prompts, List<(CanonicalRole Role, List<CanonicalPart> Parts)> Parts)
{
    /// <summary>Splits a request's messages.</summary>
    /// <param name="request">The request.</param>
    /// <param name="notes">What is changed by it is noted there.</param>
    /// <param name="keepsPlaces">Whether a prompt between the turns stays there.</param>
    public static Turns Of(CanonicalRequest request, RuleNotes notes, bool keepsPlaces = false)
    {
        var prompts = new List<CanonicalPart>();
        var turns = new List<(CanonicalRole Role, List<CanonicalPart> Parts)>();
        foreach (var message in request.Messages)
        {
            var isPrompt = message.Role is CanonicalRole.System or CanonicalRole.Developer;
            notes.NoteIf(message.Name is not null, TranslationRules.DropName);
            notes.NoteIf(message.Role == CanonicalRole.Developer, TranslationRules.ChangeDeveloperRole);
            if (isPrompt && (turns.Count == 0 || !keepsPlaces))
            {
                notes.NoteIf(turns.Count > 0, TranslationRules.ChangeSystemPosition);
                prompts.AddRange(message.Parts);
            }
            else if (turns.Count > 0 && turns[^1].Role == message.Role)
            {
                turns[^1].Parts.AddRange(message.Parts);
            }
            else
            {
                turns.Add((message.Role, [.. message.Parts]));
            }
        }
        if (turns.Count == 0 && prompts.Count > 0)
        {
            notes.Note(TranslationRules.ChangeSystemAsUser);
            turns.Add((CanonicalRole.User, [prompts[^1]]));
            prompts.RemoveAt(prompts.Count - 1);
        }
        return new Turns(prompts, turns);
    }
}
