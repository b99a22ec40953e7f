using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Purser.Gateway.Storage;

/// <summary>
/// Moves committed pages from the write-ahead log into the database, off the committing thread: a checkpoint syncs the disk, which takes
/// longer than many commits.
/// </summary>
internal sealed partial class Checkpoints : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    // Under a load that never pauses, the log would grow without end: SQLite begins it anew only where no page is left to move. From 128 MB
    // on, commits are held for the moment that the last few pages take to be moved and flushed.
    private const long LargestLog = 32_768;
    private const long LastFewPages = 512;
    private const int MostPasses = 16;

    private readonly string path;
    private readonly SafeFileHandle database;
    private readonly EventProjection projection;
    private readonly Lock commits;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private readonly Thread running;

    /// <summary>Begins.</summary>
    /// <param name="path">The database.</param>
    /// <param name="database">It once more, to be flushed. Whoever opened it closes it after every connection: closing it ends their locks.</param>
    /// <param name="projection">What reads the log all the time.</param>
    /// <param name="commits">Is held by whoever commits.</param>
    /// <param name="logger">Is told of failures.</param>
    public Checkpoints(string path, SafeFileHandle database, EventProjection projection, Lock commits, ILogger logger)
    {
        this.path = path;
        this.database = database;
        this.projection = projection;
        this.commits = commits;
        this.logger = logger;
        running = LowPriorityThread.Start("checkpoints", Run);
    }

    /// <summary>Waits for the one under way, and makes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        running.Join();
        closing.Dispose();
    }

    private void Run()
    {
        using var connection = LedgerStore.OpenReader(path);
        using var patience = connection.CreateCommand();
        patience.CommandText = "PRAGMA busy_timeout = 0";
        patience.ExecuteNonQuery();
        for (var failed = false; !closing.Token.WaitHandle.WaitOne(Interval); )
        {
            try
            {
                projection.Rests = true;
                Run(connection);
                failed = false;
            }
            catch (SqliteException exception)
            {
                // A disk that was full may have room again. It's told once, and tried again.
                if (!failed)
                {
                    LogFailure(logger, exception);
                }

                failed = true;
            }
            finally
            {
                projection.Rests = false;
            }
        }
    }

    private void Run(SqliteConnection connection)
    {
        var (pages, moved) = Move(connection, "PASSIVE");
        if (pages < LargestLog)
        {
            return;
        }

        // What was committed during a pass is less than what the pass moved, and so on, until it's a few pages.
        // SQLite itself flushes the database only where all pages are moved, which is when commits are held.
        for (var (pass, before) = (1, moved - LastFewPages - 1); pass < MostPasses && moved - before > LastFewPages; pass++)
        {
            before = moved;
            (_, moved) = Move(connection, "PASSIVE");
            RandomAccess.FlushToDisk(database);
        }

        // Not on this thread, which the system may let wait while it has the locks.
        Task.Run(() => Restart(connection)).GetAwaiter().GetResult();
    }

    private void Restart(SqliteConnection connection)
    {
        lock (projection.Reads)
        {
            lock (commits)
            {
                // Where a report still reads the log it gives up at once, and tries again the next time.
                Move(connection, "RESTART");
            }
        }
    }

    /// <summary>Moves what it can; returns how many pages the log has, and how many of them have been moved.</summary>
    private static (long Pages, long Moved) Move(SqliteConnection connection, string how)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA wal_checkpoint({how})";
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(1), row.GetInt64(2)) : (0, 0);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The write-ahead log can't be moved into the database; it grows")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
