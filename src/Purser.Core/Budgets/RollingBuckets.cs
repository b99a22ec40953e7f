using Purser.Core.Ledger;

namespace Purser.Core.Budgets;

/// <summary>
/// What a rolling window has settled, by the time of admission: one bucket for each stretch of <see cref="BudgetWindow.Granularity"/> in
/// which something was admitted. A bucket is forgotten when all of it has left the window, so a charge never counts too short. What is
/// still held isn't in here: it counts until it ends, however long that takes.
/// </summary>
internal sealed class RollingBuckets(BudgetWindow window)
{
    private readonly long width = window.Granularity.Ticks;
    private readonly SortedList<long, Int128> buckets = [];

    /// <summary>When the oldest bucket is forgotten, in ticks; the largest where there is none.</summary>
    public long NextExpiry => buckets.Count == 0 ? long.MaxValue : Expiry(buckets.GetKeyAtIndex(0));

    /// <summary>The sum of the buckets.</summary>
    public Int128 Posted { get; private set; }

    /// <summary>Counts a charge at its instant of admission; one that was already forgotten stays so.</summary>
    public void Add(DateTimeOffset at, long posted, DateTimeOffset now)
    {
        var key = at.UtcTicks / width;
        if (posted == 0 || Expiry(key) <= now.UtcTicks)
        {
            return;
        }

        buckets[key] = buckets.GetValueOrDefault(key) + posted;
        Posted += posted;
    }

    /// <summary>Forgets what has left the window.</summary>
    public void Forget(DateTimeOffset now)
    {
        while (NextExpiry <= now.UtcTicks)
        {
            Posted -= buckets.GetValueAtIndex(0);
            buckets.RemoveAt(0);
        }
    }

    /// <summary>The stretches as values, oldest first.</summary>
    public IReadOnlyList<BucketImage> Capture() => [.. buckets.Select(bucket => new BucketImage(bucket.Key, bucket.Value))];

    /// <summary>Makes the stretches what they were.</summary>
    public void Restore(IReadOnlyList<BucketImage> images)
    {
        foreach (var image in images)
        {
            buckets.Add(image.Key, image.Posted);
            Posted += image.Posted;
        }
    }

    private long Expiry(long key)
    {
        // Far from the ends of time, unless the clock is.
        var end = (Int128)(key + 1) * width + window.Length.Ticks;
        return end > long.MaxValue ? long.MaxValue : (long)end;
    }
}
