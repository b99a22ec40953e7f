using MathNet.Numerics;

namespace Purser.Routing.Evidence;

/// <summary>
/// Tests of "the risk is more than ε": each gives a p-value, valid at any number of rows. One at most δ lets the risk pass as at most ε.
/// </summary>
public static class RiskTests
{
    /// <summary>Exact, for losses of 0 or 1: the lower tail of the binomial distribution (Clopper and Pearson 1934).</summary>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="losses">In how many of them something was lost.</param>
    /// <param name="epsilon">ε, above 0 and below 1.</param>
    public static double Binomial(int rows, int losses, double epsilon) =>
        losses >= rows ? 1 : SpecialFunctions.BetaRegularized(rows - losses, losses + 1, 1 - epsilon);

    /// <summary>The largest risk that <see cref="Binomial"/> doesn't rule out at the level δ.</summary>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="losses">In how many of them something was lost.</param>
    /// <param name="delta">δ, above 0 and below 1.</param>
    public static double BinomialBound(int rows, int losses, double delta) =>
        losses >= rows ? 1 : Crossing(epsilon => Binomial(rows, losses, epsilon), delta, 1);

    /// <summary>
    /// Exact, for losses of 0 or 1 and what is seen among the next <paramref name="next"/> requests: had more than ε of them a loss, how
    /// seldom would the rows have had so few? The lower tail of the hypergeometric distribution: it rests only on the order being random.
    /// </summary>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="losses">In how many of them something was lost.</param>
    /// <param name="next">How many requests the promise is of, at least 1.</param>
    /// <param name="allowed">How many of those may have a loss.</param>
    public static double NextRequests(int rows, int losses, int next, int allowed) =>
        allowed >= next ? 0 : Math.Min(1, HypergeometricTail(rows + next, losses + allowed + 1, rows, losses));

    /// <summary>For losses from 0 to 1 (Bates et al. 2021): Hoeffding's bound in its tight form, or Bentkus', whichever is less.</summary>
    /// <param name="rows">How many rows, at least 1.</param>
    /// <param name="mean">Their mean loss, from 0 to 1.</param>
    /// <param name="epsilon">ε, above 0 and below 1.</param>
    public static double HoeffdingBentkus(int rows, double mean, double epsilon)
    {
        if (mean >= epsilon)
        {
            return 1;
        }

        var divergence = (mean > 0 ? mean * Math.Log(mean / epsilon) : 0) + ((1 - mean) * Math.Log((1 - mean) / (1 - epsilon)));
        var bentkus = Math.E * Binomial(rows, (int)Math.Ceiling((rows * mean) - 1e-9), epsilon);
        return Math.Min(1, Math.Min(Math.Exp(-rows * divergence), bentkus));
    }

    // How large a bet is, relative to the best one were the losses 0 or 1 and at ε, and how much of the stake is on it. Losses that spread
    // less deserve larger bets. They are fixed beforehand, so the p-value doesn't depend on the order of the rows, and never falls when a
    // loss grows: which is what lets a threshold be chosen among all scores.
    private static readonly (double Size, double Stake)[] Bets = [(1, 0.6), (2, 0.2), (4, 0.12), (8, 0.08)];

    /// <summary>
    /// For losses from 0 to 1, by betting against "the mean is more than ε" (Waudby-Smith and Ramdas 2024): whoever would win 1/δ by it
    /// shows it false at δ. Tighter than <see cref="HoeffdingBentkus"/> where losses are seldom whole.
    /// </summary>
    /// <param name="losses">The losses, each from 0 to 1.</param>
    /// <param name="epsilon">ε, above 0 and below 1.</param>
    /// <param name="delta">δ, by which the bets are sized; above 0 and below 1.</param>
    public static double Betting(ReadOnlySpan<double> losses, double epsilon, double delta)
    {
        if (losses.IsEmpty)
        {
            return 1;
        }

        var unit = Math.Sqrt(2 * Math.Log(1 / delta) / (losses.Length * epsilon * (1 - epsilon)));
        var won = 0.0;
        foreach (var (size, stake) in Bets)
        {
            // Larger, and a loss of 1 could cost more than there is.
            var bet = Math.Min(size * unit, 1 / (1 - epsilon));
            var log = 0.0;
            foreach (var loss in losses)
            {
                log += Math.Log(Math.Max(0, 1 + (bet * (epsilon - loss))));
            }

            won += stake * Math.Exp(log);
        }

        return won > 1 ? 1 / won : 1;
    }

    /// <summary>The least ε at which a p-value, which falls as ε grows, is at most δ, as it is at <paramref name="high"/>.</summary>
    internal static double Crossing(Func<double, double> pValue, double delta, double high)
    {
        var low = 0.0;
        for (var step = 0; step < 50; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = pValue(middle) <= delta ? (low, middle) : (middle, high);
        }

        return high;
    }

    // From the highest term down, and no further than it matters: the terms below the mode fall at least geometrically.
    private static double HypergeometricTail(int population, int marked, int drawn, int atMost)
    {
        if (atMost >= Math.Min(drawn, marked))
        {
            return 1;
        }

        var sum = 0.0;
        for (var count = atMost; count >= Math.Max(0, drawn + marked - population); count--)
        {
            // By logarithms: the library's own overflows from a thousand on.
            var term = Math.Exp(
                SpecialFunctions.BinomialLn(marked, count)
                    + SpecialFunctions.BinomialLn(population - marked, drawn - count)
                    - SpecialFunctions.BinomialLn(population, drawn)
            );
            sum += term;
            if (term < sum * 1e-15 && sum > 0)
            {
                break;
            }
        }

        return sum;
    }
}
