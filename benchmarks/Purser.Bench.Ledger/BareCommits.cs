using System.Security.Cryptography;
using System.Threading.Tasks.Sources;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Purser.Bench.Ledger;

/// <summary>
/// The baseline: nothing but an awaited group commit in SQLite. One writer thread, prepared statements, a record of seven columns one of
/// which is a hash, callers that wait for their commit; no automatic checkpoint. It knows no money.
/// </summary>
internal sealed class BareCommits : IAsyncDisposable
{
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("purser-bench-").FullName, "bare.db");
    private readonly SqliteConnection connection;
    private readonly sqlite3_stmt insert;
    private readonly sqlite3_stmt begin;
    private readonly sqlite3_stmt commit;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim wake = new(0);
    private readonly Thread writer;
    private List<Waiter> queue = [];
    private bool sleeps;
    private volatile bool closed;
    private long seq;

    public BareCommits()
    {
        connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;
            CREATE TABLE records(seq INTEGER PRIMARY KEY, at INTEGER, kind INTEGER, request BLOB, amount INTEGER, held INTEGER, hash BLOB);
            """;
        command.ExecuteNonQuery();
        insert = Prepare("INSERT INTO records VALUES(?,?,?,?,?,?,?)");
        begin = Prepare("BEGIN IMMEDIATE");
        commit = Prepare("COMMIT");
        writer = new Thread(Write) { IsBackground = true };
        writer.Start();
    }

    /// <summary>Writes a record; done when it's committed.</summary>
    public ValueTask WriteAsync(Waiter waiter)
    {
        waiter.Reset();
        bool wakes;
        lock (gate)
        {
            queue.Add(waiter);
            wakes = sleeps;
            sleeps = false;
        }

        if (wakes)
        {
            wake.Release();
        }

        return waiter.Task;
    }

    public async ValueTask DisposeAsync()
    {
        closed = true;
        wake.Release();
        writer.Join();
        insert.Dispose();
        begin.Dispose();
        commit.Dispose();
        await connection.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(connection.Handle, sql, out var statement));
        return statement;
    }

    private void Write()
    {
        var batch = new List<Waiter>();
        Span<byte> hash = stackalloc byte[32];
        Span<byte> record = stackalloc byte[96];
        while (true)
        {
            lock (gate)
            {
                (queue, batch) = (batch, queue);
                sleeps = batch.Count == 0;
            }

            if (batch.Count == 0)
            {
                if (closed)
                {
                    return;
                }

                wake.Wait();
                continue;
            }

            Step(begin);
            foreach (var waiter in batch)
            {
                hash.CopyTo(record);
                waiter.Request.TryWriteBytes(record[32..]);
                SHA256.HashData(record, hash);
                Insert(waiter, hash);
            }

            Step(commit);
            foreach (var waiter in batch)
            {
                waiter.Done();
            }

            batch.Clear();
        }
    }

    private void Insert(Waiter waiter, ReadOnlySpan<byte> hash)
    {
        Span<byte> request = stackalloc byte[16];
        waiter.Request.TryWriteBytes(request);
        Check(raw.sqlite3_bind_int64(insert, 1, ++seq));
        Check(raw.sqlite3_bind_int64(insert, 2, DateTime.UtcNow.Ticks));
        Check(raw.sqlite3_bind_int64(insert, 3, 1));
        Check(raw.sqlite3_bind_blob(insert, 4, request));
        Check(raw.sqlite3_bind_int64(insert, 5, 3_456_789));
        Check(raw.sqlite3_bind_int64(insert, 6, 12_000_000));
        Check(raw.sqlite3_bind_blob(insert, 7, hash));
        Step(insert);
    }

    private static void Step(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (code != raw.SQLITE_DONE)
        {
            Check(code);
        }
    }

    private static void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new IOException($"SQLite answered {code}.");
        }
    }

    /// <summary>A caller that waits; used again and again.</summary>
    public sealed class Waiter : IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> source = new() { RunContinuationsAsynchronously = true };

        public Guid Request { get; } = Guid.CreateVersion7();

        public ValueTask Task => new(this, source.Version);

        public void Reset() => source.Reset();

        public void Done() => source.SetResult(true);

        public void GetResult(short token) => source.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            source.OnCompleted(continuation, state, token, flags);
    }
}
