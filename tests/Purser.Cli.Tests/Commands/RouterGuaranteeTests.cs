using System.Globalization;
using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Commands;

public sealed class RouterGuaranteeTests
{
    private static readonly string[] Command =
    [
        "router",
        "guarantee",
        "--data",
        "rows.csv",
        "--strong",
        "big",
        "--weak",
        "small",
        "--score",
        "p",
    ];

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

        Assert.True(await run.RunAsync([.. Command, "--splits", "20"]) == ExitCode.Ok, run.Error);

        Assert.Equal(
            """
            CLASS    ROWS  EPSILON  DELTA  DOWN  RISK   BOUND  EXCEEDED  MAY EXCEED  DECLINED
            extract   200     0.05    0.1     1     0  0.0114         0           7
            maths     200     0.05    0.1     0                       0           7  no threshold passes
            plan        1     0.05    0.1     0                                      too few rows: at least 45

            """,
            run.Out
        );
    }

    [Fact]
    public async Task JSON_has_the_threshold_and_the_procedure()
    {
        using var run = new CliRun();
        run.Write(Rows(), "rows.csv");

        Assert.True(await run.RunAsync([.. Command, "--format", "json", "--splits", "0", "--epsilon", "0.1"]) == ExitCode.Ok, run.Error);

        var row = JsonNode.Parse(run.Out)!["data"]![0]!;
        Assert.Equal("0", row["threshold"]!.GetValue<string>());
        Assert.Equal("risk-controlling threshold, exact binomial", row["procedure"]!.GetValue<string>());
        Assert.Equal("0.1", row["epsilon"]!.GetValue<string>());
        Assert.Null(row["exceeded"]);
    }

    [Theory]
    [InlineData("benchmark,big_score,p\nx,1,1", "rows.csv has no column 'small_score'")]
    [InlineData("benchmark,big_score,small_score,p\nx,1,2,1", "rows.csv, line 2: a grade in 'small_score' is from 0 to 1, not 2")]
    [InlineData("benchmark,big_score,small_score,p\nx,1,1,high", "rows.csv, line 2: 'p' is a number or empty, not 'high'")]
    public async Task What_is_wrong_with_a_file_is_said(string text, string expected)
    {
        using var run = new CliRun();
        run.Write(text, "rows.csv");

        Assert.Equal(ExitCode.Usage, await run.RunAsync(Command));

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

        Assert.Equal(ExitCode.Usage, await run.RunAsync([.. Command, option, value]));

        Assert.Contains(option, run.Error, StringComparison.Ordinal);
    }
}
