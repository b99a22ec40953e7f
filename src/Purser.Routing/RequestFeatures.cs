namespace Purser.Routing;

/// <summary>What is known of a request without asking anyone: made in one pass over its body. Kept nowhere unless the operator says so (<see cref="FeatureText"/>).</summary>
/// <param name="Class">The kind of work.</param>
/// <param name="Difficulty">How hard it seems by its form, from 0 to 1; no probability.</param>
/// <param name="Dense">Sizes, counts and flags, in the order of <c>FeatureNames</c>.</param>
/// <param name="Grams">The places of its n-grams in the hashed space, ascending, each once.</param>
/// <param name="Weights">How much each of them counts; as many.</param>
public sealed record RequestFeatures(TaskClass Class, float Difficulty, float[] Dense, int[] Grams, float[] Weights);
