namespace Purser.Routing.Learning;

/// <summary>
/// Learns outcomes from prompts: several experts look at the terms, the topics and the form of a prompt, and their beliefs are mixed by
/// how well each did on rows that it hadn't seen. Deterministic by its seed.
/// </summary>
internal sealed class PromptLearner
{
    private const int FoldCount = 5;
    private const int LandmarkCount = 400;
    private static readonly float[] s_linearPenalties = [6, 20];
    private static readonly float[] s_kernelScales = [1, 0.5f, 1];
    private static readonly double[] s_kernelPenalties = [3, 30];
    private static readonly Growth[] s_growths = [new(150, 3, 0.04f, 20, 0.6f, 0.3f, 10), new(200, 5, 0.02f, 15, 0.5f, 0.2f, 10)];

    private readonly PromptSpace _space;
    private readonly PromptPoint[] _points;
    private readonly int[] _folds;
    private readonly LandmarkKernel[] _kernels;
    private readonly FoldedRidge[] _ridges;
    private readonly double[][][] _priors;
    private readonly int _seed;

    /// <summary>Takes in the training prompts.</summary>
    /// <param name="prompts">The prompts; at least 20.</param>
    /// <param name="questions">The normalised text of each: those that are equal are never on both sides of a fold.</param>
    /// <param name="seed">Chooses folds, landmarks, and what each tree sees.</param>
    public PromptLearner(IReadOnlyList<RequestFeatures> prompts, IReadOnlyList<string> questions, int seed)
    {
        _seed = seed;
        _space = PromptSpace.Learn(prompts, seed);
        _points = [.. prompts.Select(_space.Place)];
        _folds = Bench.QuestionFolds.Split(questions, FoldCount, seed);
        _kernels = new LandmarkKernel[s_kernelScales.Length];
        _ridges = new FoldedRidge[_kernels.Length];
        _priors = new double[_kernels.Length][][];
        for (var view = 0; view < _kernels.Length; view++)
        {
            var kernel = LandmarkKernel.Learn(
                Array.ConvertAll(_points, point => point.Views[view]),
                LandmarkCount,
                s_kernelScales[view],
                seed
            );
            _kernels[view] = kernel;
            _ridges[view] = new FoldedRidge(Array.ConvertAll(_points, point => kernel.Near(point.Views[view])), _folds, FoldCount);
            _priors[view] = Array.ConvertAll(kernel.Landmarks, mark => Array.ConvertAll(kernel.Near(mark), near => (double)near));
        }
    }

    /// <summary>Where the prompts stand.</summary>
    public PromptSpace Space => _space;

    /// <summary>The kernels, one for each view.</summary>
    public LandmarkKernel[] Kernels => _kernels;

    /// <summary>The training prompts.</summary>
    public IReadOnlyList<PromptPoint> Points => _points;

    /// <summary>Learns a target.</summary>
    /// <param name="outcomes">Its value for each prompt.</param>
    /// <returns>What was learned, and what each prompt was expected to have by all that was learned without its fold, as a probability.</returns>
    public (Experts Experts, float[] Unseen) Learn(float[] outcomes)
    {
        var mean = outcomes.Average();
        var target = Array.ConvertAll(outcomes, outcome => outcome - mean);
        var unseen = new List<float[]>();
        var linear = Linear(target, unseen);
        var kernels = Near(target, unseen);
        var trees = Trees(target, unseen);
        var belief = Belief.Learn(unseen, target);
        var first = linear.Length;
        var second = first + (kernels.Length * s_kernelPenalties.Length);
        var experts = new Experts(
            mean,
            Mixed(linear, belief.AsSpan(0, first)),
            [.. kernels.Select((each, view) => Mixed(each, belief.AsSpan(first + (view * s_kernelPenalties.Length), each.Length)))],
            trees,
            belief[second..],
            PlattScale.Learn(Mixed([.. unseen], belief), outcomes)
        );
        return (experts, Unseen(unseen, target, outcomes));
    }

