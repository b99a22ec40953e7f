using Purser.Routing.Evidence;

namespace Purser.Routing.Learning;

/// <summary>What a model file holds: a predictor, and what it expected of its training rows before it had learned from them.</summary>
/// <param name="Predictor">The predictor.</param>
/// <param name="HeldOut">
/// For each training row what was expected without its fold: the experts were learned from the other folds, and how they are mixed and brought to
/// a probability from the other folds' rows. Not a number where the row wouldn't be familiar. In the order of the training rows; thresholds are
/// made from these.
/// </param>
public sealed record LearnedModel(LearnedPredictor Predictor, IReadOnlyList<HeldOutRow> HeldOut)
{
    /// <summary>Which it is: the SHA-256 of the file's content, in hexadecimal digits.</summary>
    public string Version => Predictor.Version;

    /// <summary>The fewest prompts to learn from, and the fewest of them for which a model's score must be known.</summary>
    public const int LeastRows = PromptLearner.LeastRows;

    /// <summary>Learns each model's success. A model with fewer known scores than <see cref="LeastRows"/> is left out.</summary>
    /// <param name="prompts">The training prompts, as <see cref="Understanding.RequestReader"/> understands them; at least <see cref="LeastRows"/>.</param>
    /// <param name="questions">The normalised text of each: those that are equal are never on both sides of a fold.</param>
    /// <param name="scores">Each model's score of each prompt, from 0 to 1; not a number where it isn't known.</param>
    /// <param name="seed">Makes the training repeatable.</param>
    public static LearnedModel Train(
        IReadOnlyList<RequestFeatures> prompts,
        IReadOnlyList<string> questions,
        IReadOnlyDictionary<string, float[]> scores,
        int seed
    ) => Train(prompts, questions, scores, scores.Keys, seed);

    /// <summary>Learns some models' success.</summary>
    /// <param name="prompts">The training prompts.</param>
    /// <param name="questions">The normalised text of each.</param>
    /// <param name="scores">Each model's score of each prompt: what is known of one model's is learned from for the others too.</param>
    /// <param name="models">The models that are learned.</param>
    /// <param name="seed">Makes the training repeatable.</param>
    public static LearnedModel Train(
        IReadOnlyList<RequestFeatures> prompts,
        IReadOnlyList<string> questions,
        IReadOnlyDictionary<string, float[]> scores,
        IEnumerable<string> models,
        int seed
    )
    {
        var learner = new PromptLearner(prompts, questions, seed);
        var familiarity = Familiarity.Learn(learner.Sights);
        bool[] familiar = [.. learner.Sights.Select(sight => familiarity.Has(sight, trained: true))];
        var experts = new Dictionary<string, Experts>(StringComparer.Ordinal);
        var columns = new List<HeldOutColumn>();
        foreach (var model in models.Order(StringComparer.Ordinal))
        {
            var outcomes = scores[model];
            if (outcomes.Count(float.IsFinite) < LeastRows)
            {
                continue;
            }

            var (learned, unseen) = learner.Learn(outcomes, [.. scores.Where(other => other.Key != model).Select(other => other.Value)]);
            experts.Add(model, learned);
            columns.Add(new HeldOutColumn(model, [.. unseen.Select((expected, row) => familiar[row] ? expected : float.NaN)], outcomes));
        }

        var unnamed = new LearnedPredictor("", learner.Surroundings, familiarity, experts);
        return ModelFile.Read(
            ModelFile.Write(new LearnedModel(unnamed, HeldOutColumn.Rows([.. prompts.Select(prompt => prompt.Class)], columns)))
        );
    }
}
