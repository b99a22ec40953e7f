using System.Globalization;
using Purser.Core.Pricing;
using Purser.Routing.Evidence;

namespace Purser.Routing.Choice;

/// <summary>Which model a request goes to, and why.</summary>
/// <param name="Options">All, as they were given.</param>
/// <param name="Ranked">Those that may take it, the chosen one first: the order in which they are tried. Empty where no model can.</param>
/// <param name="Reason">Why the first is first, in words.</param>
public sealed record RouteChoice(IReadOnlyList<RatedOption> Options, IReadOnlyList<RatedOption> Ranked, string Reason)
{
    /// <summary>What can be promised of requests of this class that other models than the reference take; null where nothing is known.</summary>
    public RiskGuarantee? Promise { get; init; }
}

/// <summary>
/// Chooses a model: of those that can do the request and are shown to do it well enough, the one that the policy prefers. Where nothing is shown, that
/// is the reference. Pure: the same arguments give the same choice.
/// </summary>
public static class RouteChooser
{
    /// <summary>Chooses.</summary>
    /// <param name="options">The models; the first is the reference.</param>
    /// <param name="prefer">What is preferred.</param>
    /// <param name="floor">The share of answers that shall be good enough, above 0 and below 1.</param>
    /// <param name="features">The request; null where nothing is known of how models do.</param>
    /// <param name="evidence">What is known of how models do, or null.</param>
    /// <param name="bar">What stands in the way of models that are shown to do it; null for nothing.</param>
    public static RouteChoice Choose(
        IReadOnlyList<RouteOption> options,
        Preference prefer,
        double floor,
        RequestFeatures? features,
        RouteEvidence? evidence,
        SliceBar? bar = null
    )
    {
        var promise = features is null || options.Count == 0 ? null : evidence?.Promise?.Invoke(features.Class, options[0].Model, floor);
        return Rank(options, prefer, floor, features, evidence, bar) with { Promise = promise };
    }

    private static RouteChoice Rank(
        IReadOnlyList<RouteOption> options,
        Preference prefer,
        double floor,
        RequestFeatures? features,
        RouteEvidence? evidence,
        SliceBar? bar
    )
    {
        var rated = options
            .Select((option, at) => Rate(option, at == 0 ? null : options[0].Model, floor, features, evidence, bar))
            .ToList();
        var may = rated.Where(option => option.May).ToList();
        if (may is not [{ Standing: Standing.Reference } reference, ..])
        {
            return WithoutReference(rated, may, prefer);
        }

        var best = Best(may, prefer, reference, static option => option.Expected);
        // Where the chosen one fails, the reference is the safe one.
        IReadOnlyList<RatedOption> ranked =
        [
            best,
            .. best == reference ? [] : (IEnumerable<RatedOption>)[reference],
            .. may.Where(option => option != best && option != reference).OrderBy(option => option.Option.Expected),
        ];
        return new RouteChoice(rated, ranked, Reason(rated, may, best, reference, prefer, features, evidence));
    }

    // The reference is null where the option is it.
    private static RatedOption Rate(
        RouteOption option,
        string? reference,
        double floor,
        RequestFeatures? features,
        RouteEvidence? evidence,
        SliceBar? bar
    )
    {
        if (option.Unable is not null)
        {
            return new RatedOption(option, Standing.Unable, null, null);
        }

        if (features is null || evidence is null)
        {
            return new RatedOption(option, reference is null ? Standing.Reference : Standing.Unknown, null, null);
        }

        var prediction = evidence.Predictor.Predict(features, option.Model);
        if (reference is null)
        {
            return new RatedOption(option, Standing.Reference, prediction?.Good, null);
        }

        var least = evidence.Least(features.Class, option.Model, reference, floor);
        var standing =
            prediction is not { } made ? Standing.Unknown
            : !made.IsFamiliar ? Standing.Unfamiliar
            : least is not { } asked ? Standing.NotShown
            : made.Good < asked ? Standing.TooWeak
            : bar?.Invoke(features.Class, option.Model) ?? Standing.Shown;
        return new RatedOption(option, standing, prediction?.Good, least);
    }

