using Purser.Core.Pricing;

namespace Purser.Routing.WhatIf;

/// <summary>A model that steps could have gone to.</summary>
/// <param name="Model">The model.</param>
public sealed record Candidate(PricedModel Model)
{
    /// <summary>Provider and id, with a slash between.</summary>
    public string Name => $"{Model.Provider}/{Model.Id}";
}

/// <summary>Which models could have done a step for less, and in how many tokens.</summary>
public static class Candidates
{
    // The smaller tiers that a vendor serves today, the larger first. A line here is all that another tier takes.
    private static readonly (string Provider, string[] Models)[] SmallerTiers =
    [
        ("anthropic", ["claude-sonnet-5-5", "claude-haiku-5-5"]),
        ("openai", ["gpt-6.1-terra", "gpt-6-luna"]),
        ("google", ["gemini-3.8-flash", "gemini-3.5-flash-lite"]),
    ];

    // Anthropic says that its newer tokenizer (since Opus 4.7 and Sonnet 5) makes up to 1.3 tokens of what was one.
    private const decimal NewerClaude = 1.3m;
    private static readonly string[] OlderClaude = ["claude-2", "claude-3", "claude-haiku-4", "claude-sonnet-4", "claude-opus-4"];
    private static readonly string[] NewerOpus4 = ["claude-opus-4-7", "claude-opus-4-8", "claude-opus-4-9"];

    /// <summary>The smaller tiers of all vendors that the book has, the larger first.</summary>
    public static IReadOnlyList<Candidate> SmallerTiersIn(PriceBook book) =>
        [
            .. SmallerTiers.SelectMany(tier =>
                tier.Models.Select(id => book.FindModel(tier.Provider, id)).OfType<PricedModel>().Select(model => new Candidate(model))
            ),
        ];

    /// <summary>How many tokens of one model's tokenizer a token of another's is; null where nothing says, so that 1 is taken.</summary>
    /// <param name="from">The model whose tokens are known.</param>
    /// <param name="to">The other.</param>
    /// <remarks>From Anthropic's newer tokenizer to its older one it is 1, so that no saving rests on it.</remarks>
    public static decimal? TokensOf(string from, string to) =>
        IsClaude(from) && IsClaude(to) ? (IsOlder(from) && !IsOlder(to) ? NewerClaude : 1m)
        : IsGpt(from) && IsGpt(to) ? 1m
        : from == to ? 1m
        : null;

    private static bool IsClaude(string model) => model.Contains("claude", StringComparison.Ordinal);

    // From gpt-4o on they have one tokenizer; the older ones have no prompt cache and are in no agent's log.
    private static bool IsGpt(string model) => model.StartsWith("gpt-", StringComparison.Ordinal);

    private static bool IsOlder(string model) =>
        OlderClaude.Any(part => model.Contains(part, StringComparison.Ordinal))
        && !NewerOpus4.Any(part => model.Contains(part, StringComparison.Ordinal));
}
