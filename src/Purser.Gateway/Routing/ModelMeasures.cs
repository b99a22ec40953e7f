using System.Collections.Concurrent;

namespace Purser.Gateway.Routing;

/// <summary>How a model did here, by averages in which the latest calls count most.</summary>
/// <param name="Calls">How many calls were made since the start.</param>
/// <param name="Seconds">How long its answers take, from the request to the end; null where there was none.</param>
/// <param name="Answered">The share of calls that its provider answered, from 0 to 1; one that failed for the client's sake isn't counted.</param>
internal sealed record ModelMeasure(long Calls, double? Seconds, double Answered);

/// <summary>How models did here since the start, in routed requests. In memory alone. Safe for parallel calls.</summary>
internal sealed class ModelMeasures
{
    private const double LatestOfTimes = 0.1;

    // Of the last hundred calls, more or less.
    private const double LatestOfAnswers = 0.01;

    private static readonly ModelMeasure None = new(0, null, 1);

    private readonly ConcurrentDictionary<(string Provider, string Model), ModelMeasure> measures = new();

    /// <summary>What was measured; null where nothing was.</summary>
    public ModelMeasure? Of(string provider, string model) => measures.GetValueOrDefault((provider, model));

    /// <summary>Takes an answer's time.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="model">The model.</param>
    /// <param name="seconds">The time, ≥ 0.</param>
    public void AddTime(string provider, string model, double seconds) =>
        Change(
            provider,
            model,
            seconds,
            static (known, latest) =>
                known with
                {
                    Seconds = known.Seconds is { } average ? average + (LatestOfTimes * (latest - average)) : latest,
                }
        );

    /// <summary>Takes whether a call was answered.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="model">The model.</param>
    /// <param name="answered">Whether it was.</param>
    public void AddCall(string provider, string model, bool answered) =>
        Change(
            provider,
            model,
            answered ? 1.0 : 0.0,
            static (known, latest) =>
                known with
                {
                    Calls = known.Calls + 1,
                    Answered = known.Answered + (Math.Max(LatestOfAnswers, 1.0 / (known.Calls + 2)) * (latest - known.Answered)),
                }
        );

    private void Change(string provider, string model, double latest, Func<ModelMeasure, double, ModelMeasure> with) =>
        measures.AddOrUpdate(
            (provider, model),
            static (_, change) => change.with(None, change.latest),
            static (_, known, change) => change.with(known, change.latest),
            (latest, with)
        );
}
