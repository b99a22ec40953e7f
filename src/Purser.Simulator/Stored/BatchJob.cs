using Purser.Simulator.Http;

namespace Purser.Simulator.Stored;

/// <summary>Where a batch is.</summary>
internal enum BatchStage
{
    /// <summary>Its requests aren't read yet.</summary>
    Validating,

    /// <summary>It waits, or runs.</summary>
    Running,

    /// <summary>It ends once the request under way is answered.</summary>
    Cancelling,

    /// <summary>All its requests are answered, or it was cancelled.</summary>
    Ended,

    /// <summary>Its requests can't be read.</summary>
    Failed,
}

/// <summary>A batch of requests. It waits as long as the simulator's options say, then runs one request after the other.</summary>
/// <param name="id">Its id.</param>
/// <param name="created">When it came.</param>
/// <param name="headers">The headers that its requests need.</param>
internal sealed class BatchJob(string id, DateTimeOffset created, IReadOnlyDictionary<string, string> headers)
{
    private readonly List<BatchResult> results = [];
    private readonly TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private Task waiting = Task.CompletedTask;

    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>When it came.</summary>
    public DateTimeOffset Created => created;

    /// <summary>Its requests; empty while they aren't read.</summary>
    public IReadOnlyList<BatchLine> Lines { get; private set; } = [];

    /// <summary>Where it is.</summary>
    public BatchStage Stage { get; private set; }

    /// <summary>When its cancellation was asked; null where it wasn't.</summary>
    public DateTimeOffset? CancelledAt { get; private set; }

    /// <summary>When it ended; null where it hasn't.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>The answers so far, in the order of the requests.</summary>
    public IReadOnlyList<BatchResult> Results
    {
        get
        {
            lock (gate)
            {
                return [.. results];
            }
        }
    }

    /// <summary>Starts its wait, which counts from its creation.</summary>
    public void StartWaiting(SimulatorState state) => waiting = Task.Delay(state.Options.BatchDelay, state.Time, state.Stopping);

    /// <summary>Takes its requests, from where on it runs.</summary>
    public void Begin(IReadOnlyList<BatchLine> lines)
    {
        lock (gate)
        {
            Lines = lines;
            Stage = Stage == BatchStage.Validating ? BatchStage.Running : Stage;
        }
    }

    /// <summary>Ends it before it began: its requests can't be read.</summary>
    public void Fail(DateTimeOffset now)
    {
        lock (gate)
        {
            (Stage, EndedAt) = (BatchStage.Failed, now);
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="state">The simulator.</param>
    /// <param name="runner">Runs its requests.</param>
    /// <param name="beforeEnd">Is called once all requests are answered, before the batch says that it has ended.</param>
    public async Task RunAsync(SimulatorState state, LineRunner runner, Action? beforeEnd = null)
    {
        await Task.WhenAny(waiting, cancelled.Task);
        foreach (var line in Lines)
        {
            var result =
                cancelled.Task.IsCompleted || state.IsStopping
                    ? new BatchResult(line.CustomId, null, "", null)
                    : await runner.RunAsync(line, id, headers, state.Stopping);
            lock (gate)
            {
                results.Add(result);
            }
        }

        beforeEnd?.Invoke();
        lock (gate)
        {
            (Stage, EndedAt) = (BatchStage.Ended, state.Time.GetUtcNow());
        }
    }

    /// <summary>Asks it to end.</summary>
    /// <returns>False where it has ended already.</returns>
    public bool Cancel(DateTimeOffset now)
    {
        lock (gate)
        {
            if (Stage is BatchStage.Ended or BatchStage.Failed)
            {
                return false;
            }

            (Stage, CancelledAt) = (BatchStage.Cancelling, CancelledAt ?? now);
        }

        cancelled.TrySetResult();
        return true;
    }
}
