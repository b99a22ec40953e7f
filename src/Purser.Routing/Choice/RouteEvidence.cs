using Purser.Routing.Evidence;

namespace Purser.Routing.Choice;

/// <summary>What is known of how well models do: all that a choice of another model than the reference rests on.</summary>
/// <param name="Understand">Reads a request's body.</param>
/// <param name="Predictor">What models are expected to make of a request.</param>
/// <param name="Least">
/// The least expectation with which a model may take a request of a class from the reference; null where nothing shows that it may.
/// </param>
/// <param name="Version">Which thresholds these are.</param>
public sealed record RouteEvidence(
    Func<ReadOnlyMemory<byte>, RequestFeatures> Understand,
    SuccessPredictor Predictor,
    LeastExpectation Least,
    string Version
)
{
    /// <summary>What can be promised of requests of a class that go to other models; null where nothing says so.</summary>
    public ClassPromise? Promise { get; init; }
}

/// <summary>What can be promised of the requests of a class that models take from the reference, or why nothing can.</summary>
/// <param name="kind">The kind of work.</param>
/// <param name="reference">The model that they would take them from.</param>
/// <param name="floor">The share of answers that shall be good enough, above 0 and below 1.</param>
public delegate RiskGuarantee ClassPromise(TaskClass kind, string reference, double floor);

/// <summary>The least expectation with which a model may take a request from the reference.</summary>
/// <param name="kind">The kind of work.</param>
/// <param name="model">The model, as the catalogue names it.</param>
/// <param name="reference">The model that it would take it from.</param>
/// <param name="floor">The share of answers that shall be good enough, above 0 and below 1.</param>
/// <returns>From 0 to 1; null where nothing shows that it may.</returns>
public delegate double? LeastExpectation(TaskClass kind, string model, string reference, double floor);

/// <summary>What stands in the way of a model that is shown to do a request.</summary>
/// <param name="kind">The kind of work.</param>
/// <param name="model">The model, as the catalogue names it.</param>
/// <returns><see cref="Standing.Shown"/> where nothing does, else <see cref="Standing.OnTrial"/> or <see cref="Standing.Reverted"/>.</returns>
public delegate Standing SliceBar(TaskClass kind, string model);
