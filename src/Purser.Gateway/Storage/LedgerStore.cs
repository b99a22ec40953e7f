using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Analytics;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <summary>What a committed entry survives.</summary>
public enum Durability
{
    /// <summary>The death of the process, at any instruction: entries are handed to the operating system before anyone is told.</summary>
    ProcessCrash,

    /// <summary>The loss of power: entries are also flushed to the disk (fsync) before anyone is told.</summary>
    PowerLoss,
}

/// <summary>
/// The truth about money, in one SQLite database with one writer. Callers queue commands; the writer takes all that wait, applies
/// them in memory, appends them to the journal in one transaction, commits, and then tells their callers (group commit).
/// If a commit fails, nothing is admitted from then on: the memory may be ahead of the disk.
/// </summary>
public sealed partial class LedgerStore : IAsyncDisposable
{
    private const int LargestBatch = 4096;

    // After a batch the writer looks again every so often before it sleeps: settlements come without a wake-up of their own.
    private const int DozesBeforeSleep = 50;
    private static readonly TimeSpan Doze = TimeSpan.FromMilliseconds(2);

    private readonly string path;
    private readonly FileStream processLock;
    private readonly SafeFileHandle database;
    private readonly SqliteConnection connection;
    private readonly JournalWriter journal;
    private readonly EventProjection projection;
    private readonly PresentControl control;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private readonly AutoResetEvent wake = new(false);
    private readonly Thread writer;
    private readonly Lock commits = new();
    private readonly Checkpoints checkpoints;
    private List<LedgerCommand> queue = [];
    private WriterState writerState = WriterState.Working;
    private volatile bool closed;
    private volatile Exception? fault;

    private LedgerStore(string directory, Durability durability, TimeProvider clock, ILogger logger, bool journalled)
    {
        this.logger = logger;
        Durability = durability;
        CreateForOwnerAlone(directory);
        path = FileIn(directory);
        processLock = Lock(directory);
        control = new PresentControl(clock);
        try
        {
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            database = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            Configure(durability);
            Schema.Ensure(connection);
            journal = new JournalWriter(connection, clock, journalled);
            FirstStart = !ControlTables.HasOrganization(connection);
            if (!FirstStart)
            {
                Recovered = Recovery.Run(journal);
                WarnOfSnapshot();
                var ahead = journal.State.HighWater - clock.GetUtcNow();
                Ahead = ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero;
                journal.Control = ControlTables.Load(connection, journal.Now);
                control.Publish(journal.Control);
            }

            projection = EventProjection.Open(directory, () => HeadSeq, logger);
        }
        catch
        {
            journal?.Dispose();
            connection?.Dispose();
            database?.Dispose();
            processLock.Dispose();
            throw;
        }

        // The first one compiles a good deal of code, which no commit should wait for.
        _ = Task.Run(() => LedgerSnapshots.Write(new LedgerState().Capture()));
        writer = new Thread(Write) { IsBackground = true, Name = "ledger" };
        writer.Start();
        checkpoints = new Checkpoints(path, database, projection, commits, logger);
        Analytics = new AnalyticsFeed(this, directory, clock, logger);
    }

    /// <summary>
    /// Accounts, keys and budgets as of the last committed change, with the memberships in force now. Null until <see cref="FirstStart"/> has
    /// been carried out.
    /// </summary>
    public ControlSnapshot Control => control.Snapshot;

    /// <summary>Whether the data folder was new.</summary>
    public bool FirstStart { get; }

    /// <summary>How many attempts were found under way, and posted at their ceiling, when the store was opened.</summary>
    public int Recovered { get; }

    /// <summary>
    /// By how much the newest entry was ahead of the clock when the store was opened; zero where it wasn't. The ledger's time doesn't go back,
    /// so its windows stand still until the clock has caught up.
    /// </summary>
    public TimeSpan Ahead { get; }

    /// <summary>What a committed entry survives.</summary>
    public Durability Durability { get; }

    /// <summary>Is told what budgets reached, after each commit in which one did. Called on the writer's thread: it must not wait or throw.</summary>
    internal Action<IReadOnlyList<Crossing>>? Crossed { get; set; }

    /// <summary>Is told, once, why the store takes nothing any more. Called on the writer's thread: it must not wait or throw.</summary>
    internal Action<Exception>? Faulted { get; set; }

    /// <summary>Why the store takes nothing any more, or null.</summary>
    public Exception? Fault => fault;

    /// <summary>What reports are answered from.</summary>
    internal AnalyticsFeed Analytics { get; }

    /// <summary>The newest journal entry's number.</summary>
    public long HeadSeq => journal.HeadSeq;

    /// <summary>The database inside a data folder.</summary>
    public static string FileIn(string directory) => Path.Combine(directory, "purser.db");

    /// <summary>Opens or makes the store in a folder, and settles what a crash left open.</summary>
    /// <exception cref="IOException">Another gateway has it open, or the disk says no.</exception>
    /// <exception cref="InvalidDataException">A newer Purser wrote it.</exception>
    public static LedgerStore Open(string directory, Durability durability, TimeProvider clock, ILogger logger) =>
        Open(directory, durability, clock, logger, journalled: true);

