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

    /// <summary>Learns each model's success.</summary>
    /// <param name="prompts">The training prompts, as <see cref="Understanding.RequestReader"/> understands them; at least 20.</param>
    /// <param name="questions">The normalised text of each: those that are equal are never on both sides of a fold.</param>
    /// <param name="scores">Each model's score of each prompt, from 0 to 1.</param>
    /// <param name="seed">Makes the training repeatable.</param>
    public static LearnedModel Train(
        IReadOnlyList<RequestFeatures> prompts,
        IReadOnlyList<string> questions,
        IReadOnlyDictionary<string, float[]> scores,
        int seed
    )
    {
        var learner = new PromptLearner(prompts, questions, seed);
        var kernels = learner.Kernels;
        float[][] likeness =
        [
            .. learner.Points.Select(point => LearnedPredictor.Likeness(point, LearnedPredictor.Near(kernels, point), trained: true)),
        ];
        var floors = LearnedPredictor.FloorsOf(likeness);
        var experts = new Dictionary<string, Experts>(StringComparer.Ordinal);
        var columns = new List<HeldOutColumn>();
        foreach (var (model, outcomes) in scores.OrderBy(model => model.Key, StringComparer.Ordinal))
        {
            var (learned, unseen) = learner.Learn(outcomes);
            experts.Add(model, learned);
            for (var row = 0; row < unseen.Length; row++)
            {
                unseen[row] = LearnedPredictor.IsFamiliar(likeness[row], floors) ? unseen[row] : float.NaN;
            }

            columns.Add(new HeldOutColumn(model, unseen, outcomes));
        }

        var unnamed = new LearnedPredictor("", learner.Space, kernels, floors, experts);
        return ModelFile.Read(
            ModelFile.Write(new LearnedModel(unnamed, HeldOutColumn.Rows([.. prompts.Select(prompt => prompt.Class)], columns)))
        );
    }
}
