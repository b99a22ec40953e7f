using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>
/// What the experts learned of one target: linear in the terms, near in form and topics, trees, and the nearest training prompts; and how much each is
/// believed.
/// </summary>
/// <param name="Mean">The target's mean in training.</param>
/// <param name="Linear">The weights of the terms, already mixed.</param>
/// <param name="Kernels">For each kernel the weights of its landmarks, already mixed.</param>
/// <param name="Trees">The trees.</param>
/// <param name="Neighbours">The target of each training prompt, above its mean; not a number where it isn't known.</param>
/// <param name="Calibration">Brings what comes out to a probability.</param>
/// <param name="Spread">The standard deviation of what came out for rows that weren't seen.</param>
internal sealed record Experts(
    float Mean,
    float[] Linear,
    float[][] Kernels,
    BelievedTrees[] Trees,
    BelievedNeighbours Neighbours,
    PlattScale Calibration,
    float Spread
)
{
    /// <summary>What the target is expected to be, above its mean.</summary>
    public float Above(Sight sight)
    {
        var point = sight.Point;
        var sum = SparseRidge.Dot(point.Row, Linear) + Neighbours.Above(sight.Nearest);
        for (var kernel = 0; kernel < Kernels.Length; kernel++)
        {
            sum += TensorPrimitives.Dot<float>(sight.Near[kernel], Kernels[kernel]);
        }

        foreach (var (trees, columns, belief) in Trees)
        {
            sum += belief * trees.Predict(point.Columns[columns]);
        }

        return sum;
    }
}

/// <summary>Trees, and how much is taken of what they say.</summary>
/// <param name="Trees">The trees.</param>
/// <param name="Columns">Which of a prompt's columns they ask of.</param>
/// <param name="Belief">How much is taken; above 0.</param>
internal sealed record BelievedTrees(BoostedTrees Trees, int Columns, float Belief);

/// <summary>What the nearest training prompts had, among several numbers of them, and how much is taken of each.</summary>
/// <param name="Targets">The target of each training prompt, above its mean; not a number where it isn't known.</param>
/// <param name="Belief">How much is taken, for each of <see cref="Counts"/>.</param>
internal sealed record BelievedNeighbours(float[] Targets, float[] Belief)
{
    /// <summary>How many neighbours are asked.</summary>
    public static readonly int[] Counts = [10, 40, 160];

    /// <summary>What is taken of what they say.</summary>
    public float Above(ReadOnlySpan<Neighbour> nearest)
    {
        var sum = 0f;
        for (var at = 0; at < Counts.Length; at++)
        {
            sum += Belief[at] > 0 ? Belief[at] * Mean(nearest, Counts[at], Targets) : 0;
        }

        return sum;
    }

    /// <summary>The mean target of the nearest of which it's known, each counted by its likeness; 0 where there are none.</summary>
    public static float Mean(ReadOnlySpan<Neighbour> nearest, int count, float[] targets)
    {
        double sum = 0,
            weight = 1e-9;
        foreach (var (row, likeness) in nearest[..Math.Min(count, nearest.Length)])
        {
            if (!float.IsNaN(targets[row]))
            {
                sum += likeness * targets[row];
                weight += likeness;
            }
        }

        return (float)(sum / weight);
    }
}
