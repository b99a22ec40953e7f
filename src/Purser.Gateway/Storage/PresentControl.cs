namespace Purser.Gateway.Storage;

/// <summary>
/// Accounts, keys and budgets as they are now. Whoever looks after a planned membership has begun sees it, and from then on everyone does,
/// whatever the clock says later.
/// </summary>
internal sealed class PresentControl(TimeProvider clock)
{
    private readonly Lock changes = new();
    private volatile ControlSnapshot? snapshot;

    /// <summary>The present. Null before the first start has been carried out.</summary>
    public ControlSnapshot Snapshot
    {
        get
        {
            var seen = snapshot;
            // Nobody asks the clock where nothing is planned.
            return seen is null || seen.Until == DateTimeOffset.MaxValue || clock.GetUtcNow() is var now && now < seen.Until
                ? seen!
                : Move(now);
        }
    }

    /// <summary>Takes what was committed; called in the order of the commits.</summary>
    public void Publish(ControlSnapshot? committed)
    {
        if (committed is null || ReferenceEquals(committed, snapshot))
        {
            return;
        }

        lock (changes)
        {
            snapshot = snapshot is { } seen ? committed.At(seen.From) : committed;
        }
    }

    private ControlSnapshot Move(DateTimeOffset now)
    {
        lock (changes)
        {
            return snapshot = snapshot!.At(now);
        }
    }
}
