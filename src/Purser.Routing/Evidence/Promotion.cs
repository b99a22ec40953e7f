namespace Purser.Routing.Evidence;

/// <summary>How far a route has been let into traffic.</summary>
public enum PromotionStage
{
    /// <summary>A small share, watched.</summary>
    Canary,

    /// <summary>All of it, watched.</summary>
    On,
}

/// <summary>Where evidence is from.</summary>
public enum EvidenceSource
{
    /// <summary>Held-out outcomes of the past.</summary>
    HeldOut,

    /// <summary>Evaluations of what was served as a canary.</summary>
    Canary,
}

/// <summary>What a promotion rests on. Immutable, and kept for as long as the route is.</summary>
/// <param name="Slice">What it's evidence of.</param>
/// <param name="Source">Where it's from.</param>
/// <param name="Procedure">By which procedure the bound was found.</param>
/// <param name="Count">n: how many outcomes.</param>
/// <param name="Bound">With confidence 1−<paramref name="Delta"/>, this share of the requests at most is worse than it should be; from 0 to 1.</param>
/// <param name="Delta">δ.</param>
/// <param name="PolicyVersion">The policy that it's evidence of.</param>
/// <param name="PredictorVersion">The predictor that it's evidence of.</param>
/// <param name="MadeAt">When.</param>
public sealed record EvidenceRecord(
    SliceKey Slice,
    EvidenceSource Source,
    string Procedure,
    long Count,
    double Bound,
    double Delta,
    string PolicyVersion,
    string PredictorVersion,
    DateTimeOffset MadeAt
)
{
    /// <summary>The evidence of held-out rows.</summary>
    /// <param name="slice">What the rows are of.</param>
    /// <param name="guarantee">What was promised. One that was declined is no evidence.</param>
    /// <param name="policyVersion">The policy.</param>
    /// <param name="predictorVersion">The predictor whose scores the rows have.</param>
    /// <param name="madeAt">When.</param>
    /// <returns>Null where the guarantee was declined.</returns>
    public static EvidenceRecord? Of(
        SliceKey slice,
        RiskGuarantee guarantee,
        string policyVersion,
        string predictorVersion,
        DateTimeOffset madeAt
    ) =>
        guarantee.Declined is not null
            ? null
            : new(
                slice,
                EvidenceSource.HeldOut,
                guarantee.Procedure,
                guarantee.Rows,
                guarantee.Bound,
                guarantee.Target.Delta,
                policyVersion,
                predictorVersion,
                madeAt
            );

    /// <summary>The evidence of a canary: quality missing from 1 is counted as worse.</summary>
    /// <param name="status">How its slice does.</param>
    /// <param name="policyVersion">The policy that served it.</param>
    /// <param name="predictorVersion">The predictor that served it.</param>
    /// <param name="madeAt">When.</param>
    /// <returns>Null where it was reverted.</returns>
    public static EvidenceRecord? Of(SliceStatus status, string policyVersion, string predictorVersion, DateTimeOffset madeAt) =>
        status.Revert is not null
            ? null
            : new(
                status.Slice,
                EvidenceSource.Canary,
                "confidence sequence, betting",
                status.Quality.Count,
                1 - status.Quality.Lower,
                status.Alpha,
                policyVersion,
                predictorVersion,
                madeAt
            );
}

/// <summary>What is to be promoted.</summary>
/// <param name="Slice">Which slice.</param>
/// <param name="Stage">How far.</param>
/// <param name="Epsilon">ε: which share of its requests may be worse, above 0 and below 1.</param>
/// <param name="Delta">δ: how often that may be a mistake, above 0 and below 1.</param>
/// <param name="PolicyVersion">The policy that would serve it.</param>
/// <param name="PredictorVersion">The predictor that would serve it.</param>
/// <param name="OldestEvidence">How old evidence may be.</param>
public sealed record PromotionRequest(
    SliceKey Slice,
    PromotionStage Stage,
    double Epsilon,
    double Delta,
    string PolicyVersion,
    string PredictorVersion,
    TimeSpan OldestEvidence
);

/// <summary>Whether a route may be promoted.</summary>
public enum PromotionDecision
{
    /// <summary>It may.</summary>
    Allowed,

    /// <summary>There is no evidence.</summary>
    NoEvidence,

    /// <summary>The evidence is of another slice.</summary>
    OtherSlice,

    /// <summary>The evidence is of another policy or predictor.</summary>
    OtherVersion,

    /// <summary>All traffic needs a canary's evidence, and this is of held-out rows.</summary>
    NoCanary,

    /// <summary>The evidence is older than it may be, or from the future.</summary>
    NotCurrent,

    /// <summary>The evidence is less sure than is asked.</summary>
    TooUnsure,

    /// <summary>The bound is above what may be worse.</summary>
    BoundTooHigh,
}

/// <summary>The rule that nothing is promoted without evidence.</summary>
public static class Promotion
{
    /// <summary>Decides.</summary>
    /// <param name="request">What is to be promoted.</param>
    /// <param name="evidence">What it rests on; null where there is none.</param>
    /// <param name="now">The time.</param>
    /// <returns>Allowed, or the first reason why not.</returns>
    public static PromotionDecision Decide(PromotionRequest request, EvidenceRecord? evidence, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (evidence is null || evidence.Count < 1)
        {
            return PromotionDecision.NoEvidence;
        }

        if (evidence.Slice != request.Slice)
        {
            return PromotionDecision.OtherSlice;
        }

        if (evidence.PolicyVersion != request.PolicyVersion || evidence.PredictorVersion != request.PredictorVersion)
        {
            return PromotionDecision.OtherVersion;
        }

        if (request.Stage == PromotionStage.On && evidence.Source != EvidenceSource.Canary)
        {
            return PromotionDecision.NoCanary;
        }

        if (evidence.MadeAt > now || now - evidence.MadeAt > request.OldestEvidence)
        {
            return PromotionDecision.NotCurrent;
        }

        if (!(evidence.Delta <= request.Delta))
        {
            return PromotionDecision.TooUnsure;
        }

        return evidence.Bound <= request.Epsilon ? PromotionDecision.Allowed : PromotionDecision.BoundTooHigh;
    }
}
