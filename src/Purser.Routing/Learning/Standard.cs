namespace Purser.Routing.Learning;

/// <summary>Brings columns to a mean of nought and a spread of one, and holds outliers back at four. Immutable.</summary>
/// <param name="Means">Each column's mean in training.</param>
/// <param name="Scales">What each difference from it is multiplied by.</param>
internal sealed record Standard(float[] Means, float[] Scales)
{
    private const float Furthest = 4;

    /// <summary>Learns the means and spreads of rows.</summary>
    public static Standard Learn(IReadOnlyList<float[]> rows)
    {
        var means = new float[rows[0].Length];
        var scales = new float[means.Length];
        for (var column = 0; column < means.Length; column++)
        {
            double sum = 0,
                squares = 0;
            foreach (var row in rows)
            {
                sum += row[column];
                squares += (double)row[column] * row[column];
            }

            var mean = sum / rows.Count;
            var variance = (squares / rows.Count) - (mean * mean);
            means[column] = (float)mean;
            scales[column] = variance > 1e-9 ? (float)(1 / Math.Sqrt(variance)) : 0;
        }

        return new Standard(means, scales);
    }

    /// <summary>A row by this standard.</summary>
    public float[] Apply(float[] row)
    {
        var standard = new float[row.Length];
        for (var column = 0; column < row.Length; column++)
        {
            standard[column] = Math.Clamp((row[column] - Means[column]) * Scales[column], -Furthest, Furthest);
        }

        return standard;
    }
}
