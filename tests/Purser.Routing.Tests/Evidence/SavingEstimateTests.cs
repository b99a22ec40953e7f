using MathNet.Numerics.Distributions;
using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class SavingEstimateTests
{
    private const double AsAskedPrice = 1_000;
    private const double RoutedPrice = 200;
    private const double MoreTokens = 1.5;

    /// <summary>
    /// Sessions of one to many requests, with log-normal tokens for each that hang together within a session. The cheaper model takes half as many tokens
    /// again: a request saves 1,000 − 1.5 × 200 = 700 for each token as asked; naively, 1.5 × (1,000 − 200) = 1,200.
    /// </summary>
    private static List<SessionCost> Sessions(int count, double share, double spread, Random random) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    var heldOut = random.NextDouble() < share;
                    var requests = 1 + Geometric.Sample(random, 0.3);
                    var session = Normal.Sample(random, 0, spread);
                    var tokens = Enumerable.Range(0, requests).Sum(_ => Math.Exp(session + Normal.Sample(random, 0, spread)));
                    var used = heldOut ? tokens : tokens * MoreTokens;
                    return new SessionCost(
                        heldOut,
                        (long)Math.Ceiling(used * (heldOut ? AsAskedPrice : RoutedPrice)),
                        requests,
                        (long)Math.Ceiling(used * AsAskedPrice)
                    );
                }),
        ];

    /// <summary>Tokens of a request as asked in the mean, of two log-normal factors.</summary>
    private static double TrueSaving(double spread) => Math.Exp(spread * spread) * (AsAskedPrice - (MoreTokens * RoutedPrice));

    [Theory]
    [InlineData(0.5, 0.92)]
    [InlineData(0.8, 0.90)]
    public void The_interval_has_the_true_saving_in_it_about_as_often_as_it_says(double spread, double least)
    {
        const int runs = 300;
        var random = new Random(21);
        var truth = (decimal)TrueSaving(spread);
        var covered = 0;
        var savings = new List<Saving>();
        for (var run = 0; run < runs; run++)
        {
            var saving = SavingEstimate.Make(Sessions(1_500, 0.1, spread, random), 0.95, run, 400);
            savings.Add(saving);
            covered += saving.Low <= truth && truth <= saving.High ? 1 : 0;
        }

        var mean = savings.Average(saving => saving.UnitSaving);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"spread {spread}: true {truth:0}, estimated {mean:0} in the mean, naive {savings.Average(saving => saving.Naive):0}; "
                + $"covered in {(double)covered / runs:P1}; of the costliest hundredth {savings.Average(saving => saving.TopShare):P0}"
        );
        Assert.InRange((double)covered / runs, least, 0.985);
        Assert.InRange(mean / truth, 0.97m, 1.03m);
        // The naive figure takes the cheaper model's longer answers for what would have been bought.
        Assert.InRange(savings.Average(saving => saving.Naive) / truth, 1.6m, 1.8m);
    }

    [Fact]
    public void Two_percent_of_a_large_day_are_enough()
    {
        var saving = SavingEstimate.Make(Sessions(40_000, 0.02, 0.5, new Random(2)), 0.95, 1);
        var truth = (decimal)TrueSaving(0.5);
        Assert.InRange(truth, saving.Low!.Value, saving.High!.Value);
        Assert.True(saving.High - saving.Low < truth / 3, $"{saving}");
    }

    [Fact]
    public void Unit_costs_are_exact()
    {
        SessionCost[] sessions = [new(true, 700, 1, 700), new(true, 300, 3, 300), new(false, 100, 2, 500), new(false, 200, 2, 300)];
        var saving = SavingEstimate.Make(sessions, 0.95, 1);
        Assert.Equal((250m, 75m, 175m, 125m), (saving.HeldOutUnitCost, saving.TreatedUnitCost, saving.UnitSaving, saving.Naive));
        Assert.Equal((2, 2), (saving.HeldOutSessions, saving.TreatedSessions));
        Assert.Equal(0.7, saving.TopShare, 9);
    }

    [Fact]
    public void Of_few_sessions_no_interval_is_made()
    {
        var saving = SavingEstimate.Make(
            [.. Enumerable.Range(0, 1_000).Select(index => new SessionCost(index < SavingEstimate.FewestSessions - 1, index, 1, index))],
            0.95,
            1
        );
        Assert.Null(saving.Low);
        Assert.Null(saving.High);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval()
    {
        var sessions = Sessions(1_000, 0.1, 0.5, new Random(4));
        Assert.Equal(SavingEstimate.Make(sessions, 0.95, 9, 300), SavingEstimate.Make(sessions, 0.95, 9, 300));
    }

    [Fact]
    public void Without_a_side_or_without_units_there_is_no_estimate()
    {
        Assert.Throws<ArgumentException>(() => SavingEstimate.Make([new SessionCost(true, 1, 1, 1)], 0.95, 1));
        Assert.Throws<ArgumentException>(() => SavingEstimate.Make([new(true, 1, 1, 1), new(false, 1, 0, 1)], 0.95, 1));
    }
}
