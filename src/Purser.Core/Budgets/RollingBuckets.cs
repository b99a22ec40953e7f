using Purser.Core.Ledger;

namespace Purser.Core.Budgets;

/// <summary>
/// What a rolling window counts, by the time of admission: one bucket for each stretch of <see cref="BudgetWindow.Granularity"/> in which
/// something was admitted. A bucket is forgotten when all of it has left the window, so a charge never counts too short.
/// </summary>
internal sealed class RollingBuckets(BudgetWindow window)
{
    private readonly long width = window.Granularity.Ticks;
    private readonly SortedList<long, Bucket> buckets = [];

    /// <summary>When the oldest bucket is forgotten, in ticks; the largest where there is none.</summary>
    public long NextExpiry => buckets.Count == 0 ? long.MaxValue : Expiry(buckets.GetKeyAtIndex(0));

    /// <summary>The sums of the buckets.</summary>
    public long Posted { get; private set; }

    /// <summary>The sums of the buckets.</summary>
    public long Pending { get; private set; }

    /// <summary>Counts a change at an instant of admission; one that was already forgotten stays so.</summary>
    public void Add(DateTimeOffset at, long posted, long pending, DateTimeOffset now)
    {
        var key = at.UtcTicks / width;
        if (Expiry(key) <= now.UtcTicks)
        {
            return;
        }

        if (!buckets.TryGetValue(key, out var bucket))
        {
            buckets.Add(key, bucket = new Bucket());
        }

        bucket.Posted = checked(bucket.Posted + posted);
        bucket.Pending = checked(bucket.Pending + pending);
        Posted = checked(Posted + posted);
        Pending = checked(Pending + pending);
    }

    /// <summary>Forgets what has left the window.</summary>
    public void Forget(DateTimeOffset now)
    {
        while (NextExpiry <= now.UtcTicks)
        {
            var oldest = buckets.GetValueAtIndex(0);
            Posted -= oldest.Posted;
            Pending -= oldest.Pending;
            buckets.RemoveAt(0);
        }
    }

    /// <summary>The stretches as values, oldest first.</summary>
    public IReadOnlyList<BucketImage> Capture() =>
        [.. buckets.Select(bucket => new BucketImage(bucket.Key, bucket.Value.Posted, bucket.Value.Pending))];

    /// <summary>Makes the stretches what they were.</summary>
    public void Restore(IReadOnlyList<BucketImage> images)
    {
        foreach (var image in images)
        {
            buckets.Add(image.Key, new Bucket { Posted = image.Posted, Pending = image.Pending });
            (Posted, Pending) = (Posted + image.Posted, Pending + image.Pending);
        }
    }

    private long Expiry(long key)
    {
        // Far from the ends of time, unless the clock is.
        var end = (Int128)(key + 1) * width + window.Length.Ticks;
        return end > long.MaxValue ? long.MaxValue : (long)end;
    }

    private sealed class Bucket
    {
        public long Posted { get; set; }

        public long Pending { get; set; }
    }
}
