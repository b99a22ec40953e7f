namespace Purser.Providers.Translation.Gemini;

/// <summary>What Google's models take, as far as their names say it.</summary>
internal static class GeminiModels
{
    private static readonly string[] Old = ["gemini-1", "gemini-2.0", "gemini-pro", "learnlm", "gemma"];

    /// <summary>Whether the model is from before 2.5: it doesn't think, and takes schemas in Google's own form alone.</summary>
    public static bool IsOld(string model) => StartsWith(model, Old);

    /// <summary>Whether the model's thinking is set by a budget of tokens; later ones have levels.</summary>
    public static bool TakesBudgets(string model) => StartsWith(model, "gemini-2.5");

    /// <summary>The most and the least that a budget may be; a model whose least is above 0 can't be kept from thinking.</summary>
    public static (long Least, long Most) Budgets(string model) => StartsWith(model, "gemini-2.5-pro") ? (128, 32_768) : (0, 24_576);

    private static bool StartsWith(string model, params ReadOnlySpan<string> starts)
    {
        var name = model.AsSpan(model.LastIndexOf('/') + 1);
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
