namespace Purser.Providers.OpenAI;

/// <summary>Models that reason where a stream of chat completions doesn't show it, known by their names.</summary>
internal static class ReasoningModels
{
    private static readonly string[] Hidden = ["o1", "o3", "o4", "gpt-5", "gpt-6", "codex-", "gemini-2.5", "gemini-3", "grok-4"];

    private static readonly string[] Open = ["gpt-5-chat"];

    /// <summary>Whether a model of this name may reason unseen. A vendor's prefix (<c>openai/o3</c>, <c>ft:o4-mini</c>) is passed over.</summary>
    public static bool MayHide(string? model)
    {
        if (model is null)
        {
            return false;
        }
        var name = model.AsSpan(model.LastIndexOf('/') + 1);
        name = name.StartsWith("ft:", StringComparison.Ordinal) ? name[3..] : name;
        return StartsWithAny(name, Hidden) && !StartsWithAny(name, Open);
    }

    private static bool StartsWithAny(ReadOnlySpan<char> name, string[] starts)
    {
        foreach (var start in starts)
        {
            if (name.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }
        return false;
    }
}
