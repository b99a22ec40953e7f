namespace Purser.Routing.Learning;

/// <summary>Ridge regression on sparse rows, solved by conjugate gradients.</summary>
internal static class SparseRidge
{
    private const int Steps = 40;

    /// <summary>The weights of the terms, for targets whose mean has been taken away.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="terms">How many terms there are.</param>
    /// <param name="targets">A target for each row.</param>
    /// <param name="penalty">How strongly large weights are held down; above 0.</param>
    public static float[] Fit(IReadOnlyList<SparseRow> rows, int terms, ReadOnlySpan<float> targets, float penalty)
    {
        var weights = new float[terms];
        var residual = new float[terms];
        for (var row = 0; row < rows.Count; row++)
        {
            Spread(rows[row], targets[row], residual);
        }

        var direction = residual.AsSpan().ToArray();
        var product = new float[terms];
        var size = Dot(residual, residual);
        var enough = size * 1e-6;
        for (var step = 0; step < Steps && size > enough; step++)
        {
            for (var term = 0; term < terms; term++)
            {
                product[term] = penalty * direction[term];
            }

            foreach (var row in rows)
            {
                Spread(row, Dot(row, direction), product);
            }

            var stride = (float)(size / Dot(direction, product));
            for (var term = 0; term < terms; term++)
            {
                weights[term] += stride * direction[term];
                residual[term] -= stride * product[term];
            }

            var next = Dot(residual, residual);
            var keep = (float)(next / size);
            for (var term = 0; term < terms; term++)
            {
                direction[term] = residual[term] + (keep * direction[term]);
            }

            size = next;
        }

        return weights;
    }

    /// <summary>A row's product with weights.</summary>
    public static float Dot(SparseRow row, float[] weights)
    {
        var sum = 0f;
        for (var at = 0; at < row.Terms.Length; at++)
        {
            sum += row.Weights[at] * weights[row.Terms[at]];
        }

        return sum;
    }

    private static void Spread(SparseRow row, float amount, float[] onto)
    {
        for (var at = 0; at < row.Terms.Length; at++)
        {
            onto[row.Terms[at]] += amount * row.Weights[at];
        }
    }

    private static double Dot(float[] left, float[] right)
    {
        double sum = 0;
        for (var at = 0; at < left.Length; at++)
        {
            sum += (double)left[at] * right[at];
        }

        return sum;
    }
}
