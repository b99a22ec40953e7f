using System.Globalization;

namespace Purser.Routing.Understanding;

/// <summary>One thing that spoke for a class.</summary>
/// <param name="Feature">Its name, as in <see cref="FeatureNames"/>.</param>
/// <param name="Points">What it gave: the weight of the table times the feature.</param>
public readonly record struct Reason(string Feature, float Points);

/// <summary>Tells a request's class by the table <see cref="TaskWeights"/>.</summary>
internal static class TaskScorer
{
    private static readonly (TaskClass Class, float Bias, (int Feature, float Weight)[] Weights)[] Table = Parse();

    /// <summary>The class with the highest score.</summary>
    public static TaskClass Classify(ReadOnlySpan<float> dense)
    {
        var best = TaskClass.Other;
        var most = float.MinValue;
        foreach (var (taskClass, bias, weights) in Table)
        {
            var score = bias;
            foreach (var (feature, weight) in weights)
            {
                score += weight * dense[feature];
            }
            if (score > most)
            {
                (best, most) = (taskClass, score);
            }
        }
        return best;
    }

    /// <summary>A class's score.</summary>
    public static float Score(TaskClass taskClass, ReadOnlySpan<float> dense)
    {
        var (_, score, weights) = Array.Find(Table, row => row.Class == taskClass);
        foreach (var (feature, weight) in weights)
        {
            score += weight * dense[feature];
        }
        return score;
    }

    /// <summary>What spoke for a class and against it, the heaviest first.</summary>
    public static IReadOnlyList<Reason> Reasons(TaskClass taskClass, float[] dense) =>
        [
            .. Array
                .Find(Table, row => row.Class == taskClass)
                .Weights.Select(weight => new Reason(FeatureNames.All[weight.Feature], weight.Weight * dense[weight.Feature]))
                .Where(reason => MathF.Abs(reason.Points) >= 0.05f)
                .OrderByDescending(reason => MathF.Abs(reason.Points)),
        ];

    private static (TaskClass, float, (int, float)[])[] Parse()
    {
        var places = FeatureNames.All.Select((name, place) => (name, place)).ToDictionary(pair => pair.name, pair => pair.place);
        return
        [
            .. TaskWeights.Table.Select(row =>
                (row.Class, row.Bias, row.Weights.Split(',', StringSplitOptions.TrimEntries).Select(Weight).ToArray())
            ),
        ];

        (int, float) Weight(string entry)
        {
            var space = entry.IndexOf(' ', StringComparison.Ordinal);
            return (places[entry[..space]], float.Parse(entry[space..], CultureInfo.InvariantCulture));
        }
    }
}
