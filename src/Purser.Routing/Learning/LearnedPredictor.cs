using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>Predicts models' success from what was learned of prompts with known outcomes. Immutable; safe for parallel calls.</summary>
public sealed class LearnedPredictor : SuccessPredictor
{
    private const double FamiliarShare = 0.98;
    private const float ItsOwn = 0.99999f;

    private readonly IReadOnlyDictionary<string, Experts> _models;

    internal LearnedPredictor(
        string version,
        PromptSpace space,
        LandmarkKernel[] kernels,
        float[] floors,
        IReadOnlyDictionary<string, Experts> models
    )
    {
        Version = version;
        Space = space;
        Kernels = kernels;
        Floors = floors;
        _models = models;
    }

    /// <inheritdoc/>
    public override string Version { get; }

    /// <summary>The models that something was learned of, in ordinal order.</summary>
    public IEnumerable<string> Models => _models.Keys.Order(StringComparer.Ordinal);

    internal PromptSpace Space { get; }

    internal LandmarkKernel[] Kernels { get; }

    /// <summary>How like the training prompts a familiar prompt is at least, in each way of <see cref="Likeness"/>: nearly all of them are.</summary>
    internal float[] Floors { get; }

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
        var likeness = learner.Points.Select(point => Likeness(point, Near(kernels, point), trained: true)).ToArray();
        var floors = new float[likeness[0].Length];
        for (var way = 0; way < floors.Length; way++)
        {
            var sorted = likeness.Select(each => each[way]).OrderDescending().ToArray();
            floors[way] = sorted[(int)(FamiliarShare * (sorted.Length - 1))];
        }

        var unnamed = new LearnedPredictor("", learner.Space, kernels, floors, models);
        return ModelFile.Read(ModelFile.Write(unnamed));
    }

    /// <inheritdoc/>
    public override Prediction? Predict(RequestFeatures features, string model)
    {
        if (!_models.TryGetValue(model, out var experts))
        {
            return null;
        }

        var point = Space.Place(features);
        var near = Near(Kernels, point);
        var likeness = Likeness(point, near, trained: false);
        return new Prediction(
            experts.Calibration.Probability(experts.Above(point, near)),
            likeness.Zip(Floors).All(way => way.First >= way.Second)
        );
    }

    private static float[][] Near(LandmarkKernel[] kernels, PromptPoint point) =>
        [.. kernels.Select((kernel, view) => kernel.Near(point.Views[view]))];

    /// <summary>
    /// How like the training prompts one is: the share of its grams that are known, and how near the nearest landmark is in form and in topics. A
    /// training prompt is measured as if it hadn't been there: by grams that others have too, and by the next landmark if it is one.
    /// </summary>
    private static float[] Likeness(PromptPoint point, float[][] near, bool trained) =>
        [trained ? point.KnownElsewhere : point.Known, Nearest(near[0], trained), Nearest(near[1], trained)];

    private static float Nearest(float[] near, bool trained)
    {
        var nearest = TensorPrimitives.Max<float>(near);
        return trained && nearest > ItsOwn && near.Length > 1 ? near.OrderDescending().ElementAt(1) : nearest;
    }
}
