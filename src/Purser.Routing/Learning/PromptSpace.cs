using System.Numerics.Tensors;
using Purser.Routing.Understanding;

namespace Purser.Routing.Learning;

/// <summary>Where prompts stand to each other: terms, topics and form, learned of training prompts without their outcomes. Immutable.</summary>
/// <param name="Terms">The terms.</param>
/// <param name="Topics">The topics.</param>
/// <param name="Form">The standard of the form.</param>
internal sealed record PromptSpace(TermSpace Terms, LatentTopics Topics, Standard Form)
{
    private const int TopicCount = 64;
    private const float FormBesideTopics = 0.5f;

    /// <summary>Learns the space of prompts.</summary>
    public static PromptSpace Learn(IReadOnlyList<RequestFeatures> prompts, int seed)
    {
        var terms = TermSpace.Learn(prompts);
        var topics = LatentTopics.Learn([.. prompts.Select(terms.Row)], terms.Count, TopicCount, seed);
        return new PromptSpace(terms, topics, Standard.Learn([.. prompts.Select(FormOf)]));
    }

    /// <summary>Where a prompt stands.</summary>
    public PromptPoint Place(RequestFeatures prompt)
    {
        var row = Terms.Row(prompt);
        var form = Form.Apply(FormOf(prompt));
        var topics = Topics.Place(row);
        var scaled = new float[form.Length];
        TensorPrimitives.Multiply(form, 1 / MathF.Sqrt(form.Length), scaled);
        var unit = new float[topics.Length];
        TensorPrimitives.Multiply(topics, 1 / (TensorPrimitives.Norm<float>(topics) + 1e-6f), unit);
        var both = new float[unit.Length + scaled.Length];
        unit.CopyTo(both, 0);
        TensorPrimitives.Multiply(scaled, FormBesideTopics, both.AsSpan(unit.Length));
        float[] columns = [.. form, .. topics];
        return new PromptPoint(
            row,
            [scaled, unit, both],
            [form, columns],
            Share(row.Terms.Length, prompt),
            Share(row.Terms.Count(term => !Terms.IsRarest(term)), prompt)
        );
    }

    private static float[] FormOf(RequestFeatures prompt) => prompt.Dense[FeatureNames.Item..];

    private static float Share(int terms, RequestFeatures prompt) => prompt.Grams.Length == 0 ? 0 : (float)terms / prompt.Grams.Length;
}
