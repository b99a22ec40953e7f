using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>
/// The usage events and corrections of the journal as rows that can be queried, in a database of their own, made behind the back of
/// whoever waits for the journal. They say nothing that the journal doesn't: without the file, or with one of another journal, they are
/// made anew.
/// </summary>
internal sealed partial class EventProjection : IAsyncDisposable
{
    /// <summary>The version of the tables, kept in <c>PRAGMA user_version</c>.</summary>
    private const int Version = 1;

    // A report that waits for the lock waits for so many, also on a busy machine.
    private const int EntriesACommit = 256;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private const string Tables = """
        -- How far the journal is in here.
        CREATE TABLE progress(id INTEGER PRIMARY KEY CHECK(id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL);
        INSERT INTO progress VALUES(1, 0, zeroblob(32));

        -- One row an attempt, and one a refusal (attempt 0): what reports are made of.
        CREATE TABLE usage_events(
            request BLOB NOT NULL, attempt INTEGER NOT NULL, subject_id INTEGER NOT NULL, route_id INTEGER NOT NULL,
            started_at INTEGER NOT NULL, outcome INTEGER NOT NULL, status INTEGER NOT NULL, stream INTEGER NOT NULL,
            model_served TEXT, provider_request_id TEXT,
            input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL,
            output INTEGER NOT NULL, reasoning_output INTEGER NOT NULL,
            audio_input INTEGER NOT NULL, audio_cache_read INTEGER NOT NULL, audio_output INTEGER NOT NULL,
            image_input INTEGER NOT NULL, image_cache_read INTEGER NOT NULL, image_output INTEGER NOT NULL,
            web_search INTEGER NOT NULL,
            cost_nanos INTEGER NOT NULL, ceiling_nanos INTEGER NOT NULL, marks INTEGER NOT NULL,
            first_byte_us INTEGER NOT NULL, duration_us INTEGER NOT NULL, detail TEXT,
            PRIMARY KEY(request, attempt)) WITHOUT ROWID;

        -- Corrections of what was posted.
        CREATE TABLE adjustments(
            seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, request BLOB NOT NULL, attempt INTEGER NOT NULL, nanos INTEGER NOT NULL,
            why TEXT NOT NULL);
        CREATE INDEX adjustments_request ON adjustments(request);
        """;

    private readonly Lock gate = new();
    private readonly SqliteConnection events;
    private readonly SqliteConnection journal;
    private readonly Sql insertEvent;
    private readonly Sql insertAdjustment;
    private readonly Sql saveProgress;
    private readonly Func<long> head;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private readonly Thread running;
    private long projected;

    private EventProjection(string directory, Func<long> head, ILogger logger)
    {
        this.head = head;
        this.logger = logger;
        journal = LedgerStore.OpenReader(LedgerStore.FileIn(directory));
        events = Connect(directory, journal);
        insertEvent = new Sql(events.Handle!, $"INSERT OR IGNORE INTO usage_events VALUES({Places(16 + TokenUsage.ClassCount)})");
        insertAdjustment = new Sql(events.Handle!, $"INSERT OR IGNORE INTO adjustments VALUES({Places(6)})");
        saveProgress = new Sql(events.Handle!, "UPDATE progress SET seq = ?, hash = ?");
        projected = Progress(events).Seq;
        running = LowPriorityThread.Start("usage events", Run);
    }

    /// <summary>Is held while it reads the journal.</summary>
    public Lock Reads => gate;

    /// <summary>The database inside a data folder.</summary>
    public static string FileIn(string directory) => Path.Combine(directory, "events.db");

    /// <summary>Opens or makes the projection of a data folder's journal.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="head">The number of the journal's newest entry.</param>
    /// <param name="logger">Is told of failures.</param>
    public static EventProjection Open(string directory, Func<long> head, ILogger logger) => new(directory, head, logger);

    /// <summary>How far the journal is in a projection.</summary>
    /// <param name="connection">A connection that has its tables.</param>
    public static (long Seq, byte[] Hash) Progress(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, hash FROM progress";
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : (0, []);
    }

    /// <summary>Waits until the entries up to one are in it.</summary>
    /// <exception cref="SqliteException">The file can't be written.</exception>
    public void CatchUp(long seq)
    {
        while (Volatile.Read(ref projected) < seq)
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, this);
                if (Step() == 0)
                {
                    return;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        running.Join();
        lock (gate)
        {
            insertEvent.Dispose();
            insertAdjustment.Dispose();
            saveProgress.Dispose();
            events.Dispose();
            journal.Dispose();
        }

        closing.Dispose();
    }

    private static string Places(int count) => string.Join(',', Enumerable.Repeat('?', count));

    private static SqliteConnection Connect(string directory, SqliteConnection journal)
    {
        var path = FileIn(directory);
        if (TryConnect(path, journal) is { } connection)
        {
            return connection;
        }

        foreach (var file in (string[])[path, path + "-wal", path + "-shm"])
        {
            File.Delete(file);
        }

        return TryConnect(path, journal) ?? throw new IOException($"{path} can't be made.");
    }

    /// <summary>Opens the projection, or makes an empty one; null where what is there is none, or one of another journal.</summary>
    private static SqliteConnection? TryConnect(string path, SqliteConnection journal)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
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
                return connection;
            }

            var (seq, hash) = version == Version ? Progress(connection) : (-1, []);
            if (seq == 0 || (JournalReader.Hash(journal, seq) is { } stored && stored.AsSpan().SequenceEqual(hash)))
            {
                return connection;
            }
        }
        catch (SqliteException)
        {
            // Not a database, or a damaged one: it's made anew.
        }

        connection.Dispose();
        return null;
    }

    private void Run()
    {
        try
        {
            while (!closing.Token.WaitHandle.WaitOne(Interval))
            {
                // What isn't committed yet comes the next time; what is missing at the end is made at the next start.
                while (!closing.IsCancellationRequested && Volatile.Read(ref projected) < head() && LockedStep() > 0) { }
            }
        }
        catch (Exception exception) when (exception is SqliteException or IOException or InvalidDataException)
        {
            LogFailure(logger, exception);
        }
    }

    private int LockedStep()
    {
        lock (gate)
        {
            return Step();
        }
    }

    /// <summary>Takes some entries, in one transaction; returns how many.</summary>
    private int Step()
    {
        Execute(events, "BEGIN IMMEDIATE");
        try
        {
            // Entries have no gaps, so the number of the last one is known beforehand.
            var last = Math.Min(projected + EntriesACommit, JournalReader.Head(journal));
            foreach (var entry in JournalReader.Entries(journal, projected, last, withEvents: true, only: IsWanted))
            {
                Take(entry);
            }

            var taken = (int)(last - projected);
            if (taken > 0)
            {
                saveProgress.Bind(last).Bind(JournalReader.Hash(journal, last)).Run();
            }

            Execute(events, "COMMIT");
            Volatile.Write(ref projected, last);
            return taken;
        }
        catch
        {
            Execute(events, "ROLLBACK");
            throw;
        }
    }

    private static bool IsWanted(JournalKind kind) => JournalCodec.EndsAnAttempt(kind) || kind == JournalKind.Adjust;

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

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The usage events can't be made from the journal; reports stay behind until Purser is restarted. No money is affected"
    )]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
