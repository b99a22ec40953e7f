using System.Globalization;
using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Commands;

public sealed class RouterGuaranteeTests
{
    private static readonly string[] Command = ["router", "guarantee", "--data", "rows.csv", "--strong", "big", "--weak", "small"];

    private static readonly string[] WithScore = [.. Command, "--score", "p", "--class", "benchmark"];

    /// <summary>A class in which the cheaper model is as good, one in which it never is, and one with too few rows.</summary>
    private static string Rows()
    {
        var lines = new List<string> { "id,benchmark,prompt,big_score,small_score,p" };
        for (var row = 0; row < 200; row++)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"e{row},extract,\"a, \"\"b\"\"\nc\",1,1,0.{row:000}"));
            lines.Add($"m{row},maths,x,1,0.5,0.9");
        }

        lines.Add("p1,plan,x,1,1,0.5");
        lines.Add("p2,plan,x,,1,0.5");
        return string.Join('\n', lines);
    }

    [Fact]
    public async Task Each_class_has_a_line_with_what_is_promised_or_why_not()
    {
        using var run = new CliRun();
        run.Write(Rows(), "rows.csv");

        Assert.True(await run.RunAsync([.. WithScore, "--splits", "20"]) == ExitCode.Ok, run.Error);

        Assert.Equal(
            """
            CLASS    ROWS  EPSILON  DELTA  DOWN  RISK   BOUND  EXCEEDED  MAY EXCEED  DECLINED
            extract   200     0.05    0.1     1     0  0.0149         0           7
            maths     200     0.05    0.1     0                       0           7  no threshold passes
            plan        1     0.05    0.1     0                                      too few rows: at least 59

            """,
            run.Out
        );
    }

    [Fact]
    public async Task JSON_has_the_threshold_and_the_procedure()
    {
        using var run = new CliRun();
        run.Write(Rows(), "rows.csv");

        Assert.True(await run.RunAsync([.. WithScore, "--format", "json", "--splits", "0", "--epsilon", "0.1"]) == ExitCode.Ok, run.Error);

        var row = JsonNode.Parse(run.Out)!["data"]![0]!;
        Assert.Equal("0", row["threshold"]!.GetValue<string>());
        Assert.Equal("risk-controlling threshold, exact binomial", row["procedure"]!.GetValue<string>());
        Assert.Equal("0.1", row["epsilon"]!.GetValue<string>());
        Assert.Null(row["exceeded"]);
    }

    [Fact]
    public async Task Without_a_score_and_a_class_the_router_learns_the_one_and_sees_the_other()
    {
        var lines = new List<string> { "prompt,big_score,small_score" };
        for (var row = 0; row < 400; row++)
        {
            lines.Add($"Translate to French: good morning number {row},1,{(row % 20 == 0 ? 0 : 1)}");
            lines.Add($"Prove that the group of order {row} is a field,1,{row % 2}");
        }

        using var run = new CliRun();
        run.Write(string.Join('\n', lines), "rows.csv");

        Assert.True(await run.RunAsync([.. Command, "--epsilon", "0.1", "--format", "json"]) == ExitCode.Ok, run.Error);

        var rows = JsonNode.Parse(run.Out)!["data"]!.AsArray();
        var translated = rows.Single(row => row!["class"]!.GetValue<string>() == "Translate")!;
        Assert.Equal(400, translated["rows"]!.GetValue<int>());
        Assert.True(double.Parse(translated["down"]!.GetValue<string>(), CultureInfo.InvariantCulture) > 0.8, run.Out);

        // Half of the proofs are wrong, by nothing that shows: few may go down.
        foreach (var row in rows.Where(row => row != translated))
        {
            Assert.True(double.Parse(row!["down"]!.GetValue<string>(), CultureInfo.InvariantCulture) < 0.3, run.Out);
        }
    }

    [Fact]
    public async Task Lines_of_JSON_will_do()
    {
        using var run = new CliRun();
        run.Write(
            string.Join(
                '\n',
                Enumerable.Range(0, 100).Select(row => $$"""{"prompt":"a{{row}}","kind":"k","p":0.5,"big_score":1,"small_score":1}""")
            ),
            "rows.jsonl"
        );
        string[] command =
        [
            "router",
            "guarantee",
            "--data",
            "rows.jsonl",
            "--strong",
            "big",
            "--weak",
            "small",
            "--score",
            "p",
            "--class",
            "kind",
        ];

        Assert.True(await run.RunAsync([.. command, "--format", "csv"]) == ExitCode.Ok, run.Error);

        Assert.Contains("k,100,0.05,0.1,1,0,", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prompt,benchmark,big_score,p\na,x,1,1", "rows.csv: there is no column 'small_score'")]
    [InlineData("prompt,benchmark,big_score,small_score\na,x,1,1", "rows.csv: there is no column 'p'")]
    [InlineData("prompt,benchmark,big_score,small_score,p\na,x,1,2,1", "line 2 of rows.csv: small_score isn't from 0 to 1")]
    [InlineData("prompt,benchmark,big_score,small_score,p\na,x,1,1,high", "rows.csv: 'p' is a number or empty, not 'high'")]
    [InlineData("benchmark,big_score,small_score,p\nx,1,1,1", "rows.csv: the header needs prompt")]
    public async Task What_is_wrong_with_a_file_is_said(string text, string expected)
    {
        using var run = new CliRun();
        run.Write(text, "rows.csv");

        Assert.Equal(ExitCode.Usage, await run.RunAsync(WithScore));

        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--epsilon", "1")]
    [InlineData("--delta", "0")]
    [InlineData("--splits", "-1")]
    public async Task Numbers_out_of_range_are_refused(string option, string value)
    {
        using var run = new CliRun();
        run.Write(Rows(), "rows.csv");

        Assert.Equal(ExitCode.Usage, await run.RunAsync([.. WithScore, option, value]));

        Assert.Contains(option, run.Error, StringComparison.Ordinal);
    }
}
