namespace Purser.Cli.Hammer;

/// <summary>
/// Tells callers that were refused whether it is worth asking again. While others are still being served their reservations may turn
/// out too large, and what is left of them is there to be spent; once nobody is served any more the limit is reached.
/// </summary>
internal sealed class HammerStanding
{
    private readonly Lock gate = new();
    private TaskCompletionSource<bool> next = New();
    private int underWay;

    /// <summary>A request leaves.</summary>
    public void Begin()
    {
        lock (gate)
        {
            underWay++;
        }
    }

    /// <summary>A request is over.</summary>
    public void End(bool served)
    {
        lock (gate)
        {
            underWay--;
            if (served || underWay == 0)
            {
                next.SetResult(served);
                next = New();
            }
        }
    }

    /// <summary>Waits for the next one that is served.</summary>
    /// <returns>False when nothing is under way any more, and nothing was served.</returns>
    public Task<bool> ServedAgainAsync()
    {
        lock (gate)
        {
            return underWay == 0 ? Task.FromResult(false) : next.Task;
        }
    }

    private static TaskCompletionSource<bool> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
