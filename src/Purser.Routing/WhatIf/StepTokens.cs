using Purser.Core.Usage;

namespace Purser.Routing.WhatIf;

/// <summary>What one call of a model used, in disjoint classes, as agents' logs state it. No quantity is negative.</summary>
/// <param name="Input">Input tokens that were neither read from nor written to a cache.</param>
/// <param name="CacheRead">Input tokens read from a cache.</param>
/// <param name="Write5m">Input tokens written to a cache for five minutes.</param>
/// <param name="Write1h">Input tokens written to a cache for an hour.</param>
/// <param name="Output">Output tokens without reasoning.</param>
/// <param name="Reasoning">Output tokens of reasoning, where they are told apart.</param>
/// <param name="WebSearches">Searches that the provider made.</param>
public readonly record struct StepTokens(
    long Input,
    long CacheRead,
    long Write5m,
    long Write1h,
    long Output,
    long Reasoning,
    long WebSearches
)
{
    /// <summary>All input tokens.</summary>
    public long Prompt => Input + CacheRead + Write5m + Write1h;

    /// <summary>What a next call can find in the cache.</summary>
    public long Cached => CacheRead + Write5m + Write1h;

    /// <summary>All output tokens.</summary>
    public long Answer => Output + Reasoning;

    /// <summary>As the price book takes it.</summary>
    public TokenUsage ToUsage()
    {
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = Input;
        usage[UsageClass.CacheRead] = CacheRead;
        usage[UsageClass.CacheWrite5m] = Write5m;
        usage[UsageClass.CacheWrite1h] = Write1h;
        usage[UsageClass.Output] = Output;
        usage[UsageClass.ReasoningOutput] = Reasoning;
        usage[UsageClass.WebSearch] = WebSearches;
        return usage;
    }

    /// <summary>A usage as tokens of a step; null where it has what isn't text (audio, images, pages, …).</summary>
    public static StepTokens? Of(in TokenUsage usage)
    {
        var tokens = new StepTokens(
            usage[UsageClass.Input],
            usage[UsageClass.CacheRead],
            usage[UsageClass.CacheWrite5m],
            usage[UsageClass.CacheWrite1h],
            usage[UsageClass.Output],
            usage[UsageClass.ReasoningOutput],
            usage[UsageClass.WebSearch]
        );
        return tokens.ToUsage() == usage ? tokens : null;
    }

    /// <summary>The same text in the tokens of another tokenizer, each class rounded up.</summary>
    /// <param name="factor">How many tokens of the other it has for one of these; above 0.</param>
    public StepTokens Times(decimal factor) =>
        factor == 1m
            ? this
            : new(
                Scale(Input, factor),
                Scale(CacheRead, factor),
                Scale(Write5m, factor),
                Scale(Write1h, factor),
                Scale(Output, factor),
                Scale(Reasoning, factor),
                WebSearches
            );

    private static long Scale(long tokens, decimal factor) => decimal.ToInt64(decimal.Ceiling(tokens * factor));
}
