using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>Compares what is stored beside the journal, for lists and reports, with the entries that it's made of.</summary>
internal sealed class StoredRows : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly SqliteCommand? findEvent;
    private string? damage;
    private long subjects;
    private long routes;

    /// <param name="connection">A connection to the ledger, with the usage events where they can be read.</param>
    /// <param name="hasEvents">Whether there are usage events, readable or not.</param>
    public StoredRows(SqliteConnection connection, bool hasEvents)
    {
        this.connection = connection;
        if (!hasEvents)
        {
            return;
        }

        Projected = Sound(() => EventRows.Progress(connection).Seq, 0);
        findEvent = connection.CreateCommand();
        findEvent.CommandText = $"SELECT {LedgerReader.EventColumns} FROM usage_events WHERE request = $request AND attempt = $attempt";
        findEvent.Parameters.Add("$request", SqliteType.Blob);
        findEvent.Parameters.Add("$attempt", SqliteType.Integer);
    }

    /// <summary>The number of the last entry whose usage event is in the reports' database; 0 where there is none.</summary>
    public long Projected { get; private set; }

    /// <summary>Compares the row of a subject or a route with its entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="kindOf">The kind that the journal gave an account.</param>
    public IEnumerable<string> OfDefinition(JournalEntry entry, Func<string, AccountKind?> kindOf)
    {
        var subject = entry.Kind == JournalKind.Subject;
        var what = subject ? "subject" : "route";
        using var command = connection.CreateCommand();
        command.CommandText = subject
            ? $"SELECT {StoredSubject.Columns}, hash FROM subjects WHERE id = $id"
            : $"SELECT {StoredRoute.Columns}, hash FROM routes WHERE id = $id";
        command.Parameters.AddWithValue("$id", entry.Seq);
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            yield return $"the row of its {what} is missing";
            yield break;
        }

        (subjects, routes) = subject ? (subjects + 1, routes) : (subjects, routes + 1);
        var hash = row.FieldCount - 1;
        if (!entry.Definition!.SequenceEqual(Enumerable.Range(0, hash).Select(column => LedgerReader.Text(row, column))))
        {
            yield return $"the row of its {what} was altered";
        }
        else if (
            !(subject ? HashOf(new StoredSubject(entry.Definition!)) : HashOf(new StoredRoute(entry.Definition!))).SequenceEqual(
                row.GetFieldValue<byte[]>(hash)
            )
        )
        {
            // New attempts find it by its hash: under another one, they'd be charged to somebody else.
            yield return $"the hash of its {what} isn't that of its content";
        }

        if (subject && WrongKind(new StoredSubject(entry.Definition!), kindOf) is { } wrong)
        {
            yield return wrong;
        }
    }

    /// <summary>Subjects and routes beyond those that entries define; to be asked for after all entries.</summary>
    public IEnumerable<string> OfNoEntry()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM subjects";
        if ((long)command.ExecuteScalar()! - subjects is not 0 and var more)
        {
            yield return $"{more} rows of subjects are of no entry";
        }

        command.CommandText = "SELECT COUNT(*) FROM routes";
        if ((long)command.ExecuteScalar()! - routes is not 0 and var others)
        {
            yield return $"{others} rows of routes are of no entry";
        }
    }

    /// <summary>Compares the row of a usage event with its entry.</summary>
    public string? OfEvent(JournalEntry entry) => Sound(() => ProblemOfEvent(entry), null);

    private string? ProblemOfEvent(JournalEntry entry)
    {
        findEvent!.Parameters[0].Value = entry.Attempt.Request.ToByteArray(bigEndian: true);
        findEvent.Parameters[1].Value = (int)entry.Attempt.Attempt;
        using var row = findEvent.ExecuteReader();
        if (!row.Read())
        {
            return $"the usage event of {entry.Attempt} is missing";
        }

        var isSame =
            LedgerReader.Event(row, entry.Attempt) == entry.Event && row.GetInt64(0) == entry.SubjectId && row.GetInt64(1) == entry.RouteId;
        return isSame ? null : $"the usage event of {entry.Attempt} was altered";
    }

    /// <summary>Usage events that no entry gave, and whether they can't be read.</summary>
    /// <param name="expected">How many entries gave one.</param>
    /// <param name="isOfAnEntry">Whether an entry gave an attempt's.</param>
    public IEnumerable<string> WithoutEntry(long expected, Func<AttemptId, bool> isOfAnEntry)
    {
        var found = damage is null && findEvent is not null ? Sound(() => ProblemsWithoutEntry(expected, isOfAnEntry).ToList(), []) : [];
        return damage is null
            ? found
            :
            [
                $"the usage events of reports (events.db) can't be read: {damage.TrimEnd('.')}. The file can be deleted: it's made again "
                    + "from the journal",
            ];
    }

    private IEnumerable<string> ProblemsWithoutEntry(long expected, Func<AttemptId, bool> isOfAnEntry)
    {
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

    /// <summary>Reads usage events; where they are damaged that is kept, and no more of them is read.</summary>
    private T Sound<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (SqliteException exception)
        {
            damage = exception.Message;
            Projected = 0;
            return otherwise;
        }
    }

    private static byte[] HashOf(StoredSubject subject) =>
        Subject.HashOf(
            subject.KeyId,
            subject.AccountPath,
            subject.EndUser,
            subject.Session,
            subject.Agent,
            subject.Tags,
            subject.Run,
            subject.Repository,
            subject.Branch
        );

    private static byte[] HashOf(StoredRoute route) =>
        new Route(route.Api, route.ModelRequested, route.Provider, route.Model, route.PriceEntry, route.PriceBookVersion).Hash.ToArray();

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
