using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class GuaranteeReportTests
{
    private static readonly RiskTarget Target = new(0.05, 0.1);

    [Fact]
    public void Over_200_splits_the_promise_is_broken_in_a_share_of_delta_at_most_and_is_not_empty()
    {
        var random = new Random(8);
        var checks = Enumerable
            .Range(0, 20)
            .Select(seed => GuaranteeReport.Check(RiskControlTests.Rows(1_200, random), Target, 200, seed))
            .ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(" ", checks.Select(check => check.Exceeded)));
        Assert.All(checks, check => Assert.True(check.Holds, $"{check}"));
        Assert.All(checks, check => Assert.InRange(check.ShareDown, 0.35, 0.577));
        // Splits of one set of rows hang together; over many sets the rate is that of the promise.
        Assert.InRange(checks.Sum(check => check.Exceeded), 0, 20 * 200 * Target.Delta);
    }

    [Fact]
    public void A_threshold_that_only_fits_its_rows_fails_the_check()
    {
        // Promised at a confidence of next to nothing: the threshold is where the risk seen is just ε.
        var check = GuaranteeReport.Check(RiskControlTests.Rows(1_200, new Random(8)), Target with { Delta = 0.5 }, 200, 1);
        Assert.True(check.Exceeded > check.Splits * Target.Delta * 2, $"{check}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_report()
    {
        ClassEvidence[] classes = [new("maths", RiskControlTests.Rows(600, new Random(2)))];
        Assert.Equal(GuaranteeReport.Make(classes, Target, 20, 7), GuaranteeReport.Make(classes, Target, 20, 7));
    }

    [Fact]
    public void A_line_says_what_is_promised_or_why_not()
    {
        ClassEvidence[] classes =
        [
            new("extract", [.. Enumerable.Range(0, 100).Select(index => new EvidenceRow(0.5, 0))]),
            new("maths", [new EvidenceRow(0.5, 0), new EvidenceRow(0.4, 1)]),
            new("code", [.. Enumerable.Range(0, 100).Select(index => new EvidenceRow(0.5, index % 2))]),
        ];
        Assert.Equal(
            [
                "extract: n=100 ε=0.05 δ=0.1 100.0 % down from score 0.5, risk 0.00 %, at most 2.95 %",
                "maths: n=2 ε=0.05 δ=0.1 declined: too few rows (at least 59)",
                "code: n=100 ε=0.05 δ=0.1 declined: no threshold passes",
            ],
            GuaranteeReport.Make(classes, Target, 0, 1).Select(line => line.ToString())
        );
    }
}
