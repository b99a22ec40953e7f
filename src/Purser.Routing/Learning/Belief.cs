using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>
/// How much each expert is believed: weights, none below nought, that fit what the experts said of rows that they hadn't seen, and that
/// are drawn to an equal share, since a small training set can't tell good experts from lucky ones.
/// </summary>
internal static class Belief
{
    private const int Passes = 200;
    private const double Pull = 1;

    /// <summary>The weights.</summary>
    /// <param name="unseen">For each expert what it said of each row, above the target's mean.</param>
    /// <param name="target">The target above its mean.</param>
    public static float[] Learn(IReadOnlyList<float[]> unseen, float[] target)
    {
        var count = unseen.Count;
        var squares = new double[count, count];
        var products = new double[count];
        double mean = 0;
        for (var left = 0; left < count; left++)
        {
            products[left] = TensorPrimitives.Dot<float>(unseen[left], target);
            for (var right = 0; right < count; right++)
            {
                squares[left, right] = TensorPrimitives.Dot<float>(unseen[left], unseen[right]);
            }

            mean += squares[left, left] / count;
        }

        var weights = new double[count];
        Array.Fill(weights, 1.0 / count);
        for (var pass = 0; pass < Passes && mean > 0; pass++)
        {
            for (var at = 0; at < count; at++)
            {
                var open = products[at] + (Pull * mean / count) + (squares[at, at] * weights[at]);
                for (var other = 0; other < count; other++)
                {
                    open -= squares[at, other] * weights[other];
                }

                weights[at] = Math.Max(0, open / (squares[at, at] + (Pull * mean)));
            }
        }

        return Array.ConvertAll(weights, weight => (float)weight);
    }
}
