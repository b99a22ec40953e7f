namespace Purser.Routing.Evidence;

/// <summary>
/// Evidence against "quality never was below the level", which may be looked at after each evaluation: had it never been, this would
/// reach 1/α in a share of α of all slices at most, however long one looks (Ville's inequality). It bets on a drop that began at each evaluation
/// so far, with a stake for each beginning, so that a good past doesn't use up what a drop must first win back.
/// </summary>
/// <remarks>
/// A mixture of betting martingales over sizes of bets (Waudby-Smith and Ramdas 2024) and over beginnings (e-detectors; Shin, Ramdas and Rinaldo
/// 2024), here with stakes that add up to 1, by which it is a test at all times and not only seldom wrong. Not safe for parallel calls.
/// </remarks>
internal sealed class DropEvidence(double level)
{
    // Kept finite: what was won by then is far beyond any threshold.
    private const double Most = 1e200;

    // Shares of the largest bet that can't lose more than there is: small ones for drops just below the level.
    private static readonly double[] Sizes = [0.03, 0.06, 0.12, 0.25, 0.5, 0.85];

    private readonly double[] won = new double[Sizes.Length];
    private readonly Suspicion[] suspicions = new Suspicion[Sizes.Length];
    private long count;

    /// <summary>The level.</summary>
    public double Level => level;

    /// <summary>How much was won, from a stake of 1: 100 and more happens once in 100 slices without a drop.</summary>
    public double Value => Spending.Left(count) + (won.Sum() / Sizes.Length);

    /// <summary>The drop that explains best what was seen, if there was one.</summary>
    public Suspicion Suspected => suspicions.MaxBy(suspicion => suspicion.Won);

    /// <summary>Takes an evaluation.</summary>
    /// <param name="quality">From 0 to 1.</param>
    /// <param name="number">The number of its request in the slice.</param>
    public void Add(double quality, long number)
    {
        var stake = Spending.Share(++count);
        for (var index = 0; index < Sizes.Length; index++)
        {
            var factor = 1 + (Sizes[index] / (1 - level) * (level - quality));
            won[index] = Math.Min(Most, (won[index] + stake) * factor);
            // Page's rule: as long as a drop that began there would have won, it may have.
            var before = suspicions[index] is { Won: > 1 } going ? going : new Suspicion(1, number, 0, 0);
            suspicions[index] = new Suspicion(
                Math.Min(Most, before.Won * factor),
                Math.Min(before.Since, number),
                before.Count + 1,
                before.Sum + quality
            );
        }
    }

    /// <summary>A drop that may have been.</summary>
    /// <param name="Won">What betting on it from its beginning has won.</param>
    /// <param name="Since">The number of the first request that was seen of it.</param>
    /// <param name="Count">How many evaluations there are since.</param>
    /// <param name="Sum">The sum of their qualities.</param>
    internal readonly record struct Suspicion(double Won, long Since, long Count, double Sum);
}
