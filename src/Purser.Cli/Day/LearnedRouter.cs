using System.Text;
using Purser.Routing;
using Purser.Routing.Bench;
using Purser.Routing.Evidence;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;

namespace Purser.Cli.Day;

/// <summary>A router that learned from other days, as the gateway has it, but asked without one.</summary>
/// <param name="learned">What it learned.</param>
/// <param name="models">The models: the reference first, then from the dearest to the cheapest.</param>
/// <param name="floorPercent">The floor, in percent.</param>
internal sealed class LearnedRouter(LearnedModel learned, IReadOnlyList<string> models, long floorPercent)
{
    /// <summary>How often a class's promise may fail: what a gateway has unless told otherwise.</summary>
    public const double Delta = 0.05;

    private readonly ThresholdSet thresholds = new Thresholds(learned.HeldOut, learned.Version, Delta).Among(models);

    /// <summary>
    /// Learns from days: of each session its first request, so that the rows are independent of each other, read as the gateway reads it, so that its kind of work is
    /// the one that it's promised for.
    /// </summary>
    /// <param name="days">Other days than the one to choose for.</param>
    public static LearnedModel Learn(IReadOnlyList<DayWorld> days)
    {
        var rows = days.SelectMany(day => day.Requests.DistinctBy(request => request.Traffic.Session)).ToList();
        return LearnedModel.Train(
            [.. rows.Select(Read)],
            [.. rows.Select(row => QuestionFolds.Normalise(row.Traffic.Asked))],
            days[0]
                .Models.Index()
                .ToDictionary(
                    model => model.Item,
                    model => rows.Select(row => row.Outcomes[model.Index].IsGood ? 1f : 0f).ToArray(),
                    StringComparer.Ordinal
                ),
            seed: 1
        );
    }

    /// <summary>The kind of work that the router takes a request for.</summary>
    public static TaskClass ClassOf(DayRequest request) => Read(request).Class;

    /// <summary>The model of each request: the cheapest that is shown to do it, else the reference.</summary>
    public int[] Choose(DayWorld day) => [.. day.Requests.Select(ModelOf)];

    private int ModelOf(DayRequest request)
    {
        var features = Read(request);
        // The later ones are the cheaper ones.
        var model = models.Count - 1;
        while (model > 0 && !May(features, model))
        {
            model--;
        }

        return model;
    }

    private bool May(RequestFeatures features, int model) =>
        learned.Predictor.Predict(features, models[model]) is { IsFamiliar: true, Good: var good }
        && thresholds.Least(features.Class, models[model], models[0], floorPercent / 100.0) is { } asked
        && good >= asked;

    private static RequestFeatures Read(DayRequest request) => RequestReader.Read(Encoding.UTF8.GetBytes(request.Traffic.ChatBody("auto")));
}
