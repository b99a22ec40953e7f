namespace Purser.Routing.Learning;

/// <summary>A logistic curve that brings a figure to a probability (Platt's scaling).</summary>
/// <param name="Slope">How steep it is; not below 0.</param>
/// <param name="Offset">Where it lies.</param>
internal readonly record struct PlattScale(double Slope, double Offset)
{
    private const int Steps = 50;

    /// <summary>Learns the curve by Newton's steps, a little held back so that few or one-sided outcomes don't become certainty.</summary>
    /// <param name="figures">What was said of each row without having seen it.</param>
    /// <param name="outcomes">What came, from 0 to 1.</param>
    public static PlattScale Learn(float[] figures, float[] outcomes)
    {
        var mean = (outcomes.Sum() + 1.0) / (outcomes.Length + 2.0);
        double slope = 1,
            offset = Math.Log(mean / (1 - mean));
        for (var step = 0; step < Steps; step++)
        {
            double first = -1e-3 * slope,
                second = 0,
                curve = 1e-3,
                cross = 0,
                level = 1e-6;
            for (var row = 0; row < figures.Length; row++)
            {
                var said = 1 / (1 + Math.Exp(-((slope * figures[row]) + offset)));
                var error = outcomes[row] - said;
                var weight = said * (1 - said);
                first += error * figures[row];
                second += error;
                curve += weight * figures[row] * figures[row];
                cross += weight * figures[row];
                level += weight;
            }

            var determinant = (curve * level) - (cross * cross);
            slope += Math.Clamp(((level * first) - (cross * second)) / determinant, -5, 5);
            offset += Math.Clamp(((curve * second) - (cross * first)) / determinant, -5, 5);
        }

        // A falling curve says that nothing was learned.
        return slope > 0 ? new PlattScale(slope, offset) : new PlattScale(0, Math.Log(mean / (1 - mean)));
    }

    /// <summary>The probability that a figure stands for, strictly between 0 and 1.</summary>
    public double Probability(double figure) => Math.Clamp(1 / (1 + Math.Exp(-((Slope * figure) + Offset))), 0.001, 0.999);
}
