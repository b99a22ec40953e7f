namespace Purser.Gateway.Alerts;

/// <summary>Wakes everyone who waits for news. Who takes <see cref="Next"/> before it looks misses none.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource next = New();

    /// <summary>Ends at the next beat.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>Wakes those who wait; on other threads.</summary>
    public void Beat() => Interlocked.Exchange(ref next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