    /// <summary>The reference can't do it: the first in the operator's order that can takes its place, for that is the order of trust.</summary>
    private static RouteChoice WithoutReference(List<RatedOption> rated, List<RatedOption> may, Preference prefer)
    {
        var able = rated.Where(option => option.Standing != Standing.Unable).ToList();
        if (able.Count == 0)
        {
            return new RouteChoice(rated, [], rated is [var only, ..] ? $"no model can do it: {only.Option.Unable}" : "there is no model");
        }

        var first = may.Count > 0 ? Best(may, prefer, may[0], static option => option.Expected) : able[0];
        var why = may.Count > 0 ? "the one preferred of those that are shown to do it" : "the first of the others that can";
        return new RouteChoice(
            rated,
            // Not to the others that can: nothing says that they may.
            [first, .. may.Where(option => option != first)],
            $"the reference '{rated[0].Option.Model}' can't do it ({rated[0].Option.Unable}): it goes to '{first.Option.Model}', {why}"
        );
    }

    private static RatedOption Best(List<RatedOption> may, Preference prefer, RatedOption reference, Func<RouteOption, Money> cost) =>
        prefer switch
        {
            // Of equals the reference, which comes first.
            Preference.Quality => may.Where(option => option.Good is not null).MaxBy(option => option.Good) is { } most
            && most.Good > reference.Good
                ? most
                : reference,
            Preference.Speed => may.OrderBy(option => option.Option.Seconds ?? double.MaxValue)
                .ThenBy(option => cost(option.Option))
                .First(),
            _ => may.MinBy(option => cost(option.Option))!,
        };

    private static string Reason(
        List<RatedOption> rated,
        List<RatedOption> may,
        RatedOption best,
        RatedOption reference,
        Preference prefer,
        RequestFeatures? features,
        RouteEvidence? evidence
    )
    {
        var (name, own) = (best.Option.Model, reference.Option.Model);
        if (evidence is null || features is null)
        {
            return $"nothing is known of how well other models do, so it stays with the reference '{own}'";
        }

        var kind = features.Class.ToString().ToLowerInvariant();
        if (may.Count == 1)
        {
            return rated.Find(option => option.Standing == Standing.Reverted) is { } reverted
                    ? $"'{reverted.Option.Model}' was shown not to do such requests (class {kind}) well enough here, so it stays with the reference '{own}'"
                : rated.Find(option => option.Standing == Standing.OnTrial) is { } trial
                    ? $"'{trial.Option.Model}' is on trial for such requests (class {kind}), and this session isn't in it: it stays with the reference '{own}'"
                : rated.Any(option => option.Standing == Standing.Unfamiliar)
                    ? $"it's unlike all that was learned from, so it stays with the reference '{own}'"
                : $"no other model is shown to do this request (class {kind}) well enough, so it stays with the reference '{own}'";
        }

        if (prefer == Preference.Cost && Best(may, prefer, reference, static option => option.Cold) is var cold && cold != best)
        {
            return $"it stays with '{name}', whose prompt cache holds the session: changing to '{cold.Option.Model}' would lose more than it saves";
        }

        var what = prefer switch
        {
            Preference.Quality => "expected to answer best",
            Preference.Speed => best.Option.Seconds is { } seconds
                ? string.Create(CultureInfo.InvariantCulture, $"the fastest here ({seconds:0.0} s an answer)")
                : "the cheapest, for no time has been measured yet,",
            _ => "the cheapest",
        };
        var odds = best is { Good: { } good, Least: { } least }
            ? string.Create(CultureInfo.InvariantCulture, $" ({good:P0} likely to be good enough; {least:P0} is asked for)")
            : "";
        return best == reference
            ? $"the reference '{own}' is {what} of the {may.Count} models that may do it (class {kind})"
            : $"'{name}' is {what} of the {may.Count} models that may do it (class {kind}){odds}";
    }
}