    /// <summary>The same, or one that only remembers its transfers: for the benchmark.</summary>
    internal static LedgerStore Open(string directory, Durability durability, TimeProvider clock, ILogger logger, bool journalled)
    {
        try
        {
            return new LedgerStore(directory, durability, clock, logger, journalled);
        }
        catch (SqliteException exception)
        {
            throw new IOException(
                exception.SqliteErrorCode == raw.SQLITE_FULL
                    ? Sql.DiskIsFull
                    : $"The ledger {FileIn(directory)} can't be opened: {exception.Message.TrimEnd('.')}. Where it isn't that the folder can't be "
                        + "written, keep the folder as it is, and start on a copy that was made with: purser ledger backup",
                exception
            );
        }
    }

    /// <summary>Holds money for an attempt. When the task ends, the answer is durable.</summary>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    public Task<AdmissionResult> ReserveAsync(Admission admission) => Enqueue(new ReserveCommand(admission));

    /// <summary>Holds more for an attempt under way. When the task ends, the answer is durable.</summary>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    public Task<ReserveResult> ExtendAsync(AttemptId attempt, Amount more, DateTimeOffset at) =>
        Enqueue(new ExtendCommand(attempt, more, at));

    /// <summary>Posts what an attempt cost, once. When the task ends, it's durable.</summary>
    public Task<SettleResult> PostAsync(UsageEvent usageEvent, Amount actual) => Enqueue(new PostCommand(usageEvent, actual));

    /// <summary>The same for who doesn't wait for it: it rides with the next commit, or follows within two milliseconds.</summary>
    public Task<SettleResult> PostSoonAsync(UsageEvent usageEvent, Amount actual)
    {
        var command = new PostCommand(usageEvent, actual);
        Enqueue(command, canWait: true);
        return command.Completion;
    }

    /// <summary>Releases an attempt that no provider saw.</summary>
    public Task<SettleResult> VoidAsync(UsageEvent usageEvent) => Enqueue(new VoidCommand(usageEvent));

    /// <summary>Keeps why a request was refused.</summary>
    /// <param name="subject">Whose it was.</param>
    /// <param name="route">What was asked for.</param>
    /// <param name="usageEvent">The refusal.</param>
    /// <param name="refusing">The budget that lacked the room, if it was one: that it's exhausted is told, once in its window.</param>
    public Task RecordRefusalAsync(Subject subject, Route route, UsageEvent usageEvent, BalanceSnapshot? refusing = null) =>
        Enqueue(new RefusalCommand(subject, route, usageEvent, refusing));

    /// <summary>The present figures of every budget, and of each one that a budget stands for.</summary>
    public Task<IReadOnlyList<BalanceSnapshot>> BalancesAsync() =>
        Enqueue(new ReadCommand<IReadOnlyList<BalanceSnapshot>>(journal => journal.State.Balances(journal.Now)));

    /// <summary>The most that the grants of each single budget can add from now on.</summary>
    internal Task<IReadOnlyDictionary<string, Int128>> AddedAsync() =>
        Enqueue(new ReadCommand<IReadOnlyDictionary<string, Int128>>(journal => journal.State.Added(journal.Now)));

    /// <summary>How many attempts are under way.</summary>
    public Task<int> OpenReservationsAsync() => Enqueue(new ReadCommand<int>(journal => journal.State.Open.Count));

    /// <summary>Waits until all that was queued before is in the journal; for nothing where the journal can't be written any more.</summary>
    public Task FlushAsync() => fault is null ? Enqueue(new ReadCommand<long>(journal => journal.HeadSeq)) : Task.CompletedTask;

    /// <summary>Changes accounts, keys or budgets.</summary>
    /// <exception cref="RefusedChangeException">The change isn't possible; nothing changed.</exception>
    internal Task<T> ChangeAsync<T>(Func<ControlTransaction, T> change)
    {
        var command = new ControlCommand<T>(change);
        Enqueue((LedgerCommand)command);
        return command.Completion;
    }

    /// <summary>Posts what attempts cost by other prices than they were posted by, all in one commit; says of each what became of it.</summary>
    /// <param name="attempts">The attempts, each once.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="reason">Why; null where nothing is said.</param>
    /// <exception cref="InvalidDataException">What stands for one of them can't be read; nothing was posted.</exception>
    /// <exception cref="LedgerUnavailableException">The store can't be written.</exception>
    internal Task<IReadOnlyList<Rerated>> RerateAsync(IReadOnlyList<Repricing> attempts, string by, string? reason)
    {
        var command = new RerateCommand(attempts, by, reason);
        Enqueue((LedgerCommand)command);
        return command.Completion;
    }

    /// <summary>The attempts of a request that are under way.</summary>
    public Task<IReadOnlyList<Reservation>> OpenReservationsAsync(Guid request) =>
        Enqueue(
            new ReadCommand<IReadOnlyList<Reservation>>(journal =>
                [.. journal.State.Open.Values.Where(reservation => reservation.Id.Request == request).OrderBy(open => open.Id.Attempt)]
            )
        );

    /// <summary>Finishes what is queued, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (closed)
        {
            return;
        }

