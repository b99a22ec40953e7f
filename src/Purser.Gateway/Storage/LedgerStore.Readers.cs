using Microsoft.Data.Sqlite;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Objects;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <content>Reading, beside the writer, and what lives at providers.</content>
public sealed partial class LedgerStore
{
    /// <summary>Why the usage events of reports can't be made at present, or null.</summary>
    public Exception? EventsFault => projection.Fault;

    /// <summary>A connection for reading the ledger itself, without usage events.</summary>
    internal SqliteConnection OpenLedgerReader() => OpenReader(path);

    /// <summary>
    /// A connection for reading, with a consistent view from its first query on. What was in the journal when it's opened is in the usage
    /// events as well.
    /// </summary>
    /// <exception cref="EventsUnavailableException">The usage events can't be made.</exception>
    public SqliteConnection OpenReader()
    {
        try
        {
            return TryOpenReader();
        }
        catch (SqliteException damage)
        {
            projection.MakeAgain(damage);
        }

        try
        {
            return TryOpenReader();
        }
        catch (SqliteException exception)
        {
            throw new EventsUnavailableException(exception);
        }
    }

    /// <summary>Reads over such a connection. Where the usage events are found damaged they are made again, and it's tried once more.</summary>
    /// <param name="read">What to read; it may be called twice.</param>
    /// <exception cref="EventsUnavailableException">The usage events can't be read or made.</exception>
    internal T Read<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            using var connection = OpenReader();
            return read(connection);
        }
        catch (SqliteException damage)
        {
            projection.MakeAgain(damage);
        }

        try
        {
            using var connection = OpenReader();
            return read(connection);
        }
        catch (SqliteException exception)
        {
            throw new EventsUnavailableException(exception);
        }
    }

    /// <summary>Reads what is in the usage events, which may lag behind; where they are damaged they are made again, and nothing is read.</summary>
    /// <param name="read">What to read.</param>
    /// <param name="none">What is read where nothing can be.</param>
    /// <exception cref="EventsUnavailableException">The usage events can't be made.</exception>
    internal T ReadOfThePast<T>(Func<SqliteConnection, T> read, T none)
    {
        try
        {
            using var connection = OpenReader(path, EventProjection.FileIn(Path.GetDirectoryName(path)!));
            return read(connection);
        }
        catch (SqliteException damage)
        {
            projection.MakeAgain(damage);
            return none;
        }
    }

    /// <summary>A connection for reading what is in the usage events, which may lag behind.</summary>
    internal SqliteConnection OpenReaderOfThePast() => OpenReader(path, EventProjection.FileIn(Path.GetDirectoryName(path)!));

    /// <summary>Keeps in the journal that a segment of the analytics store was written; the number of the entry. When the task ends, it's durable.</summary>
    /// <param name="note">What it was.</param>
    internal Task<long> SealAsync(string note) => Enqueue(new NoteCommand(note));

    /// <summary>Makes usage events again that a reader found damaged; what the reader throws then.</summary>
    internal EventsUnavailableException EventsDamaged(SqliteException damage)
    {
        projection.MakeAgain(damage);
        return new EventsUnavailableException(damage);
    }

    /// <summary>Keeps who owns an object. When the task ends, it's durable.</summary>
    internal Task<bool> KeepAsync(OwnedObject kept) => Enqueue(new KeepObjectCommand(kept));

    /// <summary>Forgets an object.</summary>
    internal Task<bool> RemoveAsync(OwnedObject removed) => Enqueue(new RemoveObjectCommand(removed));

    /// <summary>Keeps an evaluation, unless it's there, or is one too many. When the task ends, it's durable.</summary>
    /// <returns>What became of it.</returns>
    internal Task<EvaluationOutcome> KeepAsync(StoredEvaluation kept) => Enqueue(new KeepEvaluationCommand(kept));

    private SqliteConnection TryOpenReader()
    {
        var head = HeadSeq;
        projection.CatchUp(head);
        var reader = OpenReader(path, EventProjection.FileIn(Path.GetDirectoryName(path)!));
        try
        {
            return EventRows.Progress(reader).Seq >= head
                ? reader
                : throw new SqliteException("The usage events are in another file than the one that is written.", raw.SQLITE_CORRUPT);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>A connection for reading a store that may or may not be open elsewhere.</summary>
    /// <param name="path">The ledger's database.</param>
    /// <param name="events">The projection of its usage events, or null.</param>
    public static SqliteConnection OpenReader(string path, string? events = null)
    {
        // A pooled connection would still have the other database attached.
        var builder = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = events is null,
        };
        var reader = new SqliteConnection(builder.ToString());
        try
        {
            reader.Open();
            using var command = reader.CreateCommand();
            command.CommandText = "PRAGMA query_only = 1";
            if (events is not null)
            {
                command.CommandText = "PRAGMA busy_timeout = 10000; ATTACH DATABASE $events AS events; PRAGMA query_only = 1";
                command.Parameters.AddWithValue("$events", events);
            }

            command.ExecuteNonQuery();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }
}
