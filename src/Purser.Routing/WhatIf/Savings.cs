using Purser.Core.Pricing;

namespace Purser.Routing.WhatIf;

/// <summary>Steps of one model and kind.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Model">The model.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Class">The class of work.</param>
/// <param name="IsSubAgent">Whether sub-agents made them.</param>
public readonly record struct StepGroup(string Provider, string Model, StepKind Kind, TaskClass Class, bool IsSubAgent);

/// <summary>The sums of a group.</summary>
public sealed class StepSums
{
    /// <summary>How many steps.</summary>
    public long Steps { get; set; }

    /// <summary>How many of them are routine.</summary>
    public long Routine { get; set; }

    /// <summary>Input tokens, cached ones included.</summary>
    public long Input { get; set; }

    /// <summary>Input tokens read from a cache.</summary>
    public long Cached { get; set; }

    /// <summary>Output tokens, reasoning included.</summary>
    public long Output { get; set; }

    /// <summary>What they cost, in nano-dollars.</summary>
    public long Cost { get; set; }

    /// <summary>Adds a step.</summary>
    public void Add(AgentStep step, Money cost)
    {
        Steps++;
        Routine += StepRules.IsRoutine(step) ? 1 : 0;
        Input += step.Tokens.Prompt;
        Cached += step.Tokens.CacheRead;
        Output += step.Tokens.Answer;
        Cost += cost.Nanos;
    }
}

/// <summary>What is left out of the sums because it has no price.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Model">The model.</param>
/// <param name="Why">Why it has none.</param>
public readonly record struct Unpriced(string Provider, string Model, string Why);

/// <summary>Savings in nano-dollars by the two ways of moving, and the two ends of what may move.</summary>
/// <param name="RoutineRuns">Whole runs that are routine move (sessions are sticky).</param>
/// <param name="RoutineSteps">Single routine steps move, and back.</param>
/// <param name="AllRuns">Every run moves whose steps all could.</param>
/// <param name="AllSteps">Every step moves that could.</param>
public readonly record struct Savings(long RoutineRuns, long RoutineSteps, long AllRuns, long AllSteps)
{
    /// <summary>Where nothing moves.</summary>
    public static Savings Zero => default;

    /// <summary>The sums of two.</summary>
    public static Savings operator +(Savings left, Savings right) =>
        new(
            left.RoutineRuns + right.RoutineRuns,
            left.RoutineSteps + right.RoutineSteps,
            left.AllRuns + right.AllRuns,
            left.AllSteps + right.AllSteps
        );
}

/// <summary>A candidate with what it would have saved alone.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Steps">How many steps could go there.</param>
/// <param name="Savings">The savings.</param>
/// <param name="Unknown">Models of steps that could go there, whose tokens nothing says how many of its own they are.</param>
public sealed record CandidateSavings(Candidate Candidate, long Steps, Savings Savings, IReadOnlyList<string> Unknown);

/// <summary>A saving with the interval of its sampling.</summary>
/// <param name="Nanos">In nano-dollars.</param>
/// <param name="Sampled">The interval; null where there are too few sessions for one.</param>
public readonly record struct Saving(long Nanos, Interval? Sampled);
