using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>Predicts models' success from what was learned of prompts with known outcomes. Immutable; safe for parallel calls.</summary>
public sealed class LearnedPredictor : SuccessPredictor
{
    private const double FamiliarShare = 0.98;
    private const float ItsOwn = 0.99999f;

    private readonly IReadOnlyDictionary<string, Experts> models;

    // A request's models are asked about one after the other: where it stands is found once.
    [ThreadStatic]
    private static Sight? last;

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
        this.models = models;
    }

    /// <inheritdoc/>
    public override string Version { get; }

    /// <summary>The models that something was learned of, in ordinal order.</summary>
    public IEnumerable<string> Models => models.Keys.Order(StringComparer.Ordinal);

    internal PromptSpace Space { get; }

    internal LandmarkKernel[] Kernels { get; }

    /// <summary>How like the training prompts a familiar prompt is at least, in each way of <see cref="Likeness"/>: nearly all of them are.</summary>
    internal float[] Floors { get; }

    internal Experts this[string model] => models[model];

    /// <inheritdoc/>
    public override Prediction? Predict(RequestFeatures features, string model)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (!models.TryGetValue(model, out var experts))
        {
            return null;
        }

        var seen = last;
        if (seen is null || seen.By != this || seen.Features != (object)features)
        {
            seen = last = Look(features);
        }

        return new Prediction(experts.Calibration.Probability(experts.Above(seen.Point, seen.Near)), seen.IsFamiliar);
    }

    private Sight Look(RequestFeatures features)
    {
        var point = Space.Place(features);
        var near = Near(Kernels, point);
        return new Sight(this, features, point, near, IsFamiliar(Likeness(point, near, trained: false), Floors));
    }

    /// <summary>How like the training prompts a familiar prompt is at least: nearly all of them are.</summary>
    internal static float[] FloorsOf(IReadOnlyList<float[]> likeness)
    {
        var floors = new float[likeness[0].Length];
        for (var way = 0; way < floors.Length; way++)
        {
            var sorted = likeness.Select(each => each[way]).OrderDescending().ToArray();
            floors[way] = sorted[(int)(FamiliarShare * (sorted.Length - 1))];
        }

        return floors;
    }

    internal static bool IsFamiliar(float[] likeness, float[] floors)
    {
        for (var way = 0; way < floors.Length; way++)
        {
            if (likeness[way] < floors[way])
            {
                return false;
            }
        }

        return true;
    }

    internal static float[][] Near(LandmarkKernel[] kernels, PromptPoint point) =>
        [.. kernels.Select((kernel, view) => kernel.Near(point.Views[view]))];

    /// <summary>
    /// How like the training prompts one is: the share of its grams that are known, and how near the nearest landmark is in form and in topics. A
    /// training prompt is measured as if it hadn't been there: by grams that others have too, and by the next landmark if it is one.
    /// </summary>
    internal static float[] Likeness(PromptPoint point, float[][] near, bool trained) =>
        [trained ? point.KnownElsewhere : point.Known, Nearest(near[0], trained), Nearest(near[1], trained)];

    private static float Nearest(float[] near, bool trained)
    {
        var nearest = TensorPrimitives.Max<float>(near);
        return trained && nearest > ItsOwn && near.Length > 1 ? near.OrderDescending().ElementAt(1) : nearest;
    }

    private sealed record Sight(LearnedPredictor By, RequestFeatures Features, PromptPoint Point, float[][] Near, bool IsFamiliar);
}
