namespace Purser.Routing.Learning;

/// <summary>
/// Learns outcomes from prompts: several experts look at the terms, the topics, the form and the neighbours of a prompt, and are mixed by
/// how well each did on rows that it hadn't seen. Deterministic by its seed.
/// </summary>
internal sealed class PromptLearner
{
    /// <summary>The fewest prompts to learn from.</summary>
    public const int LeastRows = 20;

    private const int FoldCount = 5;
    private const int LandmarkCount = 400;
    private const float CommonShare = 1f / 8;
    private static readonly float[] KernelScales = [1, 0.5f, 1];

    private readonly Sight[] sights;
    private readonly int[] folds;
    private readonly int seed;
    private readonly List<LearningRows> known = [];

    /// <summary>Takes in the training prompts.</summary>
    /// <param name="prompts">The prompts; at least <see cref="LeastRows"/>.</param>
    /// <param name="questions">The normalised text of each: those that are equal are never on both sides of a fold.</param>
    /// <param name="seed">Chooses folds, landmarks, and what each tree sees.</param>
    public PromptLearner(IReadOnlyList<RequestFeatures> prompts, IReadOnlyList<string> questions, int seed)
    {
        this.seed = seed;
        var space = PromptSpace.Learn(prompts, seed);
        PromptPoint[] points = [.. prompts.Select(space.Place)];
        folds = Bench.QuestionFolds.Split(questions, FoldCount, seed);
        LandmarkKernel[] kernels =
        [
            .. KernelScales.Select(
                (scale, view) => LandmarkKernel.Learn(Array.ConvertAll(points, point => point.Views[view]), LandmarkCount, scale, seed)
            ),
        ];

        // What is in many prompts says little of which are alike, and would be most of the index.
        var common = MathF.Log(1 / CommonShare);
        SparseRow[] rows = Array.ConvertAll(points, point => point.Row);
        var index = new NeighbourIndex(rows, space.Terms.Count, term => space.Terms.Rarity[term] > common);
        Surroundings = new Surroundings(space, kernels, index);
        bool[][] without = [.. Enumerable.Range(0, FoldCount).Select(fold => Array.ConvertAll(folds, each => each == fold))];
        sights = [.. points.Select((point, row) => Surroundings.See(point, without[folds[row]]))];
    }

    /// <summary>What was learned of the prompts without their outcomes.</summary>
    public Surroundings Surroundings { get; }

    /// <summary>The training prompts, each as if its fold hadn't been there to be its neighbours.</summary>
    public IReadOnlyList<Sight> Sights => sights;

    /// <summary>Learns a target.</summary>
    /// <param name="outcomes">Its value for each prompt; not a number where it isn't known. Known for at least <see cref="LeastRows"/>.</param>
    /// <param name="others">
    /// What else is known of the prompts: other models' outcomes, not a number where they aren't known. What these say of the target is less a
    /// matter of luck than the target itself, and is learned too.
    /// </param>
    /// <returns>
    /// What was learned, and what each prompt was expected to have by all that was learned without its fold, as a probability; not a number where the
    /// target isn't known.
    /// </returns>
    public (Experts Experts, float[] Unseen) Learn(float[] outcomes, IReadOnlyList<float[]> others)
    {
        int[] rows = [.. Enumerable.Range(0, outcomes.Length).Where(row => !float.IsNaN(outcomes[row]))];
        var learning = known.Find(each => each.Rows.AsSpan().SequenceEqual(rows));
        if (learning is null)
        {
            learning = new LearningRows(rows, sights, folds, FoldCount, Surroundings);
            known.Add(learning);
        }

        return new ExpertMix(learning, outcomes, others, seed).Learn();
    }
}
