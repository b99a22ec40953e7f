namespace Purser.Routing.Learning;

/// <summary>The training prompts of which a target is known, and the sums over them that serve any target.</summary>
internal sealed class LearningRows
{
    /// <summary>Takes them in.</summary>
    /// <param name="rows">Which of the training prompts they are, ascending.</param>
    /// <param name="sights">All training prompts.</param>
    /// <param name="folds">The fold of each.</param>
    /// <param name="count">How many folds there are.</param>
    /// <param name="surroundings">What was learned of all of them without their outcomes.</param>
    public LearningRows(int[] rows, Sight[] sights, int[] folds, int count, Surroundings surroundings)
    {
        Rows = rows;
        Sights = Array.ConvertAll(rows, row => sights[row]);
        Folds = Array.ConvertAll(rows, row => folds[row]);
        FoldCount = count;
        All = sights.Length;
        Terms = surroundings.Space.Terms.Count;
        Ridges =
        [
            .. surroundings.Kernels.Select((_, view) => new FoldedRidge(Array.ConvertAll(Sights, sight => sight.Near[view]), Folds, count)),
        ];
        Priors =
        [
            .. surroundings.Kernels.Select(kernel =>
                Array.ConvertAll(kernel.Landmarks, mark => Array.ConvertAll(kernel.Near(mark), near => (double)near))
            ),
        ];
    }

    /// <summary>Which of the training prompts they are.</summary>
    public int[] Rows { get; }

    /// <summary>The prompts.</summary>
    public Sight[] Sights { get; }

    /// <summary>The fold of each.</summary>
    public int[] Folds { get; }

    /// <summary>How many folds there are.</summary>
    public int FoldCount { get; }

    /// <summary>How many training prompts there are in all.</summary>
    public int All { get; }

    /// <summary>How many terms there are.</summary>
    public int Terms { get; }

    /// <summary>For each kernel the regression on its landmarks.</summary>
    public FoldedRidge[] Ridges { get; }

    /// <summary>For each kernel how near its landmarks are to each other.</summary>
    public double[][][] Priors { get; }

    /// <summary>What a way of learning says of each prompt where it learned from the other folds.</summary>
    /// <param name="target">The target at each prompt.</param>
    /// <param name="fit">Learns from prompts.</param>
    /// <param name="predict">Says what was learned of a prompt.</param>
    public float[] Unseen<T>(float[] target, Func<Sight[], float[], T> fit, Func<T, Sight, float> predict)
    {
        var unseen = new float[target.Length];
        for (var fold = 0; fold < FoldCount; fold++)
        {
            var learned = fit([.. Sights.Where((_, row) => Folds[row] != fold)], [.. target.Where((_, row) => Folds[row] != fold)]);
            for (var row = 0; row < unseen.Length; row++)
            {
                if (Folds[row] == fold)
                {
                    unseen[row] = predict(learned, Sights[row]);
                }
            }
        }

        return unseen;
    }
}
