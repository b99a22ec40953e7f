using System.Text.Json;
using Purser.Gateway.Alerts;
using Purser.Gateway.Storage;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// Watches each slice by what judges say of a random share of its answers, and reverts one that has shown itself to be under its floor. All that
/// it knows is in the store: the slices' states, and the evaluations in the order in which they came. So another start, or another process on
/// the same store, comes to the same. Safe for parallel calls.
/// </summary>
/// <remarks>
/// Requests are numbered by the microsecond at which they came in, which grows, and is the same everywhere. How many there were between two of
/// them is asked of the usage events.
/// </remarks>
internal sealed class SliceWatch : IDisposable
{
    /// <summary>The chance that any slice is ever reverted that never was under its floor.</summary>
    public const double FalseReverts = 0.01;

    /// <summary>Who reverts, in records.</summary>
    public const string Name = "purser";

    private readonly SliceMonitor monitor = new(FalseReverts);
    private readonly SemaphoreSlim gate = new(1);
    private readonly LedgerStore store;
    private readonly Action<Alert> raise;
    private readonly TimeProvider clock;
    private DateTimeOffset latest;
    private long seen;

    private SliceWatch(LedgerStore store, Action<Alert> raise, TimeProvider clock) =>
        (this.store, this.raise, this.clock) = (store, raise, clock);

    /// <summary>Begins, with all that the store has.</summary>
    /// <param name="store">The store.</param>
    /// <param name="raise">Takes an alert for each slice that is reverted.</param>
    /// <param name="clock">The time.</param>
    public static async Task<SliceWatch> StartAsync(LedgerStore store, Action<Alert> raise, TimeProvider clock)
    {
        var watch = new SliceWatch(store, raise, clock);
        foreach (var state in store.Control.Slices.All.Where(state => state.Stage != SliceStage.Reverted).OrderBy(state => state.Opening))
        {
            watch.Open(state);
        }

        await watch.CatchUpAsync();
        return watch;
    }

    /// <summary>Takes the evaluations that came since the last time.</summary>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    public async Task CatchUpAsync()
    {
        await gate.WaitAsync();
        try
        {
            IReadOnlyList<StoredEvaluation> come;
            using (var connection = store.OpenLedgerReader())
            {
                come = EvaluationTable.Evidence(connection, seen);
            }

            foreach (var evaluation in come)
            {
                await TakeAsync(evaluation);
                seen = evaluation.Seq;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>How each slice does that is let into requests, and has evaluations.</summary>
    public async Task<IReadOnlyList<SliceStatus>> ReportAsync()
    {
        await CatchUpAsync();
        await gate.WaitAsync();
        try
        {
            return monitor.Report();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Changes a slice's state by hand, between evaluations.</summary>
    /// <param name="change">Gives the new state, from how the slice does now; null where nothing is known of it.</param>
    /// <param name="slice">Which slice.</param>
    /// <exception cref="RefusedChangeException">It isn't possible; nothing changed.</exception>
    public async Task<SliceState> ChangeAsync(SliceKey slice, Func<ControlTransaction, SliceStatus?, SliceState> change)
    {
        await CatchUpAsync();
        await gate.WaitAsync();
        try
        {
            var status = monitor.Report().FirstOrDefault(status => status.Slice == slice);
            var before = store.Control.Slices.Find(slice);
            var state = await store.ChangeAsync(transaction => transaction.SetSlice(change(transaction, status)));
            if (state.Opening != before?.Opening)
            {
                Open(state);
            }

            return state;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task TakeAsync(StoredEvaluation evaluation)
    {
        var (slice, state) = (evaluation.Slice, store.Control.Slices.Find(evaluation.Slice));
        if (state is { Stage: SliceStage.Reverted })
        {
            return;
        }

        var isOther = state is null || (state.Predictor, state.Floor) != (evaluation.Predictor!, evaluation.Floor!.Value);
        if (state is not null && (isOther ? evaluation.ServedAt <= state.Since : evaluation.ServedAt < state.Since))
        {
            return;
        }

        if (isOther)
        {
            // Another predictor sends it other requests, and another floor asks for other answers: it's on trial again.
            var since = state is null ? DateTimeOffset.UnixEpoch : evaluation.ServedAt;
            state = await store.ChangeAsync(change =>
                change.SetSlice(
                    new SliceState(
                        slice,
                        SliceStage.Canary,
                        change.NextOpening,
                        since,
                        evaluation.Floor!.Value,
                        evaluation.Predictor!,
                        change.Now,
                        Name,
                        null
                    )
                )
            );
            Open(state);
        }

        var number = JournalWriter.Microseconds(evaluation.ServedAt);
        // The monitor's time never goes back.
        latest = clock.GetUtcNow() is var now && now > latest ? now : latest;
        foreach (var revert in monitor.Add(new(slice, number, evaluation.ServedAt, evaluation.Said.Score), latest))
        {
            await RevertAsync(revert, state!);
        }
    }

    private async Task RevertAsync(Revert found, SliceState state)
    {
        var leaked = LeakedSince(found);
        var revert = found with { Leaked = leaked, Loss = leaked * Math.Max(0, found.Floor - found.Estimate) };
        var record = JsonSerializer.Serialize(RevertRecord.Of(revert), RevertRecord.Json);
        await store.ChangeAsync(change =>
            change.SetSlice(state with { Stage = SliceStage.Reverted, At = change.Now, By = Name, Record = record })
        );
        raise(SliceAlert.Of(revert, store.Control));
    }

    /// <summary>How many requests were served since the drop; those that were judged, where the requests can't be read: a revert waits for no figure.</summary>
    private long LeakedSince(Revert found)
    {
        try
        {
            return store.Read(connection => EvaluationTable.CountServed(connection, found.Slice, found.DropAt));
        }
        catch (EventsUnavailableException)
        {
            return found.Count;
        }
    }

    private void Open(SliceState state) => monitor.Open(state.Slice, state.Floor / 100.0, state.Opening);
}
