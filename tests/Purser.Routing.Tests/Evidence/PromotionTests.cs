using Purser.Routing.Evidence;
using Xunit;

namespace Purser.Routing.Tests.Evidence;

public sealed class PromotionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SliceKey Slice = new(TaskClass.Extract, "small", "billing");

    private static readonly PromotionRequest Request = new(
        Slice,
        PromotionStage.Canary,
        0.05,
        0.1,
        "policy-1",
        "predictor-1",
        TimeSpan.FromDays(30)
    );

    private static readonly EvidenceRecord Evidence = new(
        Slice,
        EvidenceSource.HeldOut,
        "exact binomial",
        500,
        0.05,
        0.1,
        "policy-1",
        "predictor-1",
        Now.AddDays(-30)
    );

    public static TheoryData<string, EvidenceRecord?, PromotionDecision> Cases =>
        new()
        {
            { "all is as asked", Evidence, PromotionDecision.Allowed },
            { "nothing", null, PromotionDecision.NoEvidence },
            { "no outcomes", Evidence with { Count = 0 }, PromotionDecision.NoEvidence },
            { "another class", Evidence with { Slice = Slice with { Class = TaskClass.Maths } }, PromotionDecision.OtherSlice },
            { "another application", Evidence with { Slice = Slice with { App = "" } }, PromotionDecision.OtherSlice },
            { "another policy", Evidence with { PolicyVersion = "policy-2" }, PromotionDecision.OtherVersion },
            { "another predictor", Evidence with { PredictorVersion = "predictor-2" }, PromotionDecision.OtherVersion },
            { "too old", Evidence with { MadeAt = Now.AddDays(-31) }, PromotionDecision.NotCurrent },
            { "of tomorrow", Evidence with { MadeAt = Now.AddSeconds(1) }, PromotionDecision.NotCurrent },
            { "less sure", Evidence with { Delta = 0.11 }, PromotionDecision.TooUnsure },
            { "sure of nothing", Evidence with { Delta = double.NaN }, PromotionDecision.TooUnsure },
            { "too high", Evidence with { Bound = 0.051 }, PromotionDecision.BoundTooHigh },
            { "no bound", Evidence with { Bound = double.NaN }, PromotionDecision.BoundTooHigh },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Nothing_is_promoted_without_evidence_that_fits(string what, EvidenceRecord? evidence, PromotionDecision expected) =>
        Assert.Equal((what, expected), (what, Promotion.Decide(Request, evidence, Now)));

    [Fact]
    public void All_traffic_needs_a_canary()
    {
        var request = Request with { Stage = PromotionStage.On };
        Assert.Equal(PromotionDecision.NoCanary, Promotion.Decide(request, Evidence, Now));
        Assert.Equal(PromotionDecision.Allowed, Promotion.Decide(request, Evidence with { Source = EvidenceSource.Canary }, Now));
    }

    [Fact]
    public void A_guarantee_is_evidence_unless_it_was_declined()
    {
        EvidenceRow[] rows = [.. Enumerable.Range(0, 200).Select(_ => new EvidenceRow(0.9, 0))];
        var target = new RiskTarget(0.05, 0.1);
        var record = EvidenceRecord.Of(Slice, RiskControl.Choose(rows, target), "policy-1", "predictor-1", Now);
        Assert.Equal(200, record?.Count);
        Assert.Equal(PromotionDecision.Allowed, Promotion.Decide(Request, record, Now));
        Assert.Null(EvidenceRecord.Of(Slice, RiskControl.Choose(rows[..10], target), "policy-1", "predictor-1", Now));
    }

    [Fact]
    public void A_canary_is_evidence_once_its_lower_bound_is_above_the_floor()
    {
        var monitor = new SliceMonitor();
        monitor.Open(Slice, 0.9);
        var request = Request with { Stage = PromotionStage.On, Epsilon = 0.1 };
        Assert.Equal(PromotionDecision.NoEvidence, Decide(monitor, request));
        Serve(monitor, 50, 1);
        Assert.Equal(PromotionDecision.BoundTooHigh, Decide(monitor, request));
        Serve(monitor, 300, 1);
        Assert.Equal(PromotionDecision.Allowed, Decide(monitor, request));
        Serve(monitor, 300, 0);
        Assert.Equal(PromotionDecision.NoEvidence, Decide(monitor, request));
    }

    private static PromotionDecision Decide(SliceMonitor monitor, PromotionRequest request) =>
        Promotion.Decide(request, EvidenceRecord.Of(monitor.Report()[0], "policy-1", "predictor-1", Now), Now);

    private static void Serve(SliceMonitor monitor, int count, double quality)
    {
        for (var index = 0; index < count; index++)
        {
            monitor.Add(new Evaluation(Slice, monitor.Served(Slice), Now, quality), Now);
        }
    }
}
