namespace Purser.Providers.Translation.Messages;

/// <summary>What models that are asked by Anthropic's messages take, as far as their names say it.</summary>
internal static class MessagesModels
{
    // Those before adaptive thinking; every later one has it.
    private static readonly string[] Budgeted =
    [
        "claude-3",
        "claude-opus-4@",
        "claude-opus-4-0",
        "claude-opus-4-1",
        "claude-opus-4-2025",
        "claude-opus-4-5",
        "claude-sonnet-4@",
        "claude-sonnet-4-0",
        "claude-sonnet-4-2025",
        "claude-sonnet-4-5",
        "claude-haiku-4-5",
    ];

    // Between the two: adaptive thinking, and a temperature where the model doesn't think.
    private static readonly string[] Sampled = ["claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-6"];

    // Those before structured outputs.
    private static readonly string[] Loose =
    [
        "claude-3",
        "claude-opus-4@",
        "claude-opus-4-0",
        "claude-opus-4-2025",
        "claude-sonnet-4@",
        "claude-sonnet-4-0",
        "claude-sonnet-4-2025",
    ];

    private static readonly string[] Silent = ["claude-3-opus", "claude-3-haiku", "claude-3-5", "claude-3-sonnet"];

    /// <summary>Whether the model's thinking is set by a budget of tokens, and not by an effort: so it is with Claude up to 4.5, and with other vendors' models.</summary>
    public static bool TakesBudgets(string model) =>
        !IsClaude(model) || Names(model, Budgeted) || model is "claude-opus-4" or "claude-sonnet-4";

    /// <summary>Whether the model doesn't think.</summary>
    public static bool DoesNotThink(string model) => Names(model, Silent);

    /// <summary>Whether the model refuses a temperature, <c>top_p</c> and <c>top_k</c>: so it is with Claude from 4.7 on.</summary>
    public static bool TakesNoSampling(string model) => !TakesBudgets(model) && !Names(model, Sampled);

    /// <summary>Whether the model refuses tools that are strict.</summary>
    public static bool TakesNoStrictTools(string model) => Names(model, Loose) || model is "claude-opus-4" or "claude-sonnet-4";

    private static bool IsClaude(string model) => model.Contains("claude-", StringComparison.Ordinal);

    // Bedrock and Vertex put a region and a vendor before the name.
    private static bool Names(string model, string[] starts)
    {
        var at = model.LastIndexOf("claude-", StringComparison.Ordinal);
        var name = at < 0 ? model : model[at..];
        return starts.Any(start => name.StartsWith(start, StringComparison.Ordinal));
    }
}
