namespace Purser.Routing.Learning;

/// <summary>Learns one target by all experts, and how much each is believed.</summary>
internal sealed class ExpertMix
{
    private const float SharedLinearPenalty = 20;
    private const double SharedKernelPenalty = 30;
    private const double OthersPenalty = 5;
    private const int FormAndTopics = 1;
    private static readonly float[] LinearPenalties = [20, 60];
    private static readonly double[] KernelPenalties = [3, 30];
    private static readonly Growth[] Growths = [new(150, 3, 0.04f, 20, 0.6f, 0.3f, 10), new(200, 5, 0.02f, 15, 0.5f, 0.2f, 10)];

    private readonly LearningRows rows;
    private readonly float[] outcomes;
    private readonly float mean;
    private readonly float[] target;
    private readonly float[]? shared;
    private readonly int seed;
    private readonly List<(float[] Unseen, Action<float> Believe)> experts = [];
    private readonly float[] linear;
    private readonly float[][] kernels;
    private readonly List<BelievedTrees> trees = [];
    private readonly float[] neighbours = new float[BelievedNeighbours.Counts.Length];

    /// <summary>Takes in a target.</summary>
    /// <param name="rows">The prompts of which it's known.</param>
    /// <param name="outcomes">It, for all training prompts.</param>
    /// <param name="others">Other models' outcomes.</param>
    /// <param name="seed">Chooses what each tree sees.</param>
    public ExpertMix(LearningRows rows, float[] outcomes, IReadOnlyList<float[]> others, int seed)
    {
        this.rows = rows;
        this.outcomes = Array.ConvertAll(rows.Rows, row => outcomes[row]);
        this.seed = seed;
        mean = this.outcomes.Average();
        target = Array.ConvertAll(this.outcomes, outcome => outcome - mean);
        shared = Shared(others);
        linear = new float[rows.Terms];
        kernels = Array.ConvertAll(rows.Priors, prior => new float[prior.Length]);
    }

    /// <summary>Learns.</summary>
    public (Experts Experts, float[] Unseen) Learn()
    {
        foreach (var penalty in LinearPenalties)
        {
            AddLinear(target, penalty);
        }

        for (var view = 0; view < kernels.Length; view++)
        {
            AddKernels(view);
        }

        for (var at = 0; at < Growths.Length; at++)
        {
            AddTrees(target, Growths[at], 0, seed + (2 * at));
            AddTrees(target, Growths[at], FormAndTopics, seed + (2 * at) + 1);
        }

        AddNeighbours();
        if (shared is not null)
        {
            AddLinear(shared, SharedLinearPenalty);
            for (var at = 0; at < Growths.Length; at++)
            {
                AddTrees(shared, Growths[at], FormAndTopics, seed + (2 * Growths.Length) + at);
            }
        }

        return (Mix(), Unseen());
    }

    private static void AddTo(float[] sum, float[] values, float weight)
    {
        for (var at = 0; at < sum.Length; at++)
        {
            sum[at] += weight * values[at];
        }
    }

    /// <summary>What the other models' outcomes say of the target at each row, learned from the other folds; null where there are none.</summary>
    private float[]? Shared(IReadOnlyList<float[]> others)
    {
        if (others.Count == 0)
        {
            return null;
        }

        var columns = others.Select(other =>
        {
            var at = Array.ConvertAll(rows.Rows, row => other[row]);
            var usual = at.Where(value => !float.IsNaN(value)).DefaultIfEmpty().Average();
            return Array.ConvertAll(at, value => float.IsNaN(value) ? 0 : value - usual);
        });
        float[][] table = [.. columns];
        float[][] known = [.. target.Select((_, row) => Array.ConvertAll(table, column => column[row]))];
        return new FoldedRidge(known, rows.Folds, rows.FoldCount).Fit([target], null, OthersPenalty).Unseen[0];
    }

