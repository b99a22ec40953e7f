using Purser.Routing.Evidence;

namespace Purser.Routing.Learning;

/// <summary>What a model file has.</summary>
/// <param name="Predictor">What is expected of models.</param>
/// <param name="Version">Which file it is: its hash, in hexadecimal digits.</param>
/// <param name="HeldOut">Requests that the predictor did not learn from, with what it expected and what came.</param>
public sealed record LearnedModel(SuccessPredictor Predictor, string Version, IReadOnlyList<HeldOutRow> HeldOut);
