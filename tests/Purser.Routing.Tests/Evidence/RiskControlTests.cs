using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class RiskControlTests
{
    private const double Epsilon = 0.05;
    private const double Delta = 0.1;

    /// <summary>Scores are even from 0 to 1, and a request loses with the chance 0.3 (1 − score): the true risks are known.</summary>
    internal static EvidenceRow[] Rows(int count, Random random, LossKind kind = LossKind.Binary) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    var score = random.NextDouble();
                    var mean = 0.3 * (1 - score);
                    return new EvidenceRow(
                        score,
                        kind == LossKind.Binary ? (random.NextDouble() < mean ? 1 : 0) : 2 * mean * random.NextDouble()
                    );
                }),
        ];

    /// <summary>The integral of 0.3 (1 − score) above the threshold; its mean there.</summary>
    private static double TrueRisk(double? threshold, RiskScope scope) =>
        threshold is not { } from ? 0
        : scope == RiskScope.AllRequests ? 0.15 * (1 - from) * (1 - from)
        : 0.15 * (1 - from);

    [Theory]
    [InlineData(RiskScope.AllRequests, LossKind.Binary, 300, 0.577, 0.4)]
    [InlineData(RiskScope.AllRequests, LossKind.Bounded, 300, 0.577, 0.4)]
    [InlineData(RiskScope.RoutedDown, LossKind.Binary, 4_000, 0.333, 0.2)]
    [InlineData(RiskScope.RoutedDown, LossKind.Bounded, 1_500, 0.333, 0.2)]
    public void The_true_risk_exceeds_epsilon_in_a_share_of_delta_at_most_and_much_is_routed_down(
        RiskScope scope,
        LossKind kind,
        int rows,
        double possible,
        double least
    )
    {
        const int runs = 1_000;
        var random = new Random(3);
        var (exceeded, share) = (0, 0.0);
        for (var run = 0; run < runs; run++)
        {
            var guarantee = RiskControl.Choose(Rows(rows, random, kind), new RiskTarget(Epsilon, Delta, scope, kind));
            exceeded += TrueRisk(guarantee.Threshold, scope) > Epsilon ? 1 : 0;
            share += guarantee.Threshold is { } threshold ? 1 - threshold : 0;
            Assert.True(guarantee.Bound <= Epsilon && guarantee.Risk <= guarantee.Bound);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{scope} {kind}, n={rows}: above ε in {exceeded} of {runs}; {share / runs:P1} down of {possible:P1} that a seer would send"
        );
        Assert.InRange(exceeded, 0, Slack.Most(runs, Delta));
        Assert.InRange(share / runs, least, possible);
    }

    [Fact]
    public void What_is_seen_among_the_next_requests_exceeds_epsilon_in_a_share_of_delta_at_most()
    {
        const int runs = 1_000;
        var random = new Random(4);
        var (longRun, withHorizon) = (0, 0);
        for (var run = 0; run < runs; run++)
        {
            var evidence = Rows(400, random);
            var next = Rows(400, random);
            longRun += Exceeds(RiskControl.Choose(evidence, new RiskTarget(Epsilon, Delta)), next);
            withHorizon += Exceeds(RiskControl.Choose(evidence, new RiskTarget(Epsilon, Delta, Horizon: 400)), next);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"above ε among the next 400: {withHorizon}, without a horizon {longRun}, of {runs}"
        );
        // Half of δ is used.
        Assert.InRange(withHorizon, 0, Slack.Most(runs, Delta / 2));
        // What the horizon is for: a promise of the long run doesn't cover the chance in what comes next.
        Assert.True(longRun > Slack.Most(runs, Delta / 2), $"{longRun}");
    }

    private static int Exceeds(RiskGuarantee guarantee, EvidenceRow[] next) =>
        next.Where(row => guarantee.SendsDown(row.Score)).Sum(row => row.Loss) > Epsilon * next.Length ? 1 : 0;

    [Fact]
    public void A_worthless_score_keeps_the_promise_and_sends_less_down()
    {
        var random = new Random(6);
        var exceeded = 0;
        for (var run = 0; run < 500; run++)
        {
            EvidenceRow[] rows =
            [
                .. Enumerable.Range(0, 400).Select(_ => new EvidenceRow(random.NextDouble(), random.NextDouble() < 0.2 ? 1 : 0)),
            ];
            var guarantee = RiskControl.Choose(rows, new RiskTarget(Epsilon, Delta));
            exceeded += guarantee.Threshold is { } threshold && 0.2 * (1 - threshold) > Epsilon ? 1 : 0;
        }

        Assert.InRange(exceeded, 0, Slack.Most(500, Delta));
    }

    // Half of δ is used: 0.95^58 is 0.051 and 0.95^59 is 0.049.
    [Theory]
    [InlineData(58, Declined.TooFewRows)]
    [InlineData(59, null)]
    public void The_fewest_rows_are_those_that_would_do_without_a_loss(int rows, Declined? expected)
    {
        var guarantee = RiskControl.Choose(
            [.. Enumerable.Range(0, rows).Select(index => new EvidenceRow(index, 0))],
            new RiskTarget(Epsilon, Delta)
        );
        Assert.Equal(expected, guarantee.Declined);
        Assert.Equal(59, guarantee.RowsNeeded);
        Assert.Equal(expected is null ? 1 : 0, guarantee.ShareDown);
    }

    [Fact]
    public void A_class_in_which_the_best_scores_lose_is_declined_and_stays_up()
    {
        EvidenceRow[] rows = [.. Enumerable.Range(0, 200).Select(index => new EvidenceRow(index > 150 ? 1 : 0, index > 150 ? 1 : 0))];
        var guarantee = RiskControl.Choose(rows, new RiskTarget(Epsilon, Delta));
        Assert.Equal(Declined.NoThresholdPasses, guarantee.Declined);
        Assert.False(guarantee.SendsDown(1));
    }

    [Fact]
    public void Rows_of_one_score_go_down_together_or_not_at_all()
    {
        EvidenceRow[] rows =
        [
            .. Enumerable.Range(0, 500).Select(_ => new EvidenceRow(0.9, 0)),
            .. Enumerable.Range(0, 500).Select(index => new EvidenceRow(0.5, index % 4 == 0 ? 1 : 0)),
        ];
        var guarantee = RiskControl.Choose(rows, new RiskTarget(Epsilon, Delta));
        Assert.Equal((0.9, 0.5), (guarantee.Threshold, guarantee.ShareDown));
    }

    [Fact]
    public void What_the_predictor_does_not_know_stays_up()
    {
        EvidenceRow[] rows =
        [
            .. Enumerable.Range(0, 200).Select(index => index % 2 == 0 ? new EvidenceRow(null, 1) : new EvidenceRow(0.7, 0)),
        ];
        var guarantee = RiskControl.Choose(rows, new RiskTarget(Epsilon, Delta));
        Assert.Equal(0.5, guarantee.ShareDown);
        Assert.True(guarantee.SendsDown(0.7) && !guarantee.SendsDown(0.69) && !guarantee.SendsDown(null));
    }

    [Theory]
    [InlineData(0.0, 0.1, 0)]
    [InlineData(0.05, 1.0, 0)]
    [InlineData(double.NaN, 0.1, 0)]
    [InlineData(0.05, 0.1, 0.5)]
    [InlineData(0.05, 0.1, double.NaN)]
    public void What_makes_no_sense_is_refused(double epsilon, double delta, double loss) =>
        Assert.Throws<ArgumentException>(() => RiskControl.Choose([new EvidenceRow(0.5, loss)], new RiskTarget(epsilon, delta)));

    [Fact]
    public void A_horizon_is_only_for_what_there_is_a_procedure_for() =>
        Assert.Throws<ArgumentException>(() =>
            RiskControl.Choose([new EvidenceRow(0.5, 0)], new RiskTarget(0.05, 0.1, RiskScope.RoutedDown, Horizon: 100))
        );
}
