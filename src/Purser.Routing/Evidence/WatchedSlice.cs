namespace Purser.Routing.Evidence;

/// <summary>One slice since it was opened.</summary>
/// <param name="slice">Which one.</param>
/// <param name="floor">The quality that it must not be under, above 0 and below 1.</param>
/// <param name="alpha">Its part of the chance of false reverts.</param>
/// <param name="servedBefore">The number of the last request that was served before.</param>
internal sealed class WatchedSlice(SliceKey slice, double floor, double alpha, long servedBefore)
{
    private const int Levels = 20;

    // The floor itself is the last: by it the slice is reverted. The others tell how far under it quality was.
    private readonly DropEvidence[] _levels =
    [
        .. Enumerable.Range(1, Levels).Select(step => new DropEvidence(step == Levels ? floor : floor * step / Levels)),
    ];

    private readonly QualityTally _tally = new();
    private long _served;

    /// <summary>The number of the last request that it served.</summary>
    public long Served => servedBefore + _served;

    /// <summary>The record of its revert, if it was.</summary>
    public Revert? Revert { get; private set; }

    /// <summary>Counts a request.</summary>
    /// <returns>Its number.</returns>
    public long CountServed()
    {
        _served++;
        return Served;
    }

    /// <summary>Counts an evaluation. One of a request before the slice was opened, or after it was reverted, says nothing of it.</summary>
    /// <returns>The record, where this reverts it.</returns>
    public Revert? Add(Evaluation evaluation, DateTimeOffset now)
    {
        if (Revert is not null || evaluation.Number <= servedBefore)
        {
            return null;
        }

        // After a restart the numbers given out before are known by what comes back with them.
        _served = Math.Max(_served, evaluation.Number - servedBefore);
        _tally.Add(evaluation.Quality);
        foreach (var level in _levels)
        {
            level.Add(evaluation.Quality, evaluation.Number);
        }

        return _levels[^1].Value >= 1 / alpha ? Revert = MakeRevert(now) : null;
    }

    /// <summary>How it does.</summary>
    public SliceStatus Status() => new(slice, floor, _served, _tally.Interval(alpha), _levels[^1].Value, alpha, Revert);

    private Revert MakeRevert(DateTimeOffset now)
    {
        var drop = _levels[^1].Suspected;
        var leaked = Served - drop.Since + 1;
        var estimate = drop.Sum / drop.Count;
        return new Revert(
            slice,
            now,
            floor,
            alpha,
            _levels[^1].Value,
            _tally.Interval(alpha),
            _levels.First(level => level.Value >= 1 / alpha).Level,
            drop.Since,
            drop.Count,
            estimate,
            leaked,
            leaked * Math.Max(0, floor - estimate)
        );
    }
}
