namespace Purser.Routing.Evidence;

/// <summary>
/// Spreads one allowance of errors over any number of occasions, none of them known beforehand. The shares add up to 1 at most and fall little
/// faster than 1/k, which nothing could that adds up at all: the later ones are kept as large as can be.
/// </summary>
internal static class Spending
{
    /// <summary>The share of the k-th occasion.</summary>
    /// <param name="k">From 1 on.</param>
    public static double Share(long k) => Left(k - 1) - Left(k);

    /// <summary>What is left after k occasions, from 1 down to 0.</summary>
    /// <param name="k">From 0 on.</param>
    public static double Left(long k) => 1 / Math.Log(Math.E + k);
}
