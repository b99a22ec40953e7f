namespace Purser.Routing;

/// <summary>What a model is expected to make of a request.</summary>
/// <param name="Good">The calibrated probability that its answer is good enough, from 0 to 1.</param>
/// <param name="IsFamiliar">Whether the request is like those that this was learned from. One that isn't goes up, not down.</param>
public readonly record struct Prediction(double Good, bool IsFamiliar);

/// <summary>Expects how well models do. Immutable; safe for parallel calls.</summary>
public abstract class SuccessPredictor
{
    /// <summary>Which it is: a hash of what it was made of, in hexadecimal digits.</summary>
    public abstract string Version { get; }

    /// <summary>What a model is expected to make of a request; null where nothing was learned of that model.</summary>
    /// <param name="features">The request.</param>
    /// <param name="model">The model, as the catalogue names it.</param>
    public abstract Prediction? Predict(RequestFeatures features, string model);
}
