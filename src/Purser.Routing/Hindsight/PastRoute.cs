using Purser.Core.Pricing;

namespace Purser.Routing.Hindsight;

/// <summary>A model that a past request could have gone to, as its route was recorded.</summary>
/// <param name="Model">The model.</param>
/// <param name="Standing">Whether it might take the request, as the record spells it.</param>
/// <param name="Expected">What it was expected to cost; null where the model couldn't do the request.</param>
/// <param name="Good">How likely its answer was to be good enough, from 0 to 1; null where that wasn't known.</param>
/// <param name="Least">How likely it had to be, at the floor of that time; null where nothing showed that it might.</param>
public sealed record PastOption(string Model, string Standing, Money? Expected, double? Good, double? Least);

/// <summary>A past request that routing had a say in, as the ledger has it. It has no prompt.</summary>
public sealed record PastRoute
{
    /// <summary>Its session or run; its own id where it had none.</summary>
    public required string Session { get; init; }

    /// <summary>The model that it went to first.</summary>
    public required string Served { get; init; }

    /// <summary>The model that it would have gone to where nothing was shown.</summary>
    public required string Reference { get; init; }

    /// <summary>What the person said of its route; null for nothing.</summary>
    public string? Override { get; init; }

    /// <summary>The kind of work, as records spell it; null where nobody looked.</summary>
    public string? Class { get; init; }

    /// <summary>The version of what predicted how models do; null where nothing did.</summary>
    public string? Predictor { get; init; }

    /// <summary>The floor by which it was chosen, in percent; null where there was no choice.</summary>
    public long? FloorPercent { get; init; }

    /// <summary>What it cost, with all attempts.</summary>
    public required Money Cost { get; init; }

    /// <summary>What was chosen from; empty where there was no choice.</summary>
    public IReadOnlyList<PastOption> Options { get; init; } = [];
}

/// <summary>A policy to see the past with.</summary>
/// <param name="Reference">Where a request goes where nothing is shown.</param>
/// <param name="Candidates">The models that may take it.</param>
/// <param name="FloorPercent">How many of a hundred answers shall be good enough. 50 to 99.</param>
/// <param name="PrefersQuality">Whether the best is preferred to the cheapest.</param>
public sealed record OtherPolicy(string Reference, IReadOnlyList<string> Candidates, long FloorPercent, bool PrefersQuality = false);

/// <summary>The thresholds of the other policy's floor, by the evidence of one predictor: only requests that it routed can be seen by them.</summary>
/// <param name="Predictor">The predictor's version.</param>
/// <param name="Least">
/// The least expectation with which a model (the second) may take a request of a kind of work (the first, as records spell it) from the reference, from 0 to 1; null
/// where nothing shows that it may.
/// </param>
public sealed record PastThresholds(string Predictor, Func<string, string, double?> Least);
