using System.Text.Json;
using Purser.Cli.Commands;
using Purser.Cli.Day;
using Purser.Cli.Hosting;
using Purser.Routing.Learning;

namespace Purser.Cli.Tests.Day;

/// <summary>A short day through a gateway in this process, over real HTTP, before simulated models of known skill. `purser router day` runs a long one.</summary>
public sealed class DayRunTests
{
    [Fact]
    public async Task Most_of_what_the_oracle_saves_is_verified_at_the_floor_and_all_is_settled()
    {
        using var run = new CliRun();
        // A quarter is held out, for in a short day two in a hundred would be too few to verify anything.
        var report = await DayRun.RunAsync(
            Options(run) with
            {
                Requests = 1500,
                HoldoutPercent = 25,
            },
            run.File("data"),
            null,
            TestContext.Current.CancellationToken
        );

        // Who is held out is drawn anew in each folder: what so short a day verifies is known to its interval alone.
        Assert.DoesNotContain(report.Failures(), failure => !failure.Contains("is verified", StringComparison.Ordinal));
        Assert.True((double)report.Verified.High! >= DayScore.Goal * (double)report.OracleUnitSaving, report.Verified.ToString());
        Assert.Empty(report.Reverts);
        Assert.Equal(30, report.Overrides);
        Assert.True(report.Truth.OfOracle >= DayScore.Goal, report.Truth.ToString());
        await SeeWithAnotherPolicyAsync(run);
    }

    // The ledger of that day, seen with a lower floor.
    private static async Task SeeWithAnotherPolicyAsync(CliRun run)
    {
        run.Write("routing: { reference: gpt-4.1, floor: 85, model: router.model, candidates: [gpt-4.1-mini] }", "other.yml");

        var code = await run.RunAsync(
            "router",
            "simulate",
            "--data",
            "data",
            "--days",
            "3650",
            "--policy",
            "other.yml",
            "--format",
            "json"
        );

        Assert.True(code == ExitCode.Ok, run.Error);
        using var seen = JsonDocument.Parse(run.Out);
        Assert.Equal(1470, seen.RootElement.GetProperty("requests").GetInt32());
        Assert.Equal(
            ["30 the person said where it goes: it would have gone there again"],
            seen.RootElement.GetProperty("unknown")
                .EnumerateArray()
                .Select(unknown => $"{unknown.GetProperty("requests")} {unknown.GetProperty("what")}")
        );
        Assert.All(
            seen.RootElement.GetProperty("data").EnumerateArray(),
            flow => Assert.Contains(flow.GetProperty("would_go_to").GetString(), (string[])["gpt-4.1", "gpt-4.1-mini"])
        );
        Assert.InRange(seen.RootElement.GetProperty("would_be_good").GetDouble(), 0.8, 1);
    }

    [Fact]
    public async Task A_drop_in_one_slice_is_seen_by_the_judge_and_taken_back_by_the_gateway()
    {
        using var run = new CliRun();
        var noon = TimeSpan.FromHours(12);
        var options = Options(run) with
        {
            Requests = 1800,
            Applications = ["Invoice Desk", "Copy Room"],
            Drop = new DayDrop("gpt-4.1-*", "extract", noon, By: 6),
            JudgePercent = 100,
        };

        var report = await DayRun.RunAsync(options, run.File("data"), null, TestContext.Current.CancellationToken);

        Assert.NotEmpty(report.Reverts);
        Assert.All(
            report.Reverts,
            revert =>
            {
                Assert.Equal("extract", revert.Class);
                Assert.True(revert.At > options.Midnight + noon, revert.ToString());
                Assert.True(revert is { Quality: < 0.9, Evaluations: > 0, Leaked: > 0 }, revert.ToString());
            }
        );
        Assert.Equal((report.Billed, 0), (report.Posted, report.Pending.Nanos));
    }

    private static DayOptions Options(CliRun run)
    {
        var file = run.File("router.model");
        File.WriteAllBytes(file, ModelFile.Write(DayWorldTests.Learned));
        return new DayOptions(
            RouterDayCommand.DefaultSkills(),
            PriceFiles.Load(PriceFiles.BuiltIn),
            DayWorldTests.Models,
            file,
            Seed: 1,
            Requests: 1500,
            FloorPercent: DayWorldTests.Floor,
            HoldoutPercent: 2,
            DayWorldTests.Midnight
        );
    }
}
