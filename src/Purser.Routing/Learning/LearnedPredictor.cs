namespace Purser.Routing.Learning;

/// <summary>Predicts models' success from what was learned of prompts with known outcomes. Immutable; safe for parallel calls.</summary>
public sealed class LearnedPredictor : SuccessPredictor
{
    private readonly IReadOnlyDictionary<string, Experts> models;

    // A request's models are asked about one after the other: what they all see of it is found once.
    [ThreadStatic]
    private static Seen? last;

    internal LearnedPredictor(
        string version,
        Surroundings surroundings,
        Familiarity familiarity,
        IReadOnlyDictionary<string, Experts> models
    )
    {
        Version = version;
        Surroundings = surroundings;
        Familiarity = familiarity;
        this.models = models;
    }

    /// <inheritdoc/>
    public override string Version { get; }

    /// <summary>The models that something was learned of, in ordinal order.</summary>
    public IEnumerable<string> Models => models.Keys.Order(StringComparer.Ordinal);

    internal Surroundings Surroundings { get; }

    internal Familiarity Familiarity { get; }

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
        if (seen is null || seen.By != this || !ReferenceEquals(seen.Features, features))
        {
            var sight = Surroundings.See(features);
            seen = last = new Seen(this, features, sight, Familiarity.Has(sight));
        }

        return new Prediction(experts.Calibration.Probability(experts.Above(seen.Sight)), seen.IsFamiliar);
    }

    private sealed record Seen(LearnedPredictor By, RequestFeatures Features, Sight Sight, bool IsFamiliar);
}
