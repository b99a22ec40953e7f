using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>
/// How near a point is to some training points (Nyström's approximation of a Gaussian kernel): a regression on these figures says that
/// what is near has alike outcomes. Immutable.
/// </summary>
internal sealed class LandmarkKernel
{
    private readonly float[][] landmarks;
    private readonly float narrowness;

    /// <summary>Restores a kernel.</summary>
    /// <param name="landmarks">The training points that others are compared with.</param>
    /// <param name="narrowness">What a squared distance is multiplied by.</param>
    public LandmarkKernel(float[][] landmarks, float narrowness)
    {
        this.landmarks = landmarks;
        this.narrowness = narrowness;
    }

    /// <summary>The training points that others are compared with.</summary>
    public float[][] Landmarks => landmarks;

    /// <summary>What a squared distance is multiplied by.</summary>
    public float Narrowness => narrowness;

    /// <summary>Chooses landmarks among points.</summary>
    /// <param name="points">The training points.</param>
    /// <param name="most">How many landmarks at most.</param>
    /// <param name="scale">The kernel's width as a multiple of the points' mean distance.</param>
    /// <param name="seed">Chooses.</param>
    public static LandmarkKernel Learn(float[][] points, int most, float scale, int seed)
    {
        var order = Enumerable.Range(0, points.Length).ToArray();
        new Random(seed).Shuffle(order);
        var spread = MeanSquare(points);
        return new LandmarkKernel(
            [.. order.Take(most).Order().Select(row => points[row])],
            1 / (2 * scale * scale * Math.Max(1e-6f, spread))
        );
    }

    /// <summary>How near a point is to each landmark, from 0 to 1.</summary>
    public float[] Near(ReadOnlySpan<float> point)
    {
        var near = new float[landmarks.Length];
        for (var at = 0; at < near.Length; at++)
        {
            var distance = TensorPrimitives.Distance(point, landmarks[at]);
            near[at] = -narrowness * distance * distance;
        }

        TensorPrimitives.Exp<float>(near, near);
        return near;
    }

    /// <summary>The mean squared distance of two points: twice the sum of the variances.</summary>
    private static float MeanSquare(float[][] points)
    {
        double sum = 0;
        for (var at = 0; at < points[0].Length; at++)
        {
            double total = 0,
                squares = 0;
            foreach (var point in points)
            {
                total += point[at];
                squares += (double)point[at] * point[at];
            }

            sum += (squares / points.Length) - (total / points.Length * (total / points.Length));
        }

        return (float)(2 * sum);
    }
}
