using Purser.Core.Pricing;
using Purser.Routing.WhatIf;

namespace Purser.Routing.Hindsight;

/// <summary>Where requests went and would have gone.</summary>
/// <param name="Served">The model that they went to.</param>
/// <param name="Chosen">The model that they would have gone to.</param>
/// <param name="Class">The kind of work.</param>
/// <param name="Requests">How many.</param>
/// <param name="Cost">What they cost.</param>
/// <param name="Change">How much more, or less, the other model was expected to cost.</param>
/// <param name="Good">The expected share of good answers of the model that they went to; null where it's not known of one.</param>
/// <param name="OtherGood">That of the other one.</param>
public sealed record ReplayedFlow(
    string Served,
    string Chosen,
    string Class,
    int Requests,
    Money Cost,
    Money Change,
    double? Good,
    double? OtherGood
);

/// <summary>What another policy would have done with the past.</summary>
/// <param name="Requests">How many requests could be told.</param>
/// <param name="Sessions">Of how many sessions.</param>
/// <param name="Cost">What they cost.</param>
/// <param name="Change">How much more, or less, they would have been expected to cost.</param>
/// <param name="ChangeRange">The 95 % interval of that for other such sessions; null where there are fewer than two.</param>
/// <param name="Compared">Of how many requests the expected quality of both is known.</param>
/// <param name="Good">Their expected share of good answers as they went.</param>
/// <param name="OtherGood">And as they would have gone.</param>
/// <param name="OtherGoodRange">The 95 % interval of the difference to the former, in shares.</param>
/// <param name="Flows">Where they went and would have gone, the most costly first.</param>
/// <param name="Unknown">What can't be told, in words, with how many requests each concerns.</param>
public sealed record PolicyReplayReport(
    int Requests,
    int Sessions,
    Money Cost,
    Money Change,
    Interval? ChangeRange,
    int Compared,
    double? Good,
    double? OtherGood,
    (double Low, double High)? OtherGoodRange,
    IReadOnlyList<ReplayedFlow> Flows,
    IReadOnlyList<(string What, int Requests)> Unknown
);

/// <summary>
/// Sees the past with another policy: of each request the ledger has what each model was expected to cost and how likely it was to do. It doesn't have the prompt or
/// what another model would have answered. What isn't recorded is counted as unknown, and never guessed. Pure.
/// </summary>
public static class PolicyReplay
{
    // A billionth of an answer: shares are summed whole, like money.
    private const double Whole = 1e9;

    private readonly record struct Replayed(PastRoute Route, PastOption Was, PastOption Would);

    /// <summary>Sees it.</summary>
    /// <param name="routes">The past.</param>
    /// <param name="policy">The other policy.</param>
    /// <param name="thresholds">The thresholds of the policy's floor, where a predictor's evidence is at hand; null where none is.</param>
    /// <param name="seed">The intervals are the same for the same seed.</param>
    public static PolicyReplayReport See(IReadOnlyList<PastRoute> routes, OtherPolicy policy, PastThresholds? thresholds, ulong seed)
    {
        var unknown = new Dictionary<string, int>(StringComparer.Ordinal);
        var replayed = routes.Select(route => Replay(route, policy, thresholds, unknown)).OfType<Replayed>().ToList();
        var sessions = replayed.GroupBy(each => each.Route.Session, StringComparer.Ordinal).ToList();
        var changes = Interval.Of([.. sessions.Select(session => new[] { session.Sum(Cost), session.Sum(Change) })], 1, seed);
        var compared = replayed.Where(each => each is { Was.Good: not null, Would.Good: not null }).ToList();
        return new PolicyReplayReport(
            replayed.Count,
            sessions.Count,
            new Money(replayed.Sum(Cost)),
            new Money(replayed.Sum(Change)),
            changes?[0],
            compared.Count,
            compared.Count > 0 ? compared.Average(each => each.Was.Good!.Value) : null,
            compared.Count > 0 ? compared.Average(each => each.Would.Good!.Value) : null,
            Qualities(compared, seed),
            Flows(replayed),
            [.. unknown.OrderByDescending(what => what.Value).Select(what => (what.Key, what.Value))]
        );
    }

