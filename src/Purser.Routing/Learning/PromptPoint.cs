namespace Purser.Routing.Learning;

/// <summary>A prompt in the ways that the experts look at it.</summary>
/// <param name="Row">Its terms.</param>
/// <param name="Views">Its form, its topics, and both: the points that kernels compare.</param>
/// <param name="Columns">Its form, and its form with its topics: what trees ask of.</param>
/// <param name="Known">The share of its grams that are terms, from 0 to 1.</param>
/// <param name="KnownElsewhere">The share that would be terms if this prompt hadn't been trained on.</param>
internal sealed record PromptPoint(SparseRow Row, float[][] Views, float[][] Columns, float Known, float KnownElsewhere);
