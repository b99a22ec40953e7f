namespace Purser.Routing.Learning;

/// <summary>A prompt as a vector of length one over the terms that the training prompts have in common.</summary>
/// <param name="Terms">The terms, ascending.</param>
/// <param name="Weights">Their weights; as many.</param>
internal readonly record struct SparseRow(int[] Terms, float[] Weights);
