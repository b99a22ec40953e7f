namespace Purser.Routing.Learning;

/// <summary>A prompt in the ways that the experts look at it.</summary>
/// <param name="Row">Its terms.</param>
/// <param name="Views">Its form, its topics, and both: the points that kernels compare.</param>
/// <param name="Columns">Its form, and its form with its topics: what trees ask of.</param>
/// <param name="Known">The share of its grams' weight that are terms, from 0 to 1.</param>
internal sealed record PromptPoint(SparseRow Row, float[][] Views, float[][] Columns, float Known);
