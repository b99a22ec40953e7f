using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>Compares what is stored beside the journal, for lists and reports, with the entries that it's made of.</summary>
internal sealed class StoredRows : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly SqliteCommand? findEvent;

    public StoredRows(SqliteConnection connection)
    {
        this.connection = connection;
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1 FROM pragma_table_list WHERE schema = 'events' AND name = 'progress'";
        if (command.ExecuteScalar() is null)
        {
            return;
        }

        Projected = EventProjection.Progress(connection).Seq;
        findEvent = connection.CreateCommand();
        findEvent.CommandText = $"SELECT {LedgerReader.EventColumns} FROM usage_events WHERE request = $request AND attempt = $attempt";
        findEvent.Parameters.Add("$request", SqliteType.Blob);
        findEvent.Parameters.Add("$attempt", SqliteType.Integer);
    }

    /// <summary>The number of the last entry whose usage event is in the reports' database; 0 where there is none.</summary>
    public long Projected { get; }

    /// <summary>Compares the row of a subject or a route with its entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="kindOf">The kind that the journal gave an account.</param>
    public IEnumerable<string> OfDefinition(JournalEntry entry, Func<string, AccountKind?> kindOf)
    {
        var subject = entry.Kind == JournalKind.Subject;
        var what = subject ? "subject" : "route";
        using var command = connection.CreateCommand();
        command.CommandText = subject
            ? $"SELECT {StoredSubject.Columns} FROM subjects WHERE id = $id"
            : $"SELECT {StoredRoute.Columns} FROM routes WHERE id = $id";
        command.Parameters.AddWithValue("$id", entry.Seq);
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            yield return $"the row of its {what} is missing";
            yield break;
        }

        if (!entry.Definition!.SequenceEqual(Enumerable.Range(0, row.FieldCount).Select(column => LedgerReader.Text(row, column))))
        {
            yield return $"the row of its {what} was altered";
        }

        if (subject && WrongKind(new StoredSubject(entry.Definition!), kindOf) is { } wrong)
        {
            yield return wrong;
        }
    }

    /// <summary>Compares the row of a usage event with its entry.</summary>
    public IEnumerable<string> OfEvent(JournalEntry entry)
    {
        findEvent!.Parameters[0].Value = entry.Attempt.Request.ToByteArray(bigEndian: true);
        findEvent.Parameters[1].Value = (int)entry.Attempt.Attempt;
        using var row = findEvent.ExecuteReader();
        if (!row.Read())
        {
            yield return $"the usage event of {entry.Attempt} is missing";
        }
        else if (
            LedgerReader.Event(row, entry.Attempt) != entry.Event
            || row.GetInt64(0) != entry.SubjectId
            || row.GetInt64(1) != entry.RouteId
        )
        {
            yield return $"the usage event of {entry.Attempt} was altered";
        }
    }

    /// <summary>Usage events that no entry gave.</summary>
    /// <param name="expected">How many entries gave one.</param>
    /// <param name="isOfAnEntry">Whether an entry gave an attempt's.</param>
    public IEnumerable<string> WithoutEntry(long expected, Func<AttemptId, bool> isOfAnEntry)
    {
        if (findEvent is null)
        {
            yield break;
        }

        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM usage_events";
        var found = (long)command.ExecuteScalar()!;
        if (found < expected)
        {
            yield return $"{expected - found} usage events are missing, or stand for two entries";
        }

        if (found == expected)
        {
            yield break;
        }

        command.CommandText = "SELECT request, attempt FROM usage_events";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            if (EventJson.Attempt(row) is var attempt && !isOfAnEntry(attempt))
            {
                yield return $"{attempt} has a usage event, but no entry that ends it";
            }
        }
    }

    public void Dispose() => findEvent?.Dispose();

    /// <summary>The accounts that reports group by follow from the path and from the kinds that the journal gave them.</summary>
    private static string? WrongKind(StoredSubject subject, Func<string, AccountKind?> kindOf)
    {
        var path = subject.AccountPath.Split('/');
        for (var kind = AccountKind.Organization; kind <= AccountKind.Member; kind++)
        {
            if (subject.Account(kind) != Array.Find(path, id => kindOf(id) == kind))
            {
                return $"'{subject.Account(kind)}' isn't the {kind.ToString().ToLowerInvariant()} of its path";
            }
        }

        return null;
    }
}
