using Purser.Simulator.Answers;

namespace Purser.Simulator.Latency;

/// <summary>The times at which one answer's tokens come. They are set against the request's start, so waits don't add up their errors.</summary>
internal sealed class Pace(LatencyProfile latency, SeededRandom random, TimeProvider time)
{
    private readonly SeededRandom seed = random;
    private readonly long start = time.GetTimestamp();
    private SeededRandom random = random;
    private long due;
    private bool started;

    /// <summary>Whether nothing is ever waited for.</summary>
    public bool IsInstant { get; } = latency.IsNone;

    /// <summary>How long the answer takes up to the tokens added so far, in whole milliseconds.</summary>
    public int Milliseconds => (int)Math.Min(int.MaxValue, due / TimeSpan.TicksPerMillisecond);

    /// <summary>Adds the time of the next tokens; the first one of an answer takes the time to the first token.</summary>
    public void Add(int tokens)
    {
        for (var i = 0; i < tokens && !IsInstant; i++)
        {
            due += started ? latency.DrawToken(ref random) : latency.DrawFirstToken(ref random);
            started = true;
        }
    }

    /// <summary>Waits until the tokens added so far are due.</summary>
    /// <param name="cancellation">Is cancelled when the client leaves or the simulator stops.</param>
    /// <param name="atMost">The longest wait; null for none.</param>
    /// <returns>Whether they are due.</returns>
    /// <exception cref="OperationCanceledException">The client left, or the simulator stops.</exception>
    public async Task<bool> WaitAsync(CancellationToken cancellation, TimeSpan? atMost = null)
    {
        var left = TimeSpan.FromTicks(due) - time.GetElapsedTime(start);

        // A timer can't be more exact than that.
        if (left < TimeSpan.FromMilliseconds(0.5))
        {
            return true;
        }

        await Task.Delay(left > atMost ? atMost.Value : left, time, cancellation);
        return !(left > atMost);
    }

    /// <summary>How many of an answer's tokens have come by now.</summary>
    public int TokensByNow(int tokens)
    {
        var elapsed = time.GetElapsedTime(start);
        var again = new Pace(latency, seed, time);
        for (var i = 0; i < tokens; i++)
        {
            again.Add(1);
            if (again.due > elapsed.Ticks)
            {
                return i;
            }
        }

        return tokens;
    }
}
