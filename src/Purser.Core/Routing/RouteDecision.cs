using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Core.Routing;

/// <summary>Why a request can't be routed.</summary>
public enum RouteRefusal
{
    /// <summary>It can.</summary>
    None,

    /// <summary>No provider serves a model of this name.</summary>
    UnknownModel,

    /// <summary>The model is served in another wire format than the client's.</summary>
    OtherFormat,

    /// <summary>The price book has no price for it: unpriced is never free.</summary>
    Unpriced,

    /// <summary>The most that it can cost isn't bounded: no output limit, or input that nothing bounds.</summary>
    Unbounded,

    /// <summary>None of the models that it may be routed to can do it.</summary>
    NoneAble,
}

/// <summary>A model that could serve the request, with the most that it can cost there.</summary>
/// <param name="Model">The model.</param>
/// <param name="Price">The price in force.</param>
/// <param name="MaxInputTokens">The most input tokens.</param>
/// <param name="MaxOutputTokens">The most output tokens, over all choices.</param>
/// <param name="Ceiling">The most that it can cost.</param>
public sealed record Candidate(CatalogModel Model, SkuPrice Price, long MaxInputTokens, long MaxOutputTokens, Money Ceiling)
{
    /// <summary>What the ceiling was reckoned from.</summary>
    public CeilingBounds Bounds { get; init; }

    /// <summary>The part of the ceiling that other models can cost, which the provider may run besides.</summary>
    public Money Besides { get; init; }

    /// <summary>
    /// Which choice of a route it is, from 0: those of one choice are tried before those of the next, and weights and loads change the order among them
    /// alone.
    /// </summary>
    public int Choice { get; init; }

    /// <summary>
    /// Whether the provider is called on the caller's own subscription: tokens and requests count as ever, and no dollars, for the provider bills none.
    /// </summary>
    public bool OnSubscription { get; init; }

    /// <summary>How long a call of it may take in all, where its time is the price; else null.</summary>
    public TimeSpan? TimeLimit => Price.ChargesTime && Bounds.MaxComputeMilliseconds is { } most ? TimeSpan.FromMilliseconds(most) : null;

    /// <summary>The most that it can cost with so many output tokens.</summary>
    /// <param name="outputTokens">0 to <see cref="MaxOutputTokens"/>.</param>
    public Money CeilingFor(long outputTokens) =>
        outputTokens < MaxOutputTokens
        && PriceCalculator.Ceiling(Price, Bounds with { MaxOutputTokens = outputTokens }).Ceiling is { } lower
            ? lower + Besides
            : Ceiling;

    /// <summary>The same candidate where the input is known to be smaller.</summary>
    /// <param name="inputTokens">The most input tokens, ≥ 0. More than <see cref="MaxInputTokens"/> change nothing.</param>
    public Candidate WithInput(long inputTokens)
    {
        var bounds = Bounds with { MaxInputTokens = inputTokens };
        return inputTokens < MaxInputTokens && PriceCalculator.Ceiling(Price, bounds).Ceiling is { } lower
            ? this with
            {
                MaxInputTokens = inputTokens,
                Ceiling = lower + Besides,
                Bounds = bounds,
            }
            : this;
    }

    /// <summary>What has to be reserved for one attempt with so many output tokens.</summary>
    /// <param name="outputTokens">0 to <see cref="MaxOutputTokens"/>.</param>
    /// <param name="requests">1 for a request's first attempt, 0 for its later ones.</param>
    public Amount Reserve(long outputTokens, long requests) =>
        new(OnSubscription ? Money.Zero : CeilingFor(outputTokens), checked(MaxInputTokens + outputTokens), requests)
        {
            Parts = TokenParts.AtMost(MaxInputTokens, outputTokens),
        };
}

/// <summary>The candidates in the order they are tried, or why there are none.</summary>
/// <param name="Candidates">In order.</param>
/// <param name="Refusal">Why there are none.</param>
/// <param name="Reason">The refusal in words, or why the first candidate is first.</param>
public sealed record RouteDecision(IReadOnlyList<Candidate> Candidates, RouteRefusal Refusal, string Reason)
{
    /// <summary>The same with one provider's candidates alone.</summary>
    /// <param name="provider">The provider's name in the configuration.</param>
    public RouteDecision At(string provider)
    {
        var there = Candidates.Where(candidate => candidate.Model.Provider == provider).ToList();
        return Candidates.Count > 0 && there.Count == 0
            ? new([], RouteRefusal.UnknownModel, $"The provider '{provider}' doesn't serve this model here.")
            : this with
            {
                Candidates = there,
            };
    }
}
