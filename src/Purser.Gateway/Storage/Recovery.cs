using System.Globalization;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// What a start has to do before anything is admitted: balances from the journal, and every attempt that a crash left open posted
/// with what it holds. Whether the provider saw it can't be known, so the safe side is that it did and billed all it was allowed.
/// </summary>
internal static class Recovery
{
    /// <summary>Loads the balances, settles what is open, and returns how many attempts that were.</summary>
    public static int Run(JournalWriter journal, ControlSnapshot control)
    {
        // The windows are those of the journal's last entry; what has ended since rolls over when the ledger is used next, and carries
        // over what its budget lets it.
        var past = new PastCharges(journal.Connection);
        var anchors = ControlTables.Anchors(journal.Connection);
        journal.State.Replaying = true;
        foreach (var budget in control.Budgets)
        {
            journal.AddBudget(budget, past, anchors);
        }

        foreach (var grant in ControlTables.Grants(journal.Connection))
        {
            journal.State.AddGrant(grant, journal.State.HighWater);
        }

        journal.State.Replaying = false;
        var open = OpenAttempts(journal.Connection);
        if (open.Count == 0)
        {
            return 0;
        }

        journal.Execute("BEGIN IMMEDIATE");
        foreach (var (attempt, (record, held, scopes)) in open)
        {
            journal.Restore(attempt, scopes, held, record);
            var usageEvent = new UsageEvent
            {
                Attempt = attempt,
                StartedAt = record.AdmittedAt,
                Outcome = Outcome.Unconfirmed,
                Cost = held.Cost,
                Ceiling = held.Cost,
                Marks = JournalMarks.Unconfirmed,
            };
            journal.Post(usageEvent, held);
        }

        journal.Execute("COMMIT");
        return open.Count;
    }

    /// <summary>Adds a budget with what its scope has settled in the window of the ledger's clock.</summary>
    public static void AddBudget(this JournalWriter journal, Budget budget, PastCharges past, IReadOnlyList<AnchoredWindow> anchors)
    {
        var now = journal.State.HighWater;
        if (budget.Window.Kind != WindowKind.Anchored)
        {
            journal.State.AddBudget(budget, past.In(budget.Window, budget.Window.At(now), now), anchors);
            return;
        }

        // Each of its windows began at a time of its own.
        var settled = anchors
            .Where(anchor => anchor.BudgetId == budget.Id)
            .SelectMany(anchor =>
                past.In(budget.Window, budget.Window.At(anchor.Start), now).Where(charge => budget.Covers(anchor.Instance, charge.Scopes))
            );
        journal.State.AddBudget(budget, settled, anchors);
    }

    private static bool Covers(this Budget budget, BudgetScope instance, ScopeSet scopes) =>
        budget.Scope.IsEach is false || instance.Parts().All(scopes.Contains);

    private static Dictionary<AttemptId, (OpenAttempt Record, Amount Held, ScopeSet Scopes)> OpenAttempts(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT j.seq, j.kind, j.request, j.attempt, j.subject_id, s.hash, j.route_id, r.hash, j.admitted_at,
                   j.nanos, j.tokens, j.requests, j.input, j.cache_read, j.cache_write, j.output, j.reasoning,
                   {PastCharges.ScopeColumns}
            FROM journal j JOIN subjects s ON s.id = j.subject_id JOIN routes r ON r.id = j.route_id
            WHERE j.seq >= $since AND j.kind IN (1, 2, 3, 5) ORDER BY j.seq
            """;
        command.Parameters.AddWithValue(
            "$since",
            long.Parse(ControlTables.Meta(connection, "open_since") ?? "0", CultureInfo.InvariantCulture)
        );
        using var row = command.ExecuteReader();
        var open = new Dictionary<AttemptId, (OpenAttempt, Amount, ScopeSet)>();
        while (row.Read())
        {
            var attempt = new AttemptId(new Guid(row.GetFieldValue<byte[]>(2), bigEndian: true), row.GetByte(3));
            var kind = (JournalKind)row.GetInt32(1);
            var held = LedgerReader.Amount(row, 9, 12);
            if (kind == JournalKind.Extend && open.TryGetValue(attempt, out var extended))
            {
                open[attempt] = extended with { Item2 = extended.Item2 + held };
            }

            if (kind is JournalKind.Post or JournalKind.Void)
            {
                open.Remove(attempt);
            }

            if (kind != JournalKind.Reserve)
            {
                continue;
            }

            var record = new OpenAttempt(
                row.GetInt64(0),
                row.GetInt64(4),
                row.GetFieldValue<byte[]>(5),
                row.GetInt64(6),
                row.GetFieldValue<byte[]>(7),
                row.GetInt64(8)
            );
            var scopes = PastCharges.ScopesOf(row, 17);
            open[attempt] = (record, held, scopes);
        }

        return open;
    }
}