    private void AddLinear(float[] learned, float penalty)
    {
        float[] Fit(Sight[] sights, float[] values) =>
            SparseRidge.Fit(Array.ConvertAll(sights, sight => sight.Point.Row), rows.Terms, values, penalty);
        var weights = Fit(rows.Sights, learned);
        experts.Add(
            (rows.Unseen(learned, Fit, (fit, sight) => SparseRidge.Dot(sight.Point.Row, fit)), belief => AddTo(linear, weights, belief))
        );
    }

    private void AddKernels(int view)
    {
        foreach (var penalty in KernelPenalties)
        {
            float[][] targets = shared is not null && penalty.Equals(SharedKernelPenalty) ? [target, shared] : [target];
            var (weights, unseen) = rows.Ridges[view].Fit(targets, rows.Priors[view], penalty);
            for (var at = 0; at < targets.Length; at++)
            {
                var learned = weights[at];
                experts.Add((unseen[at], belief => AddTo(kernels[view], learned, belief)));
            }
        }
    }

    private void AddTrees(float[] learned, Growth growth, int columns, int treeSeed)
    {
        BoostedTrees Fit(Sight[] sights, float[] values) =>
            BoostedTrees.Fit(Array.ConvertAll(sights, sight => sight.Point.Columns[columns]), values, growth, treeSeed);
        var grown = Fit(rows.Sights, learned);
        experts.Add(
            (
                rows.Unseen(learned, Fit, (fit, sight) => fit.Predict(sight.Point.Columns[columns])),
                belief => trees.AddRange(belief > 0 ? [new BelievedTrees(grown, columns, belief)] : [])
            )
        );
    }

    private void AddNeighbours()
    {
        var targets = Targets();
        for (var at = 0; at < BelievedNeighbours.Counts.Length; at++)
        {
            var (place, count) = (at, BelievedNeighbours.Counts[at]);
            experts.Add(
                (
                    Array.ConvertAll(rows.Sights, sight => BelievedNeighbours.Mean(sight.Nearest, count, targets)),
                    belief => neighbours[place] = belief
                )
            );
        }
    }

    /// <summary>The target of all training prompts.</summary>
    private float[] Targets()
    {
        var targets = new float[rows.All];
        Array.Fill(targets, float.NaN);
        for (var row = 0; row < target.Length; row++)
        {
            targets[rows.Rows[row]] = target[row];
        }

        return targets;
    }

    private Experts Mix()
    {
        float[][] unseen = [.. experts.Select(expert => expert.Unseen)];
        var belief = Belief.Learn(unseen, target);
        for (var at = 0; at < belief.Length; at++)
        {
            experts[at].Believe(belief[at]);
        }

        var mixed = Mixed(unseen, belief);
        return new Experts(
            mean,
            linear,
            kernels,
            [.. trees],
            new BelievedNeighbours(Targets(), neighbours),
            PlattScale.Learn(mixed, outcomes),
            (float)Belief.Spread(mixed)
        );
    }

    /// <summary>What each prompt is expected to have by experts, a mix of them and a calibration that were learned from the other folds.</summary>
    private float[] Unseen()
    {
        float[][] said = [.. experts.Select(expert => expert.Unseen)];
        var expected = new float[rows.All];
        Array.Fill(expected, float.NaN);
        for (var fold = 0; fold < rows.FoldCount; fold++)
        {
            int[] others = [.. Enumerable.Range(0, target.Length).Where(row => rows.Folds[row] != fold)];
            float[][] before = Array.ConvertAll(said, each => Array.ConvertAll(others, row => each[row]));
            var belief = Belief.Learn(before, Array.ConvertAll(others, row => target[row]));
            var scale = PlattScale.Learn(Mixed(before, belief), Array.ConvertAll(others, row => outcomes[row]));
            var mixed = Mixed(said, belief);
            for (var row = 0; row < target.Length; row++)
            {
                if (rows.Folds[row] == fold)
                {
                    expected[rows.Rows[row]] = (float)scale.Probability(mixed[row]);
                }
            }
        }

        return expected;
    }

    private static float[] Mixed(float[][] said, float[] belief)
    {
        var mixed = new float[said[0].Length];
        for (var at = 0; at < said.Length; at++)
        {
            AddTo(mixed, said[at], belief[at]);
        }

        return mixed;
    }
}