    private static Replayed? Replay(PastRoute route, OtherPolicy policy, PastThresholds? thresholds, Dictionary<string, int> unknown)
    {
        if (route.Override is not null)
        {
            Count(unknown, "the person said where it goes: it would have gone there again");
            return null;
        }

        if (Find(route, route.Served) is not { Expected: not null } was)
        {
            Count(unknown, "no choice was recorded with it, so nothing is known of other models");
            return null;
        }

        if (Find(route, policy.Reference) is not { Expected: not null } reference)
        {
            Count(unknown, $"what it would have cost at the reference '{policy.Reference}' isn't recorded");
            return null;
        }

        var may = new List<PastOption> { reference };
        foreach (var name in policy.Candidates.Where(name => name != policy.Reference))
        {
            if (Find(route, name) is not { } option)
            {
                Count(unknown, $"'{name}' wasn't among what was chosen from: it's left out");
            }
            else if (May(route, option, policy, thresholds, unknown))
            {
                may.Add(option);
            }
        }

        var would = policy.PrefersQuality
            ? may.Where(option => option.Good is not null).MaxBy(option => option.Good) ?? reference
            : may.MinBy(option => option.Expected!.Value.Nanos)!;
        return new Replayed(route, was, would);
    }

    private static bool May(
        PastRoute route,
        PastOption option,
        OtherPolicy policy,
        PastThresholds? thresholds,
        Dictionary<string, int> unknown
    )
    {
        if (option is not { Expected: not null, Good: { } good } || option.Standing is "unfamiliar" or "reverted" or "on_trial")
        {
            return false;
        }

        if (thresholds is not null && thresholds.Predictor == route.Predictor && route.Class is { } kind)
        {
            // Records have four decimals.
            return thresholds.Least(kind, option.Model) is { } asked && good >= Math.Round(asked, 4);
        }

        if (policy.FloorPercent == route.FloorPercent && policy.Reference == route.Reference)
        {
            return option.Least is { } recorded && good >= recorded;
        }

        Count(
            unknown,
            $"how likely '{option.Model}' would have to be at a floor of {policy.FloorPercent} isn't recorded, and the evidence of that time isn't at hand: it's left out"
        );
        return false;
    }

    private static List<ReplayedFlow> Flows(List<Replayed> replayed) =>
        [
            .. replayed
                .GroupBy(each => (each.Route.Served, each.Would.Model, Class: each.Route.Class ?? "unknown"))
                .Select(flow => new ReplayedFlow(
                    flow.Key.Served,
                    flow.Key.Model,
                    flow.Key.Class,
                    flow.Count(),
                    new Money(flow.Sum(Cost)),
                    new Money(flow.Sum(Change)),
                    Mean(flow, each => each.Was.Good),
                    Mean(flow, each => each.Would.Good)
                ))
                .OrderByDescending(flow => flow.Cost.Nanos)
                .ThenBy(flow => flow.Served, StringComparer.Ordinal)
                .ThenBy(flow => flow.Chosen, StringComparer.Ordinal)
                .ThenBy(flow => flow.Class, StringComparer.Ordinal),
        ];

    private static (double Low, double High)? Qualities(List<Replayed> compared, ulong seed)
    {
        var sessions = compared
            .GroupBy(each => each.Route.Session, StringComparer.Ordinal)
            .Select(session =>
                new[]
                {
                    (long)(session.Count() * Whole),
                    (long)(session.Sum(each => each.Would.Good!.Value - each.Was.Good!.Value) * Whole),
                }
            )
            .ToList();
        return Interval.Of(sessions, 1, seed) is [var range]
            ? (range.Low / Whole / compared.Count, range.High / Whole / compared.Count)
            : null;
    }

    private static double? Mean(IEnumerable<Replayed> all, Func<Replayed, double?> good) =>
        all.Select(good).ToList() is var known && known.All(each => each is not null) ? known.Average() : null;

    private static PastOption? Find(PastRoute route, string model) => route.Options.FirstOrDefault(option => option.Model == model);

    private static long Cost(Replayed each) => each.Route.Cost.Nanos;

    private static long Change(Replayed each) => each.Would.Expected!.Value.Nanos - each.Was.Expected!.Value.Nanos;

    private static void Count(Dictionary<string, int> unknown, string what) => unknown[what] = unknown.GetValueOrDefault(what) + 1;
}
