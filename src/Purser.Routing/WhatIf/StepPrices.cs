using System.Diagnostics.CodeAnalysis;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Routing.WhatIf;

/// <summary>Prices steps by a price book, each rounded up to a nano-dollar as the ledger does.</summary>
/// <param name="book">The book.</param>
/// <param name="now">The time of steps that don't say theirs.</param>
public sealed class StepPrices(PriceBook book, DateTimeOffset now)
{
    /// <summary>What a step cost on its own model.</summary>
    /// <returns>Whether it could be priced; else <paramref name="why"/> says why not.</returns>
    public bool TryOwn(AgentStep step, StepTokens tokens, out Money cost, [NotNullWhen(false)] out string? why)
    {
        cost = default;
        if (book.FindModel(step.Provider, step.Model) is not { } model)
        {
            why = "the price book doesn't have it";
            return false;
        }
        // What it did use is priced as it stands. Only what it would have used may lack a rate that the vendor has no need of.
        var changed = tokens != step.Tokens;
        return TryCost(model, step, tokens, step.Terms, changed, out cost, out why);
    }

    /// <summary>What a step would cost on a candidate; null where it doesn't fit in there, or has no price.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="step">The step.</param>
    /// <param name="tokens">Its tokens, as the step's own model counts them.</param>
    /// <remarks>The standard speed is taken: a smaller tier has no other.</remarks>
    public Money? On(Candidate candidate, AgentStep step, StepTokens tokens)
    {
        var model = candidate.Model;
        var scaled = tokens.Times(Candidates.TokensOf(step.Model, model.Id) ?? 1m);
        if (
            scaled.Prompt + scaled.Answer > (model.ContextTokens ?? long.MaxValue)
            || scaled.Answer > (model.MaxOutputTokens ?? long.MaxValue)
        )
        {
            return null;
        }
        return TryCost(model, step, scaled, step.Terms with { Speed = null }, true, out var cost, out _) ? cost : null;
    }

    private bool TryCost(
        PricedModel model,
        AgentStep step,
        StepTokens tokens,
        PricingTerms terms,
        bool isSupposed,
        out Money cost,
        [NotNullWhen(false)] out string? why
    )
    {
        (cost, why) = (default, null);
        var at = step.At ?? now;
        if (model.PriceAt(at) is not { } price)
        {
            why = "it has no price at that time";
            return false;
        }
        var usage = (isSupposed ? ByRates(price, tokens) : tokens).ToUsage();
        if (PriceCalculator.TryCost(price, usage, terms with { At = at }, out cost, out var failure))
        {
            return true;
        }
        why = failure.Describe(price);
        return false;
    }

    // A vendor that has no price for its cache, or for writing to it, has these tokens at the price of input.
    private static StepTokens ByRates(SkuPrice price, StepTokens tokens)
    {
        var rates = price.Standard.Rates;
        if (!rates.IsPriced(UsageClass.CacheWrite1h))
        {
            tokens = tokens with { Write5m = tokens.Write5m + tokens.Write1h, Write1h = 0 };
        }
        if (!rates.IsPriced(UsageClass.CacheWrite5m))
        {
            tokens = tokens with { Input = tokens.Input + tokens.Write5m, Write5m = 0 };
        }
        return rates.IsPriced(UsageClass.CacheRead) ? tokens : tokens with { Input = tokens.Input + tokens.CacheRead, CacheRead = 0 };
    }
}
