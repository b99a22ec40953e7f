using Purser.Routing.Evidence;

namespace Purser.Cli.Day;

/// <summary>Routers to compare with, that look at nothing, or at the class alone.</summary>
internal static class PlainRouters
{
    /// <summary>All to one model.</summary>
    public static int[] Constant(DayWorld day, int model) => [.. Enumerable.Repeat(model, day.Requests.Count)];

    /// <summary>
    /// Each class to the cheapest model of which it's shown, by the outcomes of other days, that at most ε of the class is worse than the reference's. It reads
    /// the class off the request as the traffic's maker wrote it there: no real router can do better at that.
    /// </summary>
    /// <param name="learned">Another day.</param>
    /// <param name="day">The day to choose for.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="delta">How often a class's promise may fail.</param>
    public static int[] ByClass(DayWorld learned, DayWorld day, double epsilon, double delta)
    {
        var chosen = learned
            .Requests.GroupBy(request => request.Traffic.Class)
            .ToDictionary(
                group => group.Key,
                group =>
                    Enumerable
                        .Range(1, learned.Models.Count - 1)
                        .Where(model => IsShown([.. group], model, epsilon, delta))
                        .OrderBy(model => group.Sum(request => learned.AllOn[model][request.Traffic.Number]))
                        .FirstOrDefault()
            );
        return [.. day.Requests.Select(request => chosen.GetValueOrDefault(request.Traffic.Class))];
    }

    private static bool IsShown(DayRequest[] requests, int model, double epsilon, double delta) =>
        RiskControl
            .Choose([.. requests.Select(request => new EvidenceRow(0.5, request.IsWorse(model) ? 1 : 0))], new RiskTarget(epsilon, delta))
            .Threshold
            is not null;
}
