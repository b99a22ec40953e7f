using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Cli.Output;
using Purser.Routing.Bench;

namespace Purser.Cli.Router;

/// <summary>Writes what a bench found.</summary>
internal static class BenchText
{
    private const int Steps = 20;

    private static readonly IReadOnlyList<Column<(string Name, string Value)>> Columns =
    [
        Column.Text<(string Name, string Value)>("figure", row => row.Name),
        Column.Text<(string Name, string Value)>("value", row => row.Value),
    ];

    /// <summary>One JSON object; a threshold that is never reached is null.</summary>
    public static void WriteJson(TextWriter output, BenchResult result)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            Number(json, "apgr", result.Apgr.Value);
            Number(json, "cpt50", result.Curve.Threshold(0.5));
            Number(json, "cpt80", result.Curve.Threshold(0.8));
            Number(json, "apgr_low", result.Apgr.Low);
            Number(json, "apgr_high", result.Apgr.High);
            Number(json, "baseline_apgr", result.Baseline);
            Number(json, "improvement", result.Improvement.Value);
            Number(json, "improvement_low", result.Improvement.Low);
            Number(json, "improvement_high", result.Improvement.High);
            Number(json, "random", result.Random);
            Number(json, "oracle", result.Oracle);
            json.WriteNumber("n", result.Count);
            json.WriteNumber("trained", result.Trained);
            Number(json, "weak_quality", result.Weak);
            Number(json, "strong_quality", result.Strong);
            json.WriteStartArray("curve");
            for (var step = 0; step <= Steps; step++)
            {
                var share = (double)step / Steps;
                json.WriteStartObject();
                Number(json, "share", share);
                Number(json, "recovered", result.Curve.At(share));
                Number(json, "quality", result.Weak + (result.Curve.At(share) * (result.Strong - result.Weak)));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>The figures, one a line.</summary>
    public static void WriteTable(CliContext context, BenchResult result)
    {
        List<(string Name, string Value)> rows =
        [
            ("APGR", Text(result.Apgr)),
            ("tuned nearest neighbours", Text(result.Baseline)),
            ("improvement on them", Text(result.Improvement)),
            ("random", Text(result.Random)),
            ("oracle", Text(result.Oracle)),
            ("CPT(50 %)", Text(result.Curve.Threshold(0.5))),
            ("CPT(80 %)", Text(result.Curve.Threshold(0.8))),
            ("quality, weak", Text(result.Weak)),
            ("quality, strong", Text(result.Strong)),
            ("questions", result.Count.ToString(CultureInfo.InvariantCulture)),
            ("rows trained on", result.Trained.ToString(CultureInfo.InvariantCulture)),
        ];
        rows.AddRange(
            new[] { 0.1, 0.2, 0.3, 0.5, 0.7 }.Select(share => ($"recovered at a share of {Text(share)[..3]}", Text(result.Curve.At(share))))
        );
        new Listing<(string Name, string Value)>(Columns, rows).Write(context, ListingFormat.Table);
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, Math.Round(value, 6));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static string Text(double value) => double.IsFinite(value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "never";

    private static string Text(BootstrapInterval interval) => $"{Text(interval.Value)} ({Text(interval.Low)} to {Text(interval.High)})";
}