        await Analytics.DisposeAsync();
        closed = true;
        wake.Set();
        writer.Join();
        await checkpoints.DisposeAsync();
        await projection.DisposeAsync();
        if (fault is null)
        {
            // The next start has nothing to carry out.
            journal.BeginTransaction();
            journal.SaveSnapshot();
            journal.CommitTransaction();
            journal.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        journal.Dispose();
        await connection.DisposeAsync();
        SqliteConnection.ClearAllPools();
        database.Dispose();
        await processLock.DisposeAsync();
        wake.Dispose();
    }

    // Who spent what is nobody else's business on this machine.
    private static void CreateForOwnerAlone(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static FileStream Lock(string directory)
    {
        var file = Path.Combine(directory, "purser.lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException inUse)
        {
            throw new IOException($"Another Purser is using the data folder {directory}. Stop it, or give --data another folder.", inUse);
        }
    }

    private void Configure(Durability durability)
    {
        using var command = connection.CreateCommand();
        var synchronous = durability == Durability.PowerLoss ? "FULL" : "NORMAL";
        // The automatic checkpoint would sync on the committing thread; CheckpointAsync does it elsewhere.
        command.CommandText = $"""
            PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 0;
            PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY;
            """;
        command.ExecuteNonQuery();
    }

    /// <summary>Says so where a snapshot was passed over.</summary>
    private void WarnOfSnapshot()
    {
        if (LedgerSnapshots.Problem(connection) is { } problem)
        {
            LogSnapshot(logger, problem);
        }
    }

    private Task<T> Enqueue<T>(LedgerCommand<T> command)
    {
        Enqueue((LedgerCommand)command);
        return command.Completion;
    }

    /// <param name="command">What to do.</param>
    /// <param name="canWait">
    /// Whether nobody waits for it: it then rides with the next command that someone waits for, or comes up a doze later, and spares a
    /// commit of its own. The queue's order holds either way.
    /// </param>
    private void Enqueue(LedgerCommand command, bool canWait = false)
    {
        if (fault is { } cause)
        {
            command.Fail(cause);
            return;
        }

        bool sleeps;
        lock (gate)
        {
            if (writerState == WriterState.Ended)
            {
                command.Fail(new ObjectDisposedException(nameof(LedgerStore)));
                return;
            }

            queue.Add(command);
            sleeps = writerState == WriterState.Asleep || (writerState == WriterState.Dozing && !canWait);
            writerState = sleeps ? WriterState.Working : writerState;
        }

        if (sleeps)
        {
            wake.Set();
        }
    }

    private void Write()
    {
        var batch = new List<LedgerCommand>();
        var idle = 0;
        while (true)
        {
            lock (gate)
            {
                (queue, batch) = (batch, queue);
                idle = batch.Count == 0 ? idle + 1 : 0;
                // The end is decided under the lock: whoever comes later is told so, and no one is left waiting in the queue.
                writerState =
                    batch.Count > 0 ? WriterState.Working
                    : closed ? WriterState.Ended
                    : idle < DozesBeforeSleep ? WriterState.Dozing
                    : WriterState.Asleep;
                if (writerState == WriterState.Ended)
                {
                    return;
                }
            }

            if (batch.Count == 0)
            {
                wake.WaitOne(idle < DozesBeforeSleep ? Doze : Timeout.InfiniteTimeSpan);
                // Whoever else is about to queue something does so first: one commit for many is what makes commits cheap.
                Thread.Yield();
                continue;
            }

            for (var start = 0; start < batch.Count; start += LargestBatch)
            {
                Commit(CollectionsMarshal.AsSpan(batch)[start..Math.Min(batch.Count, start + LargestBatch)]);
            }

            batch.Clear();
        }
    }

    private void Commit(ReadOnlySpan<LedgerCommand> batch)
    {
        if (fault is null)
        {
            try
            {
                lock (commits)
                {
                    journal.BeginTransaction();
                    foreach (var command in batch)
                    {
                        command.Execute(journal);
                    }

                    journal.SaveSnapshotIfDue();
                    journal.CommitTransaction();
                }

                control.Publish(journal.Control);
            }
            catch (Exception exception)
            {
                fault = exception;
                LogFault(logger, exception);
                Faulted?.Invoke(exception);
                journal.TryRollback();
            }
        }

        Answers.Tell(batch, fault);
        // Kept until someone listens: what a start finds reached is told too.
        if (fault is null && Crossed is { } crossed && journal.State.TakeCrossings() is { Count: > 0 } crossings)
        {
            crossed(crossings);
        }
    }

    private enum WriterState
    {
        /// <summary>Has work, or has been woken for some.</summary>
        Working,

        /// <summary>Looks again by itself in a moment.</summary>
        Dozing,

        /// <summary>Waits to be woken.</summary>
        Asleep,

        /// <summary>Takes nothing any more.</summary>
        Ended,
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "At the start, {Problem}. See: purser ledger verify")]
    private static partial void LogSnapshot(ILogger logger, string problem);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "The ledger can't be written; nothing is admitted until this is mended and Purser restarted"
    )]
    private static partial void LogFault(ILogger logger, Exception exception);
}
