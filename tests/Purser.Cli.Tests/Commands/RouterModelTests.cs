using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Gateway.Configuration;

namespace Purser.Cli.Tests.Commands;

/// <summary>A model file on the command line: trained, looked at by its curve, and loaded by a gateway.</summary>
public sealed class RouterModelTests
{
    private const string Loaded = """
        {
          "predictor_version": "0123456789abcdef0123", "evidence_version": "aaaabbbbcccc", "loaded_at": "2026-03-01T00:00:00Z", "held_out": 900,
          "unknown": ["claude-test"],
          "data": [
            {"policy": "auto", "reference": "strong", "class": "extract", "n": 700, "epsilon": 0.05, "delta": 0.05, "share_down": 0.61, "risk": 0.02, "bound": 0.04},
            {"policy": "auto", "reference": "strong", "class": "maths", "n": 12, "epsilon": 0.05, "delta": 0.05, "declined": "too few rows: at least 59"}
          ]
        }
        """;

    private const string Listed = """
        {
          "mode": "on", "names": [],
          "models": [
            {"model": "weak", "provider": "local", "context_tokens": 8000, "can": ["tools", "json"], "languages": ["en"], "sensitive": true, "formats": ["chat"],
             "input_usd_per_mtok": "0.1", "output_usd_per_mtok": "0.2", "learned": true, "calls": 12, "answered": 0.97, "seconds": 1.25}
          ]
        }
        """;

    [Fact]
    public async Task What_was_trained_has_a_curve_in_which_more_goes_down_and_is_saved_as_the_floor_falls()
    {
        using var run = new CliRun();
        var data = run.Write(Outcomes(), "outcomes.csv");
        var model = run.File("router.model");
        Assert.True(await run.RunAsync("router", "train", "--data", data, "--output", model) == ExitCode.Ok, run.Error);

        var ended = await run.RunAsync([
            "router",
            "curve",
            "--model",
            model,
            "--reference",
            "strong",
            "--cost",
            "strong=10",
            "weak=1",
            "--format",
            "json",
        ]);

        Assert.True(ended == ExitCode.Ok, run.Error);
        var points = JsonNode.Parse(run.Out)!["data"]!.AsArray();
        var down = points.Select(point => Number(point!, "down")).ToList();
        Assert.Equal("99", points[0]!["floor"]!.GetValue<string>());
        Assert.Equal(down.Order(), down);
        Assert.True(down[^1] > 30, $"{down[^1]}");
        Assert.All(points, point => Assert.True(Math.Abs(Number(point!, "saving") - (0.9m * Number(point!, "down"))) < 0.02m));
        Assert.All(points, point => Assert.True(Number(point!, "worse") <= 100 - Number(point!, "floor")));

        static decimal Number(JsonNode point, string name) => decimal.Parse(point[name]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("no router model", "not a router model", "--reference", "strong")]
    [InlineData(null, "Could not find file", "--reference", "strong")]
    public async Task A_file_that_is_none_is_refused(string? text, string message, params string[] more)
    {
        using var run = new CliRun();
        var file = text is null ? run.File("none") : run.Write(text.PadRight(100), "none");

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["router", "curve", "--model", file, .. more]));

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_loads_its_model_and_says_what_it_promises_by_it()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/router/load", Loaded);
        using var run = CliRun.With(gateway);

        Assert.True(await run.RunAsync("router", "load") == ExitCode.Ok, run.Error);

        Assert.StartsWith(
            "In force: predictor 0123456789ab, thresholds aaaabbbbcccc, by 900 held-out rows.\n",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("It has learned nothing of claude-test", run.Out, StringComparison.Ordinal);
        Assert.Matches("auto +strong +extract +700 +0.05 +0.05 +0.61 +0.02 +0.04", run.Out);
        Assert.Matches("auto +strong +maths +12 .*too few rows: at least 59", run.Out);
    }

    [Fact]
    public async Task The_models_are_listed_with_how_they_did()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /v1/route", Listed);
        using var run = CliRun.With(gateway);
        run.Environment["PURSER_KEY"] = "pk_1";

        Assert.True(await run.RunAsync("router", "models") == ExitCode.Ok, run.Error);

        Assert.Matches("weak +local +8000 +tools, json +en +yes +0.1 +0.2 +yes +12 +0.97 +1.25", run.Out);
    }

    [Fact]
    public void A_model_file_lies_beside_the_configuration()
    {
        using var run = new CliRun();
        var file = run.Write("routing: { reference: a, model: learned/router.model }\n", "purser.yml");

        var options = OptionsLoader.Load(file, null, null, null, _ => null);

        Assert.Equal(run.File("learned", "router.model"), options.Routing!.ModelFile);
    }

    /// <summary>The weak model does what is easy.</summary>
    private static string Outcomes()
    {
        string[] things = ["water", "bread", "iron", "salt", "glass", "paper", "wood", "wool"];
        var random = new Random(1);
        var table = new StringBuilder("prompt,strong_score,weak_score\n");
        for (var row = 0; row < 240; row++)
        {
            var (one, other, isEasy) = (things[random.Next(8)], things[random.Next(8)], row % 2 == 0);
            var prompt = isEasy
                ? $"Translate the following sentence to German: the {one} lies under the {other} in house {row}."
                : $"Prove by induction that the sum over all {one} and {other} numbers up to {row} is even.";
            table.Append(CultureInfo.InvariantCulture, $"{prompt},1,{(random.NextDouble() < (isEasy ? 0.99 : 0.1) ? 1 : 0)}\n");
        }

        return table.ToString();
    }
}
