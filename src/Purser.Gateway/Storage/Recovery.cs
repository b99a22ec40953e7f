using System.Globalization;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>
/// What a start has to do before anything is admitted: balances from the journal, and every attempt that a crash left open posted
/// at its ceiling. Whether the provider saw it can't be known, so the safe side is that it did and billed all it could.
/// </summary>
internal static class Recovery
{
    /// <summary>Loads the balances, settles what is open, and returns how many attempts that were.</summary>
    public static int Run(JournalWriter journal, ControlSnapshot control)
    {
        foreach (var budget in control.Budgets)
        {
            journal.AddBudget(budget);
        }

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

    /// <summary>Adds a budget with what its scope has settled in the present window.</summary>
    public static void AddBudget(this JournalWriter journal, Budget budget)
    {
        var window = budget.Window.At(journal.Now);
        journal.State.AddBudget(budget, window, Posted(journal.Connection, budget, window));
    }

    private static long Posted(SqliteConnection connection, Budget budget, WindowSpan window)
    {
        using var command = connection.CreateCommand();
        var amount = budget.Unit switch
        {
            BudgetUnit.Usd => "nanos",
            BudgetUnit.Tokens => "tokens",
            _ => "requests",
        };
        var covered =
            budget.Scope.Kind == ScopeKind.Key ? "s.key_id = $scope" : "instr('/' || s.account_path || '/', '/' || $scope || '/') > 0";
        command.CommandText = $"""
            SELECT COALESCE(SUM(j.{amount}), 0) FROM journal j JOIN subjects s ON s.id = j.subject_id
            WHERE j.kind = 2 AND j.admitted_at >= $start AND j.admitted_at < $end AND {covered}
            """;
        command.Parameters.AddWithValue("$scope", budget.Scope.Id);
        command.Parameters.AddWithValue("$start", JournalWriter.Microseconds(window.Start));
        command.Parameters.AddWithValue("$end", JournalWriter.Microseconds(window.End));
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static Dictionary<AttemptId, (OpenAttempt Record, Amount Held, IReadOnlyList<Scope> Scopes)> OpenAttempts(
        SqliteConnection connection
    )
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT j.seq, j.kind, j.request, j.attempt, j.subject_id, s.hash, j.route_id, r.hash, j.admitted_at,
                   j.nanos, j.tokens, j.requests, s.key_id, s.account_path
            FROM journal j JOIN subjects s ON s.id = j.subject_id JOIN routes r ON r.id = j.route_id
            WHERE j.seq >= $since AND j.kind IN (1, 2, 3) ORDER BY j.seq
            """;
        command.Parameters.AddWithValue(
            "$since",
            long.Parse(ControlTables.Meta(connection, "open_since") ?? "0", CultureInfo.InvariantCulture)
        );
        using var row = command.ExecuteReader();
        var open = new Dictionary<AttemptId, (OpenAttempt, Amount, IReadOnlyList<Scope>)>();
        while (row.Read())
        {
            var attempt = new AttemptId(new Guid(row.GetFieldValue<byte[]>(2), bigEndian: true), row.GetByte(3));
            if (row.GetInt32(1) != (int)JournalKind.Reserve)
            {
                open.Remove(attempt);
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
            var held = new Amount(new Money(row.GetInt64(9)), row.GetInt64(10), row.GetInt64(11));
            IReadOnlyList<Scope> scopes =
            [
                new Scope(ScopeKind.Key, row.GetString(12)),
                .. row.GetString(13).Split('/').Select(id => new Scope(ScopeKind.Account, id)),
            ];
            open[attempt] = (record, held, scopes);
        }

        return open;
    }
}
