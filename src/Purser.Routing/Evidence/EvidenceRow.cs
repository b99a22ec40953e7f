namespace Purser.Routing.Evidence;

/// <summary>What one held-out request says of serving the cheaper model. Held out: the predictor has not learned from it.</summary>
/// <param name="Score">What the predictor expects of the cheaper model; higher is better. Null where it doesn't know the request: that one stays up.</param>
/// <param name="Loss">
/// What is lost by the cheaper model's answer, from 0 to 1: 1 or 0 where the question is only whether it is worse than the reference's,
/// else for instance how much lower it was graded.
/// </param>
public readonly record struct EvidenceRow(double? Score, double Loss);
