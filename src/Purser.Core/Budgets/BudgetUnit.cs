namespace Purser.Core.Budgets;

/// <summary>What a budget counts.</summary>
public enum BudgetUnit
{
    /// <summary>US dollars; amounts are nano-dollars.</summary>
    Usd,

    /// <summary>Input and output tokens together.</summary>
    Tokens,

    /// <summary>Requests.</summary>
    Requests,

    /// <summary>All input tokens, cached ones included.</summary>
    InputTokens,

    /// <summary>Input tokens read from a prompt cache.</summary>
    CacheReadTokens,

    /// <summary>Input tokens written to a prompt cache.</summary>
    CacheWriteTokens,

    /// <summary>Output tokens, reasoning included.</summary>
    OutputTokens,

    /// <summary>Reasoning tokens of the output.</summary>
    ReasoningTokens,

    /// <summary>Attempts under way at one time. It's held and given back, never spent, so its window is the life-time.</summary>
    Concurrency,
}
