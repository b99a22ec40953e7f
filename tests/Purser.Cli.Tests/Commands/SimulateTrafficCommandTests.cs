using System.Text.Json;
using Purser.Cli.Router;

namespace Purser.Cli.Tests.Commands;

public sealed class SimulateTrafficCommandTests
{
    private static readonly string Skills = Path.Combine(DocumentationTests.Root(), "samples", "skills.json");

    [Fact]
    public async Task Requests_are_lines_with_a_body_for_auto()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Ok, await run.RunAsync("simulate", "traffic", "--count", "40", "--seed", "3"));

        var lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(40, lines.Length);
        Assert.All(
            lines,
            line => Assert.Equal("auto", JsonDocument.Parse(line).RootElement.GetProperty("body").GetProperty("model").GetString())
        );
    }

    [Fact]
    public async Task Outcomes_are_what_the_router_learns_from()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Ok, await run.RunAsync("simulate", "traffic", "--count", "60", "--form", "outcomes", "--skills", Skills));

        var table = OutcomeFile.Read(
            new CliContext
            {
                Out = TextWriter.Null,
                Error = TextWriter.Null,
                Environment = _ => null,
                WorkingDirectory = run.Home,
            },
            [run.Write(run.Out, "outcomes.csv")]
        );
        Assert.Equal(["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"], table.Scores.Keys.Order());
        Assert.All(table.Scores.Values, scores => Assert.All(scores, score => Assert.True(score is 0 or 1)));
        Assert.All(table.Costs["gpt-4.1"].Zip(table.Costs["gpt-4.1-mini"]), costs => Assert.True(costs.First > costs.Second));
        // One row a session.
        Assert.InRange(table.Prompts.Count, 20, 59);
    }

    [Theory]
    [InlineData("", "--form outcomes needs --skills FILE")]
    [InlineData("{\"models\":{\"no-such\":{\"skill\":1}}}", "no-such has no price")]
    [InlineData("{\"models\":{}}", "name a model and its skill")]
    public async Task What_is_missing_is_said(string skills, string expected)
    {
        using var run = new CliRun();
        string[] file = skills.Length > 0 ? ["--skills", run.Write(skills, "skills.json")] : [];

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["simulate", "traffic", "--form", "outcomes", .. file]));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }
}
