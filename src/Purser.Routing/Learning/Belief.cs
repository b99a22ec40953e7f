using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>
/// How much each expert is believed: weights, none below nought, that fit what the experts said of rows that they hadn't seen. Each expert is first
/// brought to a spread of one, and the weights are drawn to shares by how well each did alone, since a small training set can't tell what an expert
/// adds to the others from luck.
/// </summary>
internal static class Belief
{
    private const int Passes = 200;

    // How much the pull to those shares counts, where what the rows say counts one.
    private const double Pull = 0.5;

    /// <summary>The weights, of the experts as they are.</summary>
    /// <param name="unseen">For each expert what it said of each row, above the target's mean.</param>
    /// <param name="target">The target above its mean.</param>
    public static float[] Learn(IReadOnlyList<float[]> unseen, float[] target)
    {
        var count = unseen.Count;
        double[] spreads = [.. unseen.Select(said => Spread(said) + 1e-9)];
        var squares = new double[count, count];
        var products = new double[count];
        var alone = new double[count];
        for (var left = 0; left < count; left++)
        {
            products[left] = TensorPrimitives.Dot<float>(unseen[left], target) / spreads[left];
            alone[left] = Math.Max(0, products[left]);
            for (var right = 0; right < count; right++)
            {
                squares[left, right] = TensorPrimitives.Dot<float>(unseen[left], unseen[right]) / (spreads[left] * spreads[right]);
            }
        }

        Scale(alone, products, squares);
        var pull = Pull * target.Length;
        var weights = new double[count];
        alone.CopyTo(weights, 0);
        for (var pass = 0; pass < Passes; pass++)
        {
            for (var at = 0; at < count; at++)
            {
                var open = products[at] + (pull * alone[at]) + (squares[at, at] * weights[at]);
                for (var other = 0; other < count; other++)
                {
                    open -= squares[at, other] * weights[other];
                }

                weights[at] = Math.Max(0, open / (squares[at, at] + pull));
            }
        }

        return [.. weights.Select((weight, at) => (float)(weight / spreads[at]))];
    }

    /// <summary>Brings shares to the size at which their mix fits best.</summary>
    private static void Scale(double[] shares, double[] products, double[,] squares)
    {
        double all = 0,
            on = 0;
        for (var left = 0; left < shares.Length; left++)
        {
            on += shares[left] * products[left];
            for (var right = 0; right < shares.Length; right++)
            {
                all += shares[left] * shares[right] * squares[left, right];
            }
        }

        var scale = Math.Max(0, on / Math.Max(1e-9, all));
        for (var at = 0; at < shares.Length; at++)
        {
            shares[at] *= scale;
        }
    }

    /// <summary>The standard deviation of figures.</summary>
    public static double Spread(ReadOnlySpan<float> figures)
    {
        var mean = TensorPrimitives.Sum(figures) / figures.Length;
        return Math.Sqrt(Math.Max(0, (TensorPrimitives.SumOfSquares(figures) / figures.Length) - ((double)mean * mean)));
    }
}
