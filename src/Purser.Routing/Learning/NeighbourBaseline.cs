namespace Purser.Routing.Learning;

/// <summary>
/// The baseline: the mean outcome of the nearest training prompts by TF-IDF of hashed n-grams, each counted by its likeness, with the
/// number of neighbours tuned inside the training set.
/// </summary>
internal sealed class NeighbourBaseline
{
    private const int FoldCount = 5;
    private static readonly int[] Counts = [5, 10, 20, 40, 80, 160, 320];

    private readonly TermSpace terms;
    private readonly NeighbourIndex index;
    private readonly float[] target;

    /// <summary>Tunes and learns.</summary>
    /// <param name="prompts">The training prompts.</param>
    /// <param name="questions">The normalised text of each.</param>
    /// <param name="outcomes">A target for each.</param>
    /// <param name="seed">Chooses the folds of the tuning.</param>
    public NeighbourBaseline(IReadOnlyList<RequestFeatures> prompts, IReadOnlyList<string> questions, float[] outcomes, int seed)
    {
        var mean = outcomes.Average();
        this.target = Array.ConvertAll(outcomes, outcome => outcome - mean);
        terms = TermSpace.Learn(prompts);
        SparseRow[] rows = [.. prompts.Select(terms.Row)];
        index = new NeighbourIndex(rows, terms.Count);
        var folds = Bench.QuestionFolds.Split(questions, FoldCount, seed);
        var unseen = Array.ConvertAll(Counts, _ => new double[rows.Length]);
        for (var fold = 0; fold < FoldCount; fold++)
        {
            var without = Array.ConvertAll(folds, each => each == fold);
            for (var row = 0; row < rows.Length; row++)
            {
                if (without[row])
                {
                    var nearest = index.Nearest(rows[row], Counts[^1], without);
                    for (var at = 0; at < Counts.Length; at++)
                    {
                        unseen[at][row] = Mean(nearest.AsSpan(0, Math.Min(Counts[at], nearest.Length)));
                    }
                }
            }
        }

        var gains = Array.ConvertAll(outcomes, outcome => (double)outcome);
        var best = unseen.MaxBy(each => new Bench.RoutingCurve(each, gains).Area)!;
        Count = Counts[Array.IndexOf(unseen, best)];
        Spread = (float)Belief.Spread(Array.ConvertAll(best, said => (float)said));
    }

    /// <summary>How many neighbours do best in the training set.</summary>
    public int Count { get; }

    /// <summary>The standard deviation of what was said of training prompts that weren't their own neighbours.</summary>
    public float Spread { get; }

    /// <summary>What the target is expected to be, above its mean.</summary>
    public double Predict(RequestFeatures prompt) => Mean(index.Nearest(terms.Row(prompt), Count));

    private double Mean(ReadOnlySpan<Neighbour> nearest)
    {
        double sum = 0,
            weight = 1e-9;
        foreach (var neighbour in nearest)
        {
            sum += neighbour.Likeness * target[neighbour.Row];
            weight += neighbour.Likeness;
        }

        return sum / weight;
    }
}
