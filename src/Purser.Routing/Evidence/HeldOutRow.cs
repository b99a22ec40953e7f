namespace Purser.Routing.Evidence;

/// <summary>One request with known outcomes that a predictor did not learn from, with what it expected of each model.</summary>
/// <param name="Class">The kind of work.</param>
/// <param name="Scores">The models whose outcome is known.</param>
public sealed record HeldOutRow(TaskClass Class, IReadOnlyList<HeldOutScore> Scores);

/// <summary>What was expected of a model, and what came.</summary>
/// <param name="Model">The model, as it was learned of.</param>
/// <param name="Expected">The expected probability of a good answer, from 0 to 1; not a number where the predictor didn't know the request.</param>
/// <param name="Score">How good its answer was, from 0 to 1.</param>
public readonly record struct HeldOutScore(string Model, double Expected, double Score);
