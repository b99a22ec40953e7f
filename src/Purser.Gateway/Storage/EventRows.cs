using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Usage;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <summary>The database of usage events and corrections, as <see cref="EventProjection"/> writes it. Not thread-safe.</summary>
internal sealed class EventRows : IDisposable
{
    /// <summary>The version of the tables, kept in <c>PRAGMA user_version</c>.</summary>
    private const int Version = 3;

    private static readonly string Tables = $"""
        -- How far the journal is in here.
        CREATE TABLE progress(id INTEGER PRIMARY KEY CHECK(id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL);
        INSERT INTO progress VALUES(1, 0, zeroblob(32));

        -- One row an attempt, and one a refusal (attempt 0): what reports are made of.
        CREATE TABLE usage_events(
            request BLOB NOT NULL, attempt INTEGER NOT NULL, subject_id INTEGER NOT NULL, route_id INTEGER NOT NULL,
            started_at INTEGER NOT NULL, outcome INTEGER NOT NULL, status INTEGER NOT NULL, stream INTEGER NOT NULL,
            model_served TEXT, provider_request_id TEXT,
            {UsageNames.Columns(after: " INTEGER NOT NULL")},
            cost_nanos INTEGER NOT NULL, ceiling_nanos INTEGER NOT NULL, marks INTEGER NOT NULL,
            first_byte_us INTEGER NOT NULL, duration_us INTEGER NOT NULL, detail TEXT,
            PRIMARY KEY(request, attempt)) WITHOUT ROWID;

        -- Corrections of what was posted.
        CREATE TABLE adjustments(
            seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, request BLOB NOT NULL, attempt INTEGER NOT NULL, nanos INTEGER NOT NULL,
            why TEXT NOT NULL);
        CREATE INDEX adjustments_request ON adjustments(request);
        """;

    private readonly string path;
    private readonly SqliteConnection connection;
    private readonly Sql insertEvent;
    private readonly Sql insertAdjustment;
    private readonly Sql saveProgress;

    private EventRows(string path, SqliteConnection connection)
    {
        this.path = path;
        this.connection = connection;
        insertEvent = new Sql(connection.Handle!, $"INSERT OR IGNORE INTO usage_events VALUES({Sql.Places(16 + TokenUsage.ClassCount)})");
        insertAdjustment = new Sql(connection.Handle!, $"INSERT OR IGNORE INTO adjustments VALUES({Sql.Places(6)})");
        saveProgress = new Sql(connection.Handle!, "UPDATE progress SET seq = ?, hash = ?");
        Projected = Progress(connection).Seq;
    }

    /// <summary>The number of the last entry that is in it.</summary>
    public long Projected { get; private set; }

    /// <summary>Whether the file is gone from its place, so that readers don't see what is written.</summary>
    public bool IsGone => !File.Exists(path);

    /// <summary>How far the journal is in a projection.</summary>
    /// <param name="connection">A connection that has its tables.</param>
    public static (long Seq, byte[] Hash) Progress(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, hash FROM progress";
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : (0, []);
    }

    /// <summary>Opens the file, or makes it where there is none, or what is there is damaged or of another journal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="journal">A connection to the journal.</param>
    /// <exception cref="IOException">It can't be made; the message says what to do.</exception>
    public static EventRows Open(string path, SqliteConnection journal) => TryOpen(path, journal, out _) ?? Make(path, journal);

