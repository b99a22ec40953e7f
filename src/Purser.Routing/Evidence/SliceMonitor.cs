namespace Purser.Routing.Evidence;

/// <summary>
/// Watches the quality of each slice by evaluations that come in over time, and reverts one that has fallen under its floor. It may be looked
/// at after each of them, for ever: over all slices together, the chance that it ever reverts one that never was under its floor is at most
/// what was allowed.
/// </summary>
/// <remarks>
/// The other error has no bound but a delay: a drop is seen after about (ln(1/α) + ln n + 2 ln ln n + 2) / D evaluations, where n is how many came
/// before and D is the divergence of the quality from the floor. It keeps nothing on disk: opening the slices and adding the same evaluations in
/// the same order makes it anew. Not safe for parallel calls.
/// </remarks>
public sealed class SliceMonitor
{
    private readonly Dictionary<SliceKey, WatchedSlice> _slices = [];
    private readonly PriorityQueue<Evaluation, (DateTimeOffset ServedAt, long Number)> _ripening = new();
    private readonly double _falseReverts;
    private readonly TimeSpan _maturity;
    private int _opened;

    /// <summary>Begins without slices.</summary>
    /// <param name="falseReverts">The chance that any slice is ever reverted without a drop: above 0 and below 1; 0.01 by default.</param>
    /// <param name="maturity">
    /// How old a request must be before its evaluation counts. Where bad answers are evaluated sooner than good ones, it should be as long as
    /// evaluations take, or the first to come are taken for all. Default: none, they count as they come.
    /// </param>
    public SliceMonitor(double falseReverts = 0.01, TimeSpan maturity = default)
    {
        if (!(falseReverts is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(falseReverts), falseReverts, "A chance of false reverts is above 0 and below 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(maturity, TimeSpan.Zero);
        (_falseReverts, _maturity) = (falseReverts, maturity);
    }

    /// <summary>
    /// Opens a slice, or opens it anew after a revert: it's watched from here on, and what was served before counts no more. Each opening has its
    /// part of the chance of false reverts, later ones a smaller one.
    /// </summary>
    /// <param name="slice">Which one.</param>
    /// <param name="floor">The quality that it must not be under: above 0 and below 1.</param>
    /// <exception cref="InvalidOperationException">It's open.</exception>
    public void Open(SliceKey slice, double floor)
    {
        CheckFloor(floor);
        var before = _slices.GetValueOrDefault(slice);
        if (before is { Revert: null })
        {
            throw new InvalidOperationException($"The slice {slice} is open.");
        }

        Open(slice, floor, _opened + 1, before?.Served ?? 0);
    }

    /// <summary>
    /// Opens a slice anew, whether it's open or not, for who remembers the openings: with the part of the chance of false reverts that its place among
    /// all openings has. No two openings may have the same place.
    /// </summary>
    /// <param name="slice">Which one.</param>
    /// <param name="floor">The quality that it must not be under: above 0 and below 1.</param>
    /// <param name="place">Its place among all openings that there ever were, from 1 on.</param>
    public void Open(SliceKey slice, double floor, int place)
    {
        CheckFloor(floor);
        ArgumentOutOfRangeException.ThrowIfLessThan(place, 1);
        Open(slice, floor, place, servedBefore: 0);
    }

    /// <summary>Whether a slice's requests go to its model: it was opened, and not reverted since.</summary>
    public bool IsOpen(SliceKey slice) => _slices.TryGetValue(slice, out var watched) && watched.Revert is null;

    /// <summary>Counts a request that the slice's model served.</summary>
    /// <returns>Its number, which its evaluation brings back.</returns>
    /// <exception cref="KeyNotFoundException">The slice was never opened.</exception>
    public long Served(SliceKey slice) => Watched(slice).CountServed();

    /// <summary>Takes an evaluation, in any order and however late.</summary>
    /// <param name="evaluation">Of a request that was served.</param>
    /// <param name="now">The time; it never goes back.</param>
    /// <returns>What is reverted by it, and by others that are old enough by now.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The quality isn't from 0 to 1.</exception>
    /// <exception cref="KeyNotFoundException">The slice was never opened.</exception>
    public IReadOnlyList<Revert> Add(Evaluation evaluation, DateTimeOffset now)
    {
        if (!(evaluation.Quality is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(evaluation), evaluation.Quality, "A quality is from 0 to 1.");
        }

        _ = Watched(evaluation.Slice);
        _ripening.Enqueue(evaluation, (evaluation.ServedAt, evaluation.Number));
        return Settle(now);
    }

    /// <summary>Counts the evaluations that have become old enough.</summary>
    /// <param name="now">The time; it never goes back.</param>
    /// <returns>What is reverted by them.</returns>
    public IReadOnlyList<Revert> Settle(DateTimeOffset now)
    {
        var reverts = new List<Revert>();
        while (_ripening.TryPeek(out var evaluation, out _) && evaluation.ServedAt + _maturity <= now)
        {
            if (Watched(_ripening.Dequeue().Slice).Add(evaluation, now) is { } revert)
            {
                reverts.Add(revert);
            }
        }

        return reverts;
    }

    /// <summary>How each slice does that was ever opened.</summary>
    public IReadOnlyList<SliceStatus> Report() => [.. _slices.Values.Select(slice => slice.Status())];

    private void Open(SliceKey slice, double floor, int place, long servedBefore)
    {
        _opened = Math.Max(_opened, place);
        _slices[slice] = new WatchedSlice(slice, floor, _falseReverts * Spending.Share(place), servedBefore);
    }

    private static void CheckFloor(double floor)
    {
        if (!(floor is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(floor), floor, "A floor is above 0 and below 1.");
        }
    }

    private WatchedSlice Watched(SliceKey slice) =>
        _slices.GetValueOrDefault(slice) ?? throw new KeyNotFoundException($"The slice {slice} was never opened.");
}