    /// <summary>What each prompt is expected to have by a mix and a calibration that were learned from the other folds.</summary>
    private float[] Unseen(List<float[]> unseen, float[] target, float[] outcomes)
    {
        var expected = new float[outcomes.Length];
        for (var fold = 0; fold < FoldCount; fold++)
        {
            bool IsOther(int row) => _folds[row] != fold;
            var others = Enumerable.Range(0, outcomes.Length).Where(IsOther).ToArray();
            float[][] said = [.. unseen.Select(each => Array.ConvertAll(others, row => each[row]))];
            var belief = Belief.Learn(said, Array.ConvertAll(others, row => target[row]));
            var scale = PlattScale.Learn(Mixed(said, belief), Array.ConvertAll(others, row => outcomes[row]));
            var mixed = Mixed([.. unseen], belief);
            for (var row = 0; row < expected.Length; row++)
            {
                expected[row] = IsOther(row) ? expected[row] : (float)scale.Probability(mixed[row]);
            }
        }

        return expected;
    }

    private static float[] Mixed(float[][] weights, ReadOnlySpan<float> belief)
    {
        var mixed = new float[weights[0].Length];
        for (var at = 0; at < weights.Length; at++)
        {
            AddTo(mixed, weights[at], belief[at]);
        }

        return mixed;
    }

    private static void AddTo(float[] sum, float[] values, float weight)
    {
        for (var at = 0; at < sum.Length; at++)
        {
            sum[at] += weight * values[at];
        }
    }

    private float[][] Linear(float[] target, List<float[]> unseen)
    {
        var rows = Array.ConvertAll(_points, point => point.Row);
        var weights = new float[s_linearPenalties.Length][];
        for (var at = 0; at < weights.Length; at++)
        {
            var penalty = s_linearPenalties[at];
            weights[at] = SparseRidge.Fit(rows, _space.Terms.Count, target, penalty);
            unseen.Add(
                Unseen(
                    target,
                    (inside, values) => SparseRidge.Fit([.. inside.Select(point => point.Row)], _space.Terms.Count, values, penalty),
                    (fit, point) => SparseRidge.Dot(point.Row, fit)
                )
            );
        }

        return weights;
    }

    private float[][][] Near(float[] target, List<float[]> unseen)
    {
        var weights = new float[_kernels.Length][][];
        for (var view = 0; view < weights.Length; view++)
        {
            weights[view] = new float[s_kernelPenalties.Length][];
            for (var at = 0; at < s_kernelPenalties.Length; at++)
            {
                var (fit, without) = _ridges[view].Fit([target], _priors[view], s_kernelPenalties[at]);
                weights[view][at] = fit[0];
                unseen.Add(without[0]);
            }
        }

        return weights;
    }

    /// <summary>For each way of growing, trees on the form and trees on the form with the topics.</summary>
    private BoostedTrees[] Trees(float[] target, List<float[]> unseen)
    {
        var columns = _points[0].Columns.Length;
        var trees = new BoostedTrees[s_growths.Length * columns];
        for (var at = 0; at < trees.Length; at++)
        {
            var growth = s_growths[at / columns];
            var set = at % columns;
            var seed = _seed + at;
            trees[at] = BoostedTrees.Fit(Array.ConvertAll(_points, point => point.Columns[set]), target, growth, seed);
            unseen.Add(
                Unseen(
                    target,
                    (inside, values) => BoostedTrees.Fit(Array.ConvertAll(inside, point => point.Columns[set]), values, growth, seed),
                    (fit, point) => fit.Predict(point.Columns[set])
                )
            );
        }

        return trees;
    }

    private float[] Unseen<T>(float[] target, Func<PromptPoint[], float[], T> fit, Func<T, PromptPoint, float> predict)
    {
        var unseen = new float[target.Length];
        for (var fold = 0; fold < FoldCount; fold++)
        {
            var learned = fit([.. _points.Where((_, row) => _folds[row] != fold)], [.. target.Where((_, row) => _folds[row] != fold)]);
            for (var row = 0; row < unseen.Length; row++)
            {
                if (_folds[row] == fold)
                {
                    unseen[row] = predict(learned, _points[row]);
                }
            }
        }

        return unseen;
    }
}
