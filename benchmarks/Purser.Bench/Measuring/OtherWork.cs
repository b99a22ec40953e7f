using System.Globalization;

namespace Purser.Bench.Measuring;

/// <summary>
/// Tells how busy the machine is with what is not ours. Anything else that runs adds milliseconds to each wake-up, and most of
/// all to the proxy that sleeps most often: to the fastest.
/// </summary>
internal sealed class OtherWork
{
    /// <summary>A run meanwhile other work took more than this is taken again, or where patience has ended counted as disturbed. In cores.</summary>
    public const double Tolerated = 0.15;

    private const double TicksPerSecond = 100;

    private readonly long since = Environment.TickCount64;
    private readonly double busy = MachineCpuSeconds();
    private readonly double ours = OurCpuSeconds();

    /// <summary>Cores that others have kept busy since this object was made, on average. 0 to the number of cores.</summary>
    public double Cores()
    {
        var elapsed = (Environment.TickCount64 - since) / 1000.0;
        return Math.Max(0, (MachineCpuSeconds() - busy - (OurCpuSeconds() - ours)) / elapsed);
    }

    /// <summary>Waits until others are quiet for a fifth of a second, and at most as long as patience lasts.</summary>
    /// <returns>The patience that is left.</returns>
    public static async Task<TimeSpan> QuietAsync(TimeSpan patience)
    {
        while (patience > TimeSpan.Zero)
        {
            var look = new OtherWork();
            await Task.Delay(200);
            if (look.Cores() <= Tolerated)
            {
                break;
            }
            patience -= TimeSpan.FromMilliseconds(200);
        }
        return patience;
    }

    private static double MachineCpuSeconds()
    {
        // cpu user nice system idle iowait irq softirq steal: all but idle and iowait.
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return ((int[])[1, 2, 3, 6, 7, 8]).Sum(n => double.Parse(fields[n], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    // Children that have ended (a load generator) count as the driver's own.
    private static double OurCpuSeconds() => ProcessTree.CpuSeconds(Environment.ProcessId, withEndedChildren: true);
}
