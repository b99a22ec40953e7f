namespace Purser.Routing.Learning;

/// <summary>The features of a prompt's text alone: what the learner is trained on, and what it is asked with.</summary>
public static class PromptFeatures
{
    /// <summary>Which features these are; a model file names those that it was made with.</summary>
    public const int Generation = 1;

    /// <summary>Reads a prompt. Its class is left at <see cref="TaskClass.Other"/>, its difficulty at nought: neither is learned from.</summary>
    /// <param name="prompt">The text.</param>
    public static RequestFeatures Of(string prompt)
    {
        var (places, weights) = PromptGrams.Of(prompt);
        return new RequestFeatures(TaskClass.Other, 0, PromptForm.Of(prompt), places, weights);
    }
}
