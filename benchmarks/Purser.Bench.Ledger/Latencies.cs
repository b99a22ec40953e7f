using System.Diagnostics;
using HdrHistogram;

namespace Purser.Bench.Ledger;

/// <summary>What awaited calls took, in microseconds.</summary>
/// <param name="Calls">How many.</param>
/// <param name="Seconds">Over which time.</param>
/// <param name="P50">The median.</param>
/// <param name="P99">99 of 100 took no longer.</param>
/// <param name="P999">999 of 1,000 took no longer.</param>
/// <param name="Longest">The longest.</param>
internal sealed record Latencies(long Calls, double Seconds, double P50, double P99, double P999, double Longest)
{
    private const int Digits = 3;

    public double PerSecond => Calls / Seconds;

    /// <summary>Runs callers side by side, each of which makes one call after another, and measures each call.</summary>
    /// <param name="callers">How many.</param>
    /// <param name="time">How long they begin new calls.</param>
    /// <param name="call">Makes calls of one caller: it's given what records a call from its beginning (a <see cref="Stopwatch"/> time).</param>
    public static async Task<Latencies> MeasureAsync(int callers, TimeSpan time, Func<Action<long>, Task> call)
    {
        var histograms = new LongHistogram[callers];
        var begin = Stopwatch.GetTimestamp();
        var end = begin + (long)(time.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(caller =>
                    Task.Run(async () =>
                    {
                        var histogram = histograms[caller] = new LongHistogram(TimeSpan.TicksPerMinute * 100, Digits);
                        while (Stopwatch.GetTimestamp() < end)
                        {
                            await call(from => histogram.RecordValue(Math.Max(1, Stopwatch.GetTimestamp() - from)));
                        }
                    })
                )
        );
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var all = histograms[0];
        foreach (var histogram in histograms[1..])
        {
            all.Add(histogram);
        }

        double At(double percentile) => all.GetValueAtPercentile(percentile) * 1e6 / Stopwatch.Frequency;
        return new Latencies(all.TotalCount, seconds, At(50), At(99), At(99.9), At(100));
    }
}
