using Purser.Routing.Evidence;

namespace Purser.Gateway.Evaluations;

/// <summary>An evaluation as it's kept: joined to its request's route.</summary>
/// <param name="Said">The evaluation; its model is named.</param>
/// <param name="ServedAt">When the request came in.</param>
/// <param name="AccountId">Whose it was.</param>
/// <param name="Class">The kind of work, as records spell it; null where nobody asked.</param>
/// <param name="Application">Which policy of whose chose; null where none did.</param>
/// <param name="Floor">The percentage of answers that shall be good enough; null without a policy.</param>
/// <param name="Predictor">What predicted how models do; null where nothing did.</param>
/// <param name="IsEvidence">
/// Whether it counts for its slice: it's of a random share of the answers, and of a model that was shown to do the request.
/// </param>
internal sealed record StoredEvaluation(
    Evaluation Said,
    DateTimeOffset ServedAt,
    string AccountId,
    string? Class,
    string? Application,
    long? Floor,
    string? Predictor,
    bool IsEvidence
)
{
    /// <summary>Its number, in the order in which they came; 0 before it's kept.</summary>
    public long Seq { get; init; }

    /// <summary>The slice that it's evidence for.</summary>
    public SliceKey Slice => SliceState.KeyOf(Class!, Said.Model!, Application!);

    /// <summary>Joins an evaluation to its route.</summary>
    /// <param name="said">The evaluation.</param>
    /// <param name="model">Of which model it is.</param>
    /// <param name="route">Its request's.</param>
    public static StoredEvaluation Of(Evaluation said, string model, EvaluatedRoute route) =>
        new(
            said with
            {
                Model = model,
            },
            route.ServedAt,
            route.AccountId,
            route.Class,
            route.Application,
            route.Floor,
            route.Predictor,
            // Volunteered feedback is of those who are displeased, and a check sees no more than it can: neither is a slice's quality.
            said.Source
                is EvaluationSource.Judge
                    or EvaluationSource.Shadow
                && route is { Class: not null, Application: not null, Floor: not null, Predictor: not null }
                && route.Able.Contains(model)
        );
}
