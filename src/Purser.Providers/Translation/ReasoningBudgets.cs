namespace Purser.Providers.Translation;

/// <summary>Efforts and token budgets of reasoning, where a format has only one of the two.</summary>
internal static class ReasoningBudgets
{
    /// <summary>The least that a budget may be.</summary>
    public const long Least = 1024;

    private const long Most = 32_000;

    /// <summary>The budget of an effort: a share of the output limit, from 1,024 to 32,000 tokens, and less than the limit. Null where there is no room for one.</summary>
    /// <param name="effort">The effort; an unknown one counts as medium.</param>
    /// <param name="outputLimit">The most output tokens, reasoning included.</param>
    public static long? Of(string? effort, long outputLimit)
    {
        var tenths = effort switch
        {
            "minimal" => 1,
            "low" => 2,
            "high" => 8,
            "xhigh" or "max" => 9,
            _ => 5,
        };
        var budget = Math.Clamp((long)Int128.Min((Int128)outputLimit * tenths / 10, Most), Least, Most);
        return budget < outputLimit ? budget : null;
    }

    /// <summary>The effort of a budget: below 4,096 tokens low, below 16,384 medium, else high.</summary>
    public static string EffortOf(long budget) =>
        budget < 4096 ? "low"
        : budget < 16_384 ? "medium"
        : "high";
}
