using Purser.Core.Pricing;

namespace Purser.Routing.WhatIf;

/// <summary>The priced steps of one agent in one session, in order: they share a prompt cache.</summary>
/// <param name="Session">The session.</param>
/// <param name="Steps">The steps.</param>
/// <param name="Costs">What each cost.</param>
public sealed record PricedRun(string Session, IReadOnlyList<AgentStep> Steps, IReadOnlyList<Money> Costs)
{
    /// <summary>What they cost together, in nano-dollars.</summary>
    public long Cost { get; } = Costs.Sum(cost => cost.Nanos);
}

/// <summary>What a run would have cost with some of its steps on another model.</summary>
/// <remarks>
/// Each model has a prompt cache of its own. A step that moves finds there what the last call of this run on that model had in it, if that is no
/// longer ago than the cache lives, and never more than the log's own call found in its cache; the rest of it is written. A step that stays pays
/// in the same way for what was written elsewhere while its own model was away.
/// </remarks>
/// <param name="prices">The prices.</param>
public sealed class Counterfactual(StepPrices prices)
{
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    /// <summary>Which steps could go to a candidate at all: what fits there, has a price, and costs less with the same cache.</summary>
    public bool[] Movable(PricedRun run, Candidate candidate) =>
        [.. run.Steps.Select((step, index) => prices.On(candidate, step, step.Tokens) is { } there && there < run.Costs[index])];

    /// <summary>What the run would have cost with these steps on the candidate, in nano-dollars.</summary>
    /// <param name="run">The run.</param>
    /// <param name="candidate">The candidate; each moved step can be priced there.</param>
    /// <param name="moves">Which steps move.</param>
    /// <returns>The cost; null where a step has no price with what it would have written to a cache.</returns>
    public long? Cost(PricedRun run, Candidate candidate, bool[] moves)
    {
        var caches = new Dictionary<string, Warmth>();
        var away = new HashSet<string>();
        var sum = 0L;
        for (var index = 0; index < run.Steps.Count; index++)
        {
            var step = run.Steps[index];
            var own = $"{step.Provider}/{step.Model}";
            var model = moves[index] ? candidate.Name : own;
            Money cost;
            var tokens = step.Tokens;
            if (moves[index])
            {
                tokens = Rewritten(tokens, Warm(caches, model, step.At));
                // What the candidate counts may not fit in it any more, or lack a rate.
                if (prices.On(candidate, step, tokens) is not { } there)
                {
                    return null;
                }
                cost = there;
                away.Add(own);
            }
            else if (away.Remove(own))
            {
                tokens = Rewritten(tokens, Warm(caches, model, step.At));
                if (!prices.TryOwn(step, tokens, out cost, out _))
                {
                    return null;
                }
            }
            else
            {
                cost = run.Costs[index];
            }
            caches[model] = new(step.Tokens.Cached, step.At, tokens.Write1h > 0 ? Long : Short);
            sum += cost.Nanos;
        }
        return sum;
    }

    private static long Warm(Dictionary<string, Warmth> caches, string model, DateTimeOffset? at) =>
        caches.TryGetValue(model, out var last) && (at is null || last.At is null || at - last.At <= last.Lives) ? last.Tokens : 0;

    // The time to live is that of the step's own writes, the short one where it has none.
    private static StepTokens Rewritten(StepTokens tokens, long warm)
    {
        var cold = tokens.CacheRead - Math.Min(tokens.CacheRead, warm);
        return tokens is { Write1h: > 0, Write5m: 0 }
            ? tokens with
            {
                CacheRead = tokens.CacheRead - cold,
                Write1h = tokens.Write1h + cold,
            }
            : tokens with
            {
                CacheRead = tokens.CacheRead - cold,
                Write5m = tokens.Write5m + cold,
            };
    }

    private readonly record struct Warmth(long Tokens, DateTimeOffset? At, TimeSpan Lives);
}
