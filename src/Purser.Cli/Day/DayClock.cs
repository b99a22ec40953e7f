namespace Purser.Cli.Day;

/// <summary>
/// A clock that is put forward, for the hours of a day that takes seconds. Each look at it takes a microsecond, so that no two requests come at the same time.
/// Waits take as long as they do.
/// </summary>
/// <param name="start">Where it stands first.</param>
internal sealed class DayClock(DateTimeOffset start) : TimeProvider
{
    private long ticks = start.UtcTicks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Add(ref ticks, TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>Puts it forward; it never goes back.</summary>
    public void ForwardTo(DateTimeOffset at)
    {
        var (seen, wanted) = (Interlocked.Read(ref ticks), at.UtcTicks);
        while (wanted > seen && Interlocked.CompareExchange(ref ticks, wanted, seen) is var now && now != seen)
        {
            seen = now;
        }
    }
}
