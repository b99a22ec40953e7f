using System.Text.Json;
using Purser.Bench.Measuring;

namespace Purser.Bench.Reporting;

/// <summary>Everything that a run measured, as it goes into results.json.</summary>
internal sealed record Results(
    DateTimeOffset At,
    Options Options,
    IReadOnlyList<Results.Subject> Targets,
    IReadOnlyList<Sample> Samples,
    IReadOnlyList<StartUp> StartUps,
    IReadOnlyList<string> Failures
)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>The target that ratios are to: nginx, or where it was left out the first proxy.</summary>
    public string? Reference =>
        Targets.FirstOrDefault(target => target.Name == "nginx")?.Name ?? Targets.FirstOrDefault(target => target.Name != "direct")?.Name;

    public string ToJson() => JsonSerializer.Serialize(this, Indented);

    /// <summary>The median, over the rounds that both have, of one target's figure divided by the other's in the same round.</summary>
    /// <returns>Where no round has both, the ratio of their medians; null where one has none.</returns>
    public double? Ratio(string row, string target, string other, Func<Sample, double?> figure) =>
        Median(
            from mine in Of(row, target)
            join theirs in Of(row, other) on mine.Round equals theirs.Round
            let above = figure(mine)
            let below = figure(theirs)
            where above is not null && below is not null && below != 0
            select above.Value / below.Value
        ) ?? (Middle(row, target, figure) / Middle(row, other, figure));

    /// <summary>The median over rounds.</summary>
    public double? Middle(string row, string target, Func<Sample, double?> figure) =>
        Median(Of(row, target).Select(figure).OfType<double>());

    /// <summary>The runs that nothing disturbed; all, where there is none.</summary>
    public IReadOnlyList<Sample> Of(string row, string target)
    {
        var all = Samples.Where(sample => sample.Row == row && sample.Target == target).ToList();
        var quiet = all.Where(sample => !sample.Disturbed).ToList();
        return quiet.Count > 0 ? quiet : all;
    }

    public static double? Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>A target's name, and the target that it is a variant of.</summary>
    internal sealed record Subject(string Name, string? VariantOf);
}
