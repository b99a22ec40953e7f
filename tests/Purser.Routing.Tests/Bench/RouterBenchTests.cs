using Purser.Routing.Bench;
using Purser.Routing.Tests.Learning;
using Xunit;

namespace Purser.Routing.Tests.Bench;

public sealed class RouterBenchTests
{
    private static readonly BenchOptions Options = new("strong", "weak", 3, LeaveOutSubjects: false, Rows: null, Check: null, Seed: 1);

    [Fact]
    public void A_rule_in_the_prompts_is_found_and_the_run_is_repeatable()
    {
        var table = MadeOutcomes.Table(300);
        var result = RouterBench.Run(table, null, Options);
        Assert.InRange(result.Apgr.Value, 0.62, result.Oracle);
        Assert.InRange(result.Apgr.Value, result.Apgr.Low, result.Apgr.High);
        Assert.Equal(0.5, result.Random, 10);
        Assert.Equal(300, result.Count);
        Assert.Equal(result.Apgr, RouterBench.Run(table, null, Options).Apgr);
    }

    [Fact]
    public void A_check_is_worth_more_than_a_guess_and_both_costs_count()
    {
        var table = MadeOutcomes.Table(300);
        var without = RouterBench.Run(table, null, Options);
        var with = RouterBench.Run(table, null, Options with { Check = 1 });
        Assert.True(with.Apgr.Value > without.Apgr.Value);
        Assert.Equal(0.05, with.Curve.Points[1].Share, 6);
    }

    [Fact]
    public void Questions_that_are_measured_are_not_trained_on()
    {
        var table = MadeOutcomes.Table(300);
        var half = table.Where(row => row < 150);
        Assert.Equal(150, RouterBench.Run(half, table, Options).Trained);
        Assert.Equal(60, RouterBench.Run(half, table, Options with { Rows = 60 }).Trained);
        Assert.Contains(
            "to train on",
            Assert.Throws<ArgumentException>(() => RouterBench.Run(table, table, Options)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Data_that_cannot_answer_is_refused_by_name()
    {
        var table = MadeOutcomes.Table(100);
        Refused(Options with { Strong = "none" }, "none_score", table);
        Refused(Options with { Strong = "weak", Weak = "strong" }, "no gap", table);
        Refused(
            Options with
            {
                LeaveOutSubjects = true,
            },
            "one benchmark",
            table with
            {
                Benchmarks = [.. table.Benchmarks.Select(_ => "a")],
            }
        );
        Refused(Options with { Check = 0.9 }, "strong_cost", table with { Costs = new Dictionary<string, double[]>() });
    }

    private static void Refused(BenchOptions options, string why, OutcomeTable table) =>
        Assert.Contains(
            why,
            Assert.Throws<ArgumentException>(() => RouterBench.Run(table, null, options)).Message,
            StringComparison.Ordinal
        );
}
