using System.Globalization;
using System.Text;
using Purser.Bench.Measuring;

namespace Purser.Bench.Reporting;

/// <summary>Writes the tables that a person reads.</summary>
internal static class Markdown
{
    public static string Write(Results results, IReadOnlyList<Row> rows)
    {
        var text = new StringBuilder();
        var options = results.Options;
        Line(text, $"# Load benchmark, {results.At:yyyy-MM-dd HH:mm} UTC\n");
        Line(
            text,
            $"{options.Rounds} interleaved rounds of {options.Seconds} s a row; medians. Proxy on core 0, load and upstream on core 1.\n"
        );
        var disturbed = results.Samples.Count(sample => sample.Disturbed);
        Line(
            text,
            $"{disturbed} of {results.Samples.Count} runs were disturbed by other work on the machine (more than {Number(OtherWork.Tolerated)} cores); they count only where a row has no others.\n"
        );
        foreach (var failure in results.Failures)
        {
            Line(text, $"**FAILED** {failure}\n");
        }
        WriteThroughput(text, results, [.. rows.Where(row => row.Kind != RowKind.Latency)]);
        WriteLatency(text, results, [.. rows.Where(row => row.Kind == RowKind.Latency)]);
        WriteSize(text, results, rows);
        WriteFeatures(text, results, [.. rows.Where(row => row.Kind != RowKind.Latency)]);
        return text.ToString();
    }

    private static void WriteThroughput(StringBuilder text, Results results, List<Row> rows)
    {
        if (rows.Count == 0 || results.Reference is not { } reference)
        {
            return;
        }
        Line(text, $"## Requests per proxy CPU-second, as a ratio to {reference}\n");
        Head(text, ["proxy", .. rows.Select(row => row.Title)]);
        foreach (var target in results.Targets.Where(target => target.VariantOf is null && target.Name != "direct"))
        {
            Cells(
                text,
                [
                    target.Name,
                    .. rows.Select(row => Ratio(results.Ratio(row.Id, target.Name, reference, sample => sample.RequestsPerCpuSecond))),
                ]
            );
        }
        Cells(
            text,
            [
                $"_{reference}, requests per CPU-second_",
                .. rows.Select(row => Whole(results.Middle(row.Id, reference, sample => sample.RequestsPerCpuSecond))),
            ]
        );
        Line(text, "\n## Requests per second (and share of the proxy's core that was busy)\n");
        Head(text, ["proxy", .. rows.Select(row => row.Title)]);
        foreach (var target in results.Targets)
        {
            Cells(
                text,
                [
                    target.Name,
                    .. rows.Select(row =>
                        Whole(results.Middle(row.Id, target.Name, sample => sample.RequestsPerSecond))
                        + (
                            results.Middle(row.Id, target.Name, sample => sample.CpuSeconds / sample.Load.Seconds) is { } busy and > 0
                                ? $" ({Percent(busy)})"
                                : ""
                        )
                    ),
                ]
            );
        }
        Line(text, "");
    }

    private static void WriteLatency(StringBuilder text, Results results, List<Row> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }
        Line(text, "## Latency, 1 KB, p50 / p99 µs (and what is added over direct, as a ratio to what nginx adds)\n");
        Head(text, ["proxy", .. rows.Select(row => row.Title)]);
        foreach (var target in results.Targets.Where(target => target.VariantOf is null))
        {
            Cells(text, [target.Name, .. rows.Select(row => Latency(results, row.Id, target.Name))]);
        }
        Line(text, "");
    }

    private static string Latency(Results results, string row, string target)
    {
        var (p50, p99) = (
            results.Middle(row, target, sample => sample.Load.P50Us),
            results.Middle(row, target, sample => sample.Load.P99Us)
        );
        var plain = $"{Whole(p50)} / {Whole(p99)}";
        return target == "direct" || results.Reference is null
            ? plain
            : $"{plain} ({Ratio(Added(results, row, target, load => load.P50Us))} / {Ratio(Added(results, row, target, load => load.P99Us))})";
    }

    private static double? Added(Results results, string row, string target, Func<Load.LoadResult, double> figure) =>
        Results.Median(
            from mine in results.Of(row, target)
            join direct in results.Of(row, "direct") on mine.Round equals direct.Round
            join reference in results.Of(row, results.Reference!) on mine.Round equals reference.Round
            let added = figure(reference.Load) - figure(direct.Load)
            where added > 0
            select (figure(mine.Load) - figure(direct.Load)) / added
        );

    private static void WriteSize(StringBuilder text, Results results, IReadOnlyList<Row> rows)
    {
        Line(text, "## Size and start\n");
        Head(text, ["proxy", "resident MB under load, most of all rows", "anonymous MB, the same", "start to first answer, ms"]);
        foreach (var target in results.Targets.Where(target => target.Name != "direct"))
        {
            var samples = results.Samples.Where(sample => sample.Target == target.Name).ToList();
            var memory = samples.Select(sample => sample.ResidentMegabytes).DefaultIfEmpty(0).Max();
            var anonymous = samples.Select(sample => sample.AnonymousMegabytes).DefaultIfEmpty(0).Max();
            var start = Results.Median(results.StartUps.Where(start => start.Target == target.Name).Select(start => start.Milliseconds));
            Cells(text, [target.Name, Whole(memory), Whole(anonymous), Whole(start)]);
        }
        Line(text, "");
    }

    /// <summary>What each feature costs: the target with all of them against the same without one.</summary>
    private static void WriteFeatures(StringBuilder text, Results results, List<Row> rows)
    {
        if (!results.Targets.Any(target => target.VariantOf is not null))
        {
            return;
        }
        Line(text, "## What each feature costs: µs of proxy CPU a request, saved by leaving it out (share of the whole)\n");
        Head(text, ["left out", .. rows.Select(row => row.Title)]);
        foreach (var target in results.Targets.Where(target => target.VariantOf is not null))
        {
            Cells(text, [target.Name, .. rows.Select(row => Saved(results, row.Id, target.VariantOf!, target.Name))]);
        }
        Line(text, "");
    }

    private static string Saved(Results results, string row, string full, string variant)
    {
        double? Micros(Sample sample) => 1e6 / sample.RequestsPerCpuSecond;
        return results.Middle(row, full, Micros) is { } whole && results.Ratio(row, variant, full, Micros) is { } left
            ? string.Create(CultureInfo.InvariantCulture, $"{(1 - left) * whole:0.0} ({Percent(1 - left)})")
            : "–";
    }

    private static void Head(StringBuilder text, IReadOnlyList<string> cells)
    {
        Cells(text, cells);
        Cells(text, [.. cells.Select(_ => "---")]);
    }

    private static void Cells(StringBuilder text, IReadOnlyList<string> cells) => Line(text, $"| {string.Join(" | ", cells)} |");

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    private static string Ratio(double? value) => value?.ToString(value < 0.1 ? "0.000" : "0.00", CultureInfo.InvariantCulture) ?? "–";

    private static string Whole(double? value) => value?.ToString("0", CultureInfo.InvariantCulture) ?? "–";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double share) => $"{(share * 100).ToString("0", CultureInfo.InvariantCulture)} %";
}
