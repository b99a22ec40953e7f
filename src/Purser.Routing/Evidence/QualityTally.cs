namespace Purser.Routing.Evidence;

/// <summary>
/// A mean with an interval that holds at all times at once, so that it may be looked at after each evaluation. It's of a quality that stays as it
/// is; where it changes, quality was above the lower bound for a time, and below the upper one.
/// </summary>
/// <param name="Count">How many evaluations.</param>
/// <param name="Mean">Their mean, from 0 to 1; 0 where there are none.</param>
/// <param name="Lower">The lower bound, from 0 to 1.</param>
/// <param name="Upper">The upper bound, from 0 to 1.</param>
public readonly record struct QualityInterval(long Count, double Mean, double Lower, double Upper);

/// <summary>Evaluations of a slice, counted by quality in steps of a hundredth. Not safe for parallel calls.</summary>
internal sealed class QualityTally
{
    private const int Steps = 100;

    private static readonly double[] Sizes = [0.01, 0.03, 0.06, 0.12, 0.25, 0.5, 0.85];

    private readonly long[] counts = new long[Steps + 1];

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>The sum of what was counted.</summary>
    public double Sum { get; private set; }

    /// <summary>Counts one.</summary>
    /// <param name="quality">From 0 to 1.</param>
    public void Add(double quality)
    {
        var step = (int)Math.Round(quality * Steps);
        counts[step]++;
        Count++;
        Sum += (double)step / Steps;
    }

    /// <summary>The interval: a confidence sequence by betting (Waudby-Smith and Ramdas 2024), with half of α for each side.</summary>
    /// <param name="alpha">How often it may ever miss the mean; above 0 and below 1.</param>
    public QualityInterval Interval(double alpha)
    {
        if (Count == 0)
        {
            return new QualityInterval(0, 0, 0, 1);
        }

        var mean = Sum / Count;
        var needed = Math.Log(2 / alpha);
        (double Quality, long Count)[] seen =
        [
            .. counts.Index().Where(step => step.Item > 0).Select(step => ((double)step.Index / Steps, step.Item)),
        ];
        // What a bet that the mean is above a level wins grows as the level falls; both bounds are found by halving.
        var lower = Edge(mean, 0, level => Won(seen, level, above: true) >= needed);
        var upper = Edge(mean, 1, level => Won(seen, level, above: false) >= needed);
        return new QualityInterval(Count, mean, lower, upper);
    }

    // The level next to the mean that is ruled out; the end of the scale where none is.
    private static double Edge(double inside, double outside, Func<double, bool> isRuledOut)
    {
        for (var step = 0; step < 40; step++)
        {
            var middle = (inside + outside) / 2;
            (inside, outside) = isRuledOut(middle) ? (inside, middle) : (middle, outside);
        }

        return outside;
    }

    // The logarithm of what was won by bets of several sizes against the mean being at the level.
    private static double Won((double Quality, long Count)[] seen, double level, bool above)
    {
        var best = double.NegativeInfinity;
        Span<double> logs = stackalloc double[Sizes.Length];
        for (var index = 0; index < Sizes.Length; index++)
        {
            var bet = above ? Sizes[index] / Math.Max(level, 1e-9) : -Sizes[index] / Math.Max(1 - level, 1e-9);
            var log = 0.0;
            foreach (var (quality, count) in seen)
            {
                log += count * Math.Log(1 + (bet * (quality - level)));
            }

            logs[index] = log;
            best = Math.Max(best, log);
        }

        var sum = 0.0;
        foreach (var log in logs)
        {
            sum += Math.Exp(log - best);
        }

        return best + Math.Log(sum / Sizes.Length);
    }
}
