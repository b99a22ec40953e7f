using System.Diagnostics;

namespace Purser.Bench.Usage;

/// <summary>What one call takes: the median of rounds, which are measured in turn with those of the baselines.</summary>
/// <param name="name">What is measured.</param>
/// <param name="calls">How many calls one run of <paramref name="run"/> makes.</param>
/// <param name="run">Makes the calls.</param>
internal sealed class Measured(string name, int calls, Action run)
{
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(300);

    private readonly List<double> nanoseconds = [];
    private long bytes = long.MaxValue;

    public string Name { get; } = name;

    /// <summary>Nanoseconds of one call.</summary>
    public double Nanoseconds => nanoseconds.Order().ElementAt(nanoseconds.Count / 2);

    /// <summary>Bytes that one call allocates: of the round with the fewest, since the runtime allocates at times for itself.</summary>
    public double Bytes => bytes / (double)calls;

    /// <summary>Compiles, and fills caches and pools.</summary>
    public void WarmUp()
    {
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < Round)
        {
            run();
        }
    }

    /// <summary>One round more.</summary>
    public void Measure()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        run();
        bytes = Math.Min(bytes, GC.GetAllocatedBytesForCurrentThread() - before);
        var begin = Stopwatch.GetTimestamp();
        var runs = 0L;
        while (Stopwatch.GetElapsedTime(begin) < Round)
        {
            run();
            runs++;
        }
        nanoseconds.Add(Stopwatch.GetElapsedTime(begin).TotalNanoseconds / (runs * calls));
    }
}
