using Purser.Gateway.Configuration;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>Which deadline of a call has passed.</summary>
internal enum Deadline
{
    /// <summary>None.</summary>
    None,

    /// <summary>The provider was silent for too long.</summary>
    Silence,

    /// <summary>A stream's first byte didn't come.</summary>
    FirstToken,

    /// <summary>The attempt took too long in all.</summary>
    Attempt,

    /// <summary>The client has waited too long for its answer to begin.</summary>
    Total,

    /// <summary>It took as long as its price lets it take.</summary>
    Price,
}

/// <summary>How long a call may take; null where there is no such limit.</summary>
/// <param name="Silence">Between two bytes.</param>
/// <param name="FirstToken">From sending to the first byte of a stream.</param>
/// <param name="Attempt">In all.</param>
/// <param name="Total">Until the client gets something.</param>
/// <param name="Price">In all, where time is the price.</param>
internal readonly record struct CallLimits(TimeSpan Silence, TimeSpan? FirstToken, TimeSpan? Attempt, TimeSpan Total, TimeSpan? Price)
{
    /// <summary>The limits of a provider.</summary>
    /// <param name="provider">Its options.</param>
    /// <param name="stream">Whether a stream is asked for.</param>
    /// <param name="total">Until the client has to get something.</param>
    /// <param name="price">In all, where time is the price.</param>
    public static CallLimits Of(ProviderOptions provider, bool stream, TimeSpan total, TimeSpan? price)
    {
        var own = provider.Resilience;
        return new CallLimits(provider.Timeout, stream ? own.FirstTokenTimeout : null, own.AttemptTimeout, total, price);
    }
}

/// <summary>
/// Stops a call at the first of its deadlines. One timer serves them all: as bytes come it isn't set again, but looks when it fires
/// whether there was reason to.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    private readonly CallLimits limits;
    private readonly CancellationTokenSource stop;
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private readonly long began;
    private long lastByte;
    private int passed;
    private volatile bool hasFirst;
    private volatile bool isAnswering;

    /// <param name="limits">The limits, from now on.</param>
    /// <param name="stop">What is cancelled.</param>
    /// <param name="clock">The clock.</param>
    public Deadlines(in CallLimits limits, CancellationTokenSource stop, TimeProvider clock)
    {
        (this.limits, this.stop, this.clock) = (limits, stop, clock);
        began = lastByte = clock.GetTimestamp();
        timer = clock.CreateTimer(static state => ((Deadlines)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Set(Nearest().Left);
    }

    /// <summary>Which has passed, and stopped the call.</summary>
    public Deadline Passed => (Deadline)Volatile.Read(ref passed);

    /// <summary>Bytes came from the provider.</summary>
    public void Renew() => Volatile.Write(ref lastByte, clock.GetTimestamp());

    /// <summary>The first byte of the body came.</summary>
    public void HasFirst() => hasFirst = true;

    /// <summary>The client gets its answer from here on.</summary>
    public void Answering() => isAnswering = true;

    public void Dispose() => timer.Dispose();

    private void Fire()
    {
        var (deadline, left) = Nearest();
        if (left > TimeSpan.Zero)
        {
            Set(left);
            return;
        }

        Volatile.Write(ref passed, (int)deadline);
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended at this very moment.
        }
    }

    private void Set(TimeSpan left)
    {
        try
        {
            // Timers count in milliseconds, and one that comes too early would fire again and again.
            timer.Change((left > TimeSpan.Zero ? left : TimeSpan.Zero) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The same.
        }
    }

    private (Deadline Deadline, TimeSpan Left) Nearest()
    {
        var taken = clock.GetElapsedTime(began);
        var nearest = (Deadline.Silence, limits.Silence - clock.GetElapsedTime(Volatile.Read(ref lastByte)));
        Consider(Deadline.Price, limits.Price);
        Consider(Deadline.Attempt, limits.Attempt);
        Consider(Deadline.FirstToken, hasFirst ? null : limits.FirstToken);
        Consider(Deadline.Total, isAnswering ? null : limits.Total);
        return nearest;

        void Consider(Deadline deadline, TimeSpan? limit)
        {
            if (limit - taken is { } left && left < nearest.Item2)
            {
                nearest = (deadline, left);
            }
        }
    }
}
