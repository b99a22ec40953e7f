using System.Text.Json.Nodes;
using Purser.Routing.Learning;

namespace Purser.Cli.Tests.Commands;

public sealed class RouterTrainTests
{
    /// <summary>The small model can translate and can't prove; a third has too few scores to learn from.</summary>
    private static string Rows()
    {
        var lines = new List<string> { "prompt,big_score,small_score,other_score" };
        for (var row = 0; row < 80; row++)
        {
            lines.Add($"Translate to French: good morning number {row},1,1,{(row < 5 ? "1" : "")}");
            lines.Add($"Prove that the group of order {row} is a field,1,{row % 2},");
        }

        return string.Join('\n', lines);
    }

    [Fact]
    public async Task A_model_file_is_written_and_says_what_is_in_it()
    {
        using var run = new CliRun();
        run.Write(Rows(), "rows.csv");

        Assert.True(await run.RunAsync("router", "train", "--data", "rows.csv", "--output", "out.model", "--format", "json") == ExitCode.Ok, run.Error);

        var rows = JsonNode.Parse(run.Out)!["data"]!.AsArray();
        Assert.Equal(["big", "small"], rows.Select(row => row!["model"]!.GetValue<string>()));
        Assert.Equal(160, rows[0]!["rows"]!.GetValue<int>());
        Assert.Contains("other is left out: 5 rows have its score", run.Error, StringComparison.Ordinal);
        var model = ModelFile.Read(File.ReadAllBytes(run.File("out.model")));
        Assert.Equal(model.Version, rows[1]!["version"]!.GetValue<string>());
        Assert.Equal(160, model.HeldOut.Count);
    }

    [Fact]
    public async Task Too_few_rows_are_refused()
    {
        using var run = new CliRun();
        run.Write("prompt,big_score\na,1\nb,0", "rows.csv");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("router", "train", "--data", "rows.csv", "--output", "out.model"));

        Assert.Contains("2 rows have a score", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bench_tells_how_well_it_chooses()
    {
        using var run = new CliRun();
        run.Write(Rows(), "rows.csv");
        string[] command = ["router", "bench", "--data", "rows.csv", "--strong", "big", "--weak", "small", "--folds", "3", "--format", "json"];

        Assert.True(await run.RunAsync(command) == ExitCode.Ok, run.Error);

        var result = JsonNode.Parse(run.Out)!;
        Assert.InRange(result["apgr"]!.GetValue<double>(), 0.6, 1);
        Assert.Equal(0.5, result["random"]!.GetValue<double>());
        Assert.Equal(160, result["n"]!.GetValue<int>());
    }
}