    /// <summary>Makes an empty one, whatever is there.</summary>
    /// <exception cref="IOException">It can't be made; the message says what to do.</exception>
    public static EventRows Make(string path, SqliteConnection journal)
    {
        Exception? why;
        try
        {
            foreach (var file in (string[])[path, path + "-wal", path + "-shm"])
            {
                File.Delete(file);
            }

            if (TryOpen(path, journal, out why) is { } made)
            {
                return made;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            why = exception;
        }

        throw new IOException(
            $"The usage events of reports can't be kept in {path} ({why?.Message.TrimEnd('.')}). "
                + "Move away what is there, or make it and its folder writable: the file is made again from the journal, and holds nothing else.",
            why
        );
    }

    /// <summary>Takes entries, all or none.</summary>
    /// <param name="entries">Those among the entries up to the last one that give rows.</param>
    /// <param name="last">The number of the last one.</param>
    /// <param name="hash">Its hash.</param>
    /// <exception cref="SqliteException">The file can't be written.</exception>
    /// <exception cref="IOException">The same.</exception>
    public void Take(IEnumerable<JournalEntry> entries, long last, byte[] hash)
    {
        Execute(connection, "BEGIN IMMEDIATE");
        try
        {
            foreach (var entry in entries)
            {
                Take(entry);
            }

            saveProgress.Bind(last).Bind(hash).Run();
            Execute(connection, "COMMIT");
            Projected = last;
        }
        catch
        {
            // SQLite may have let go of the transaction by itself; what counts is why.
            _ = raw.sqlite3_exec(connection.Handle!, "ROLLBACK");
            throw;
        }
    }

    public void Dispose()
    {
        insertEvent.Dispose();
        insertAdjustment.Dispose();
        saveProgress.Dispose();
        connection.Dispose();
    }

    /// <summary>Opens the projection, or makes an empty one; null where what is there is none, or one of another journal.</summary>
    private static EventRows? TryOpen(string path, SqliteConnection journal, out Exception? why)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        why = null;
        try
        {
            connection.Open();
            Execute(
                connection,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 16384; PRAGMA busy_timeout = 10000"
            );
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version";
            var version = (long)command.ExecuteScalar()!;
            if (version == 0)
            {
                Execute(connection, $"BEGIN IMMEDIATE; {Tables} PRAGMA user_version = {Version}; COMMIT;");
                return new EventRows(path, connection);
            }

            var (seq, hash) = version == Version ? Progress(connection) : (-1, []);
            if (seq == 0 || (JournalReader.Hash(journal, seq) is { } stored && stored.AsSpan().SequenceEqual(hash)))
            {
                return new EventRows(path, connection);
            }
        }
        catch (Exception exception) when (exception is SqliteException or IOException or InvalidCastException)
        {
            // Not a database, or a damaged one: it's made anew.
            why = exception;
        }

        connection.Dispose();
        return null;
    }

    private void Take(JournalEntry entry)
    {
        if (entry.Event is { } usageEvent)
        {
            Insert(entry, usageEvent);
        }
        else if (entry.Kind == JournalKind.Adjust)
        {
            insertAdjustment
                .Bind(entry.Seq)
                .Bind(entry.At)
                .Bind(entry.Attempt.Request)
                .Bind(entry.Attempt.Attempt)
                .Bind(entry.Amount.Cost.Nanos)
                .Bind(entry.Text)
                .Run();
        }
    }

    private void Insert(JournalEntry entry, UsageEvent usageEvent)
    {
        insertEvent
            .Bind(usageEvent.Attempt.Request)
            .Bind(usageEvent.Attempt.Attempt)
            .Bind(entry.SubjectId)
            .Bind(entry.RouteId)
            .Bind(usageEvent.StartedAt)
            .Bind((long)usageEvent.Outcome)
            .Bind(usageEvent.Status)
            .Bind(usageEvent.Stream ? 1 : 0)
            .Bind(usageEvent.ModelServed)
            .Bind(usageEvent.ProviderRequestId);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            insertEvent.Bind(usageEvent.Usage[(UsageClass)i]);
        }

        insertEvent
            .Bind(usageEvent.Cost.Nanos)
            .Bind(usageEvent.Ceiling.Nanos)
            .Bind((long)usageEvent.Marks)
            .Bind(usageEvent.TimeToFirstByte)
            .Bind(usageEvent.Duration)
            .Bind(usageEvent.Detail)
            .Run();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
