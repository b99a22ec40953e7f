using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class RiskTestsTests
{
    // (1 - 0.05)^100; 0.95^20 + 20 x 0.05 x 0.95^19; and certainty.
    [Theory]
    [InlineData(100, 0, 0.05, 0.00592053)]
    [InlineData(20, 1, 0.05, 0.7358395)]
    [InlineData(10, 10, 0.05, 1)]
    public void The_binomial_test_is_exact(int rows, int losses, double epsilon, double expected) =>
        Assert.Equal(expected, RiskTests.Binomial(rows, losses, epsilon), 6);

    // 1 - 0.05^(1/100), and the tabulated one-sided Clopper-Pearson limit of 1 in 20 at 95 %.
    [Theory]
    [InlineData(100, 0, 0.05, 0.0295130)]
    [InlineData(20, 1, 0.05, 0.2161)]
    [InlineData(20, 20, 0.05, 1)]
    public void The_binomial_bound_is_that_of_Clopper_and_Pearson(int rows, int losses, double delta, double expected) =>
        Assert.Equal(expected, RiskTests.BinomialBound(rows, losses, delta), 4);

    // Counted by hand: of two requests of which one loses, it's the second half of the time; C(3,2) / C(4,2); 1 - C(2,2) C(3,1) / C(5,3).
    [Theory]
    [InlineData(1, 0, 1, 0, 0.5)]
    [InlineData(2, 0, 2, 0, 0.5)]
    [InlineData(3, 1, 2, 0, 0.7)]
    [InlineData(3, 1, 2, 2, 0)]
    public void The_test_of_the_next_requests_counts_orders(int rows, int losses, int next, int allowed, double expected) =>
        Assert.Equal(expected, RiskTests.NextRequests(rows, losses, next, allowed), 9);

    [Fact]
    public void Of_very_many_next_requests_no_more_can_be_said_than_of_the_long_run()
    {
        const int next = 10_000_000;
        var seen = RiskTests.NextRequests(300, 8, next, RiskControl.Allowed(next, 0.05));
        Assert.Equal(RiskTests.Binomial(300, 8, 0.05), seen, 3);
    }

    [Fact]
    public void The_test_for_bounded_losses_is_Hoeffdings_where_nothing_was_lost() =>
        Assert.Equal(0.00592053, RiskTests.HoeffdingBentkus(100, 0, 0.05), 6);

    public static TheoryData<string> Losses => ["whole", "tenths", "even"];

    /// <summary>Losses whose mean is exactly 0.1, where the test errs most.</summary>
    private static double Draw(string kind, Random random) =>
        kind switch
        {
            "whole" => random.NextDouble() < 0.1 ? 1 : 0,
            "tenths" => random.NextDouble() < 0.5 ? 0.2 : 0,
            _ => random.NextDouble() * 0.2,
        };

    [Theory]
    [MemberData(nameof(Losses))]
    public void No_test_passes_a_risk_just_above_epsilon_more_often_than_delta(string kind)
    {
        const int runs = 2_000;
        var random = new Random(11);
        var (byBets, byBentkus) = (0, 0);
        for (var run = 0; run < runs; run++)
        {
            double[] losses = [.. Enumerable.Range(0, 200).Select(_ => Draw(kind, random))];
            byBets += RiskTests.Betting(losses, 0.1, 0.1) <= 0.1 ? 1 : 0;
            byBentkus += RiskTests.HoeffdingBentkus(losses.Length, losses.Average(), 0.1) <= 0.1 ? 1 : 0;
        }

        Assert.InRange(byBets, 0, Slack.Most(runs, 0.1));
        Assert.InRange(byBentkus, 0, Slack.Most(runs, 0.1));
    }

    /// <summary>How many of 500 sets of 300 losses, with a mean below 0.05, each test passes as at most 0.05.</summary>
    private static (int Exact, int Bets, int Bentkus) Power(Func<Random, double> draw)
    {
        var random = new Random(5);
        var (exact, bets, bentkus) = (0, 0, 0);
        for (var run = 0; run < 500; run++)
        {
            double[] losses = [.. Enumerable.Range(0, 300).Select(_ => draw(random))];
            exact += RiskTests.Binomial(losses.Length, losses.Count(loss => loss > 0), 0.05) <= 0.1 ? 1 : 0;
            bets += RiskTests.Betting(losses, 0.05, 0.1) <= 0.1 ? 1 : 0;
            bentkus += RiskTests.HoeffdingBentkus(losses.Length, losses.Average(), 0.05) <= 0.1 ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"exact {exact}, betting {bets}, Hoeffding-Bentkus {bentkus} of 500");
        return (exact, bets, bentkus);
    }

    [Fact]
    public void For_whole_losses_the_exact_test_passes_most()
    {
        var (exact, bets, bentkus) = Power(random => random.NextDouble() < 0.025 ? 1 : 0);
        Assert.True(exact > bets && exact > bentkus, $"{exact}, {bets}, {bentkus}");
    }

    [Fact]
    public void For_partial_losses_betting_passes_more_than_Hoeffding_and_Bentkus()
    {
        var (_, bets, bentkus) = Power(random => random.NextDouble() < 0.4 ? 0.1 : 0);
        Assert.True(bets > 2 * bentkus + 50, $"{bets}, {bentkus}");
    }

    [Fact]
    public void Betting_does_not_depend_on_the_order_of_the_rows()
    {
        double[] losses = [.. Enumerable.Range(0, 100).Select(index => index % 7 == 0 ? 0.3 : 0)];
        var forward = RiskTests.Betting(losses, 0.1, 0.1);
        Array.Reverse(losses);
        Assert.Equal(forward, RiskTests.Betting(losses, 0.1, 0.1), 12);
    }
}
