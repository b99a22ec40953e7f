using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class ThresholdsTests
{
    private const double Delta = 0.1;

    /// <summary>The strong model is always right; each weak one is with the probability that is expected of it.</summary>
    private static List<HeldOutRow> Rows(int count, Random random, TaskClass kind = TaskClass.Extract) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    var (small, tiny) = (0.6 + (0.4 * random.NextDouble()), 0.4 + (0.6 * random.NextDouble()));
                    return new HeldOutRow(
                        kind,
                        [
                            new HeldOutScore("strong", 0.99, 1),
                            new HeldOutScore("small", small, random.NextDouble() < small ? 1 : 0),
                            new HeldOutScore("tiny", tiny, random.NextDouble() < tiny ? 1 : 0),
                        ]
                    );
                }),
        ];

    [Fact]
    public void Whichever_candidate_that_reaches_the_threshold_is_chosen_the_risk_of_the_class_is_kept()
    {
        const int runs = 300;
        var random = new Random(11);
        var (exceeded, shown) = (0, 0);
        var truth = Rows(20_000, random);
        for (var run = 0; run < runs; run++)
        {
            var thresholds = new Thresholds(Rows(400, random), "p", Delta);
            if (thresholds.Among(["small", "tiny"]).Least(TaskClass.Extract, "tiny", "strong", 0.95) is not { } least)
            {
                continue;
            }

            shown++;
            // The worst that a choice can do: of the models that may, one that fails wherever one does.
            var worse = truth.Count(row => row.Scores.Any(score => score.Model != "strong" && score.Expected >= least && score.Score < 1));
            exceeded += worse > 0.05 * truth.Count ? 1 : 0;
        }

        Assert.InRange(shown, runs / 2, runs);
        Assert.InRange(exceeded, 0, Slack.Most(runs, Delta));
    }

    [Fact]
    public void Fewer_candidates_have_a_threshold_that_is_no_stricter()
    {
        var thresholds = new Thresholds(Rows(2_000, new Random(5)), "p", Delta);

        var both = thresholds.Among(["small", "tiny"]).Guarantee(TaskClass.Extract, "strong", 0.95);
        var one = thresholds.Among(["small"]).Guarantee(TaskClass.Extract, "strong", 0.95);

        Assert.True(one.Threshold <= both.Threshold, $"{one.Threshold} {both.Threshold}");
        Assert.True(both.ShareDown > 0.05 && both.Bound <= 0.05, $"{both}");
        Assert.Equal(2_000, both.Rows);
    }

    [Theory]
    [InlineData("small", "strong", TaskClass.Extract, true)]
    [InlineData("small", "strong", TaskClass.Chat, false)] // a class without rows
    [InlineData("nosuch", "strong", TaskClass.Extract, false)]
    [InlineData("tiny", "strong", TaskClass.Extract, false)] // no candidate here
    [InlineData("small", "small", TaskClass.Extract, false)]
    [InlineData("small", "nosuch", TaskClass.Extract, false)] // nothing to be as good as
    public void Only_a_candidate_with_evidence_in_the_class_may_take_anything(string model, string reference, TaskClass kind, bool may)
    {
        var thresholds = new Thresholds(Rows(1_000, new Random(5)), "p", Delta);

        Assert.Equal(may, thresholds.Among(["small", "strong", "nosuch"]).Least(kind, model, reference, 0.9) is not null);
    }

    [Fact]
    public void Too_few_rows_are_declined_and_a_row_that_the_predictor_doesnt_know_counts_and_stays_up()
    {
        HeldOutRow[] rows =
        [
            .. Enumerable.Range(0, 60).Select(_ => Row(TaskClass.Maths, 0.9, 1)),
            .. Enumerable.Range(0, 20).Select(_ => Row(TaskClass.Maths, double.NaN, 0)),
            .. Enumerable.Range(0, 30).Select(_ => Row(TaskClass.Plan, 0.9, 1)),
        ];
        var thresholds = new Thresholds(rows, "p", Delta);

        var few = thresholds.Among(["weak"]).Guarantee(TaskClass.Plan, "strong", 0.95);
        var enough = thresholds.Among(["weak"]).Guarantee(TaskClass.Maths, "strong", 0.95);

        Assert.Equal((Declined.TooFewRows, 30, 59), (few.Declined, few.Rows, few.RowsNeeded));
        Assert.Equal((80, 0.9, 0.75), (enough.Rows, enough.Threshold, enough.ShareDown));

        static HeldOutRow Row(TaskClass kind, double expected, double score) =>
            new(kind, [new HeldOutScore("strong", 1, 1), new HeldOutScore("weak", expected, score)]);
    }

    [Fact]
    public void A_row_without_one_candidates_outcome_says_nothing_of_the_two()
    {
        HeldOutRow[] rows =
        [
            .. Rows(100, new Random(1)),
            new HeldOutRow(TaskClass.Extract, [new HeldOutScore("strong", 1, 1), new HeldOutScore("small", 0.9, 1)]),
        ];
        var thresholds = new Thresholds(rows, "p", Delta);

        Assert.Equal(100, thresholds.Among(["small", "tiny"]).Guarantee(TaskClass.Extract, "strong", 0.9).Rows);
        Assert.Equal(101, thresholds.Among(["small"]).Guarantee(TaskClass.Extract, "strong", 0.9).Rows);
    }

    [Fact]
    public void The_version_says_by_what_they_were_made()
    {
        var version = new Thresholds([], "a", 0.05).Version;

        Assert.Equal(version, new Thresholds([], "a", 0.05).Version);
        Assert.NotEqual(version, new Thresholds([], "b", 0.05).Version);
        Assert.NotEqual(version, new Thresholds([], "a", 0.1).Version);
        Assert.Equal(12, version.Length);
    }

    [Fact]
    public void The_dial_sends_more_down_and_saves_more_as_the_floor_falls()
    {
        var rows = Rows(3_000, new Random(2));
        var thresholds = new Thresholds(rows, "p", Delta);
        var costs = new Dictionary<string, decimal>
        {
            ["strong"] = 10,
            ["small"] = 2,
            ["tiny"] = 1,
        };

        var curve = DialCurve.Of(rows, thresholds, "strong", ["tiny", "small"], costs, [0.99, 0.95, 0.9, 0.8]);

        Assert.Equal(curve.OrderBy(point => point.ShareDown), curve);
        Assert.Equal(curve.OrderBy(point => point.Saving), curve);
        Assert.All(curve, point => Assert.True(point.Worse <= 1 - point.Floor && point.Saving < point.ShareDown || point.ShareDown == 0));
        Assert.True(curve[^1].ShareDown > 0.3, $"{curve[^1]}");
        Assert.Equal((1, 0), (curve[^1].Promised, curve[^1].Declined));
        Assert.Null(DialCurve.Of(rows, thresholds, "strong", ["tiny"], new Dictionary<string, decimal>(), [0.9])[0].Saving);
    }
}
