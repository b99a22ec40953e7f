using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>Predicts models' success from what was learned of prompts with known outcomes. Immutable; safe for parallel calls.</summary>
public sealed class LearnedPredictor : ISuccessPredictor
{
    private const double FamiliarShare = 0.98;

    private readonly IReadOnlyDictionary<string, Experts> _models;

    internal LearnedPredictor(
        string version,
        PromptSpace space,
        LandmarkKernel[] kernels,
        float leastLikeness,
        IReadOnlyDictionary<string, Experts> models
    )
    {
        Version = version;
        Space = space;
        Kernels = kernels;
        LeastLikeness = leastLikeness;
        _models = models;
    }

    /// <inheritdoc/>
    public string Version { get; }

    /// <summary>The models that something was learned of, in ordinal order.</summary>
    public IEnumerable<string> Models => _models.Keys.Order(StringComparer.Ordinal);

    internal PromptSpace Space { get; }

    internal LandmarkKernel[] Kernels { get; }

    /// <summary>How like the training prompts a prompt must be to be familiar: nearly all of them are.</summary>
    internal float LeastLikeness { get; }

    internal Experts this[string model] => _models[model];

    /// <summary>Learns each model's success.</summary>
    /// <param name="prompts">The training prompts by <see cref="PromptFeatures"/>; at least 20.</param>
    /// <param name="questions">The normalised text of each.</param>
    /// <param name="scores">Each model's score of each prompt, from 0 to 1.</param>
    /// <param name="seed">Makes the training repeatable.</param>
    public static LearnedPredictor Train(
        IReadOnlyList<RequestFeatures> prompts,
        IReadOnlyList<string> questions,
        IReadOnlyDictionary<string, float[]> scores,
        int seed
    )
    {
        var learner = new PromptLearner(prompts, questions, seed);
        var models = scores
            .OrderBy(model => model.Key, StringComparer.Ordinal)
            .ToDictionary(model => model.Key, model => learner.Learn(model.Value));
        var kernels = learner.Kernels;
        float[] likeness =
        [
            .. learner.Points.Select(point => Likeness(point, kernels[1].Near(point.Views[1]), trained: true)).OrderDescending(),
        ];
        var unnamed = new LearnedPredictor("", learner.Space, kernels, likeness[(int)(FamiliarShare * (likeness.Length - 1))], models);
        return ModelFile.Read(ModelFile.Write(unnamed));
    }

    /// <inheritdoc/>
    public Prediction? Predict(RequestFeatures features, string model)
    {
        if (!_models.TryGetValue(model, out var experts))
        {
            return null;
        }

        var (point, near) = Look(features);
        return new Prediction(
            experts.Calibration.Probability(experts.Above(point, near)),
            Likeness(point, near[1], trained: false) >= LeastLikeness
        );
    }

    private (PromptPoint Point, float[][] Near) Look(RequestFeatures features)
    {
        var point = Space.Place(features);
        return (point, [.. Kernels.Select((kernel, view) => kernel.Near(point.Views[view]))]);
    }

    /// <summary>
    /// How like the training prompts one is: the share of its grams that are known, times how near the nearest landmark is in topics.
    /// A training prompt that is a landmark itself is measured by the next one.
    /// </summary>
    private static float Likeness(PromptPoint point, float[] near, bool trained)
    {
        var nearest = TensorPrimitives.Max<float>(near);
        if (trained && nearest > 0.99999f && near.Length > 1)
        {
            nearest = near.OrderDescending().ElementAt(1);
        }

        return point.Known * nearest;
    }
}
