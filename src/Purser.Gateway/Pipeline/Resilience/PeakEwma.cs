namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>
/// An average of times that rises at once and falls slowly (Finagle's peak EWMA): a lane that got slow is left at once, and one that was slow
/// is tried again after a while. Safe for parallel calls.
/// </summary>
internal sealed class PeakEwma
{
    private static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private TimeSpan average;
    private TimeSpan at;

    /// <summary>Takes one more time.</summary>
    /// <param name="time">The time, ≥ 0.</param>
    /// <param name="now">The monotonic time at which it was measured.</param>
    public void Add(TimeSpan time, TimeSpan now)
    {
        lock (gate)
        {
            var weight = Weight(now);
            average = time > average ? time : (average * weight) + (time * (1 - weight));
            at = now;
        }
    }

    /// <summary>The average at an instant: with nothing new it falls to zero.</summary>
    public TimeSpan At(TimeSpan now)
    {
        lock (gate)
        {
            return average * Weight(now);
        }
    }

    private double Weight(TimeSpan now) => Math.Exp(-Math.Max(0, (now - at) / Decay));
}
