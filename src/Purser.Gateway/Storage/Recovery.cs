using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// What a start has to do before anything is admitted: balances from the newest snapshot and the entries after it, and every attempt that
/// a crash left open posted with what it holds. Whether the provider saw it can't be known, so the safe side is that it did and billed all
/// it was allowed. What batches hold that go on at their providers stays held: they outlive the process, and are settled once they have ended.
/// </summary>
internal static class Recovery
{
    /// <summary>Loads the balances, settles what is open, and returns how many attempts that were.</summary>
    /// <exception cref="InvalidDataException">The journal isn't what was written.</exception>
    public static int Run(JournalWriter journal)
    {
        var (state, snapshot) = Load(journal);
        // What is carried out has to be what was written; the entry that vouches for the snapshot as well.
        JournalReader.CheckChain(journal.Connection, Math.Max(0, snapshot - 1));
        new JournalReplay(journal.Connection, journal.Definitions, state).Run(snapshot, journal.HeadSeq);
        journal.Begin(state, snapshot);
        var batches = new ObjectTable(journal.Connection).OpenBatchRequests();
        var open = state
            .Open.Values.Where(reservation => !batches.Contains(reservation.Id.Request))
            .OrderBy(reservation => reservation.Id.Request)
            .ThenBy(reservation => reservation.Id.Attempt)
            .ToList();
        if (open.Count == 0)
        {
            return 0;
        }

        journal.BeginTransaction();
        foreach (var reservation in open)
        {
            var usageEvent = new UsageEvent
            {
                Attempt = reservation.Id,
                StartedAt = JournalWriter.Microseconds(reservation.AdmittedAt),
                Outcome = Outcome.Unconfirmed,
                Cost = reservation.Held.Cost,
                Ceiling = reservation.Held.Cost,
                Marks = JournalMarks.Unconfirmed,
            };
            journal.Post(usageEvent, reservation.Held);
        }

        journal.CommitTransaction();
        return open.Count;
    }

    /// <summary>The balances of the newest snapshot, and the number of the entry after which they were so; empty ones where there is none.</summary>
    private static (LedgerState State, long Seq) Load(JournalWriter journal)
    {
        try
        {
            return LedgerSnapshots.Load(journal.Connection) is var (seq, image)
                ? (LedgerState.From(image, journal.Definitions.Scopes), seq)
                : (new LedgerState(), 0);
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException or ArgumentException)
        {
            // It adds nothing to what the journal says.
            return (new LedgerState(), 0);
        }
    }
}
