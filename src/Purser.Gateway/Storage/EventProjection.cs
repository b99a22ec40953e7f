using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <summary>
/// The usage events and corrections of the journal as rows that can be queried, in a database of their own, made behind the back of
/// whoever waits for the journal. They say nothing that the journal doesn't: where the file is gone, damaged, or of another journal, at a
/// start or later, it's made anew.
/// </summary>
internal sealed partial class EventProjection : IAsyncDisposable
{
    // A report that waits for the lock waits for so many, also on a busy machine.
    private const int EntriesACommit = 256;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly string path;
    private readonly SqliteConnection journal;
    private readonly Func<long> head;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private readonly Thread running;
    private EventRows? rows;
    private long projected;

    // Where a new file fails as well, it isn't the file.
    private bool isNew;
    private volatile EventsUnavailableException? fault;
    private volatile bool rests;

    private EventProjection(string directory, Func<long> head, ILogger logger)
    {
        this.head = head;
        this.logger = logger;
        path = FileIn(directory);
        journal = LedgerStore.OpenReader(LedgerStore.FileIn(directory));
        try
        {
            rows = EventRows.Open(path, journal);
        }
        catch
        {
            journal.Dispose();
            throw;
        }

        projected = rows.Projected;
        running = LowPriorityThread.Start("usage events", Run);
    }

    /// <summary>
    /// Whether it goes no further for now, but for whoever waits for it: at such times the processor is wanted for what keeps the log of the
    /// journal from growing.
    /// </summary>
    public bool Rests
    {
        get => rests;
        set => rests = value;
    }

    /// <summary>Is held while it reads the journal.</summary>
    public Lock Reads => gate;

    /// <summary>Why usage events can't be made at present, or null. It's tried again every few seconds, and whenever a report is asked for.</summary>
    public EventsUnavailableException? Fault => fault;

    /// <summary>The database inside a data folder.</summary>
    public static string FileIn(string directory) => Path.Combine(directory, "events.db");

    /// <summary>Opens or makes the projection of a data folder's journal.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="head">The number of the journal's newest entry.</param>
    /// <param name="logger">Is told of failures.</param>
    /// <exception cref="IOException">The file can't be made; the message says what to do.</exception>
    public static EventProjection Open(string directory, Func<long> head, ILogger logger) => new(directory, head, logger);

    /// <summary>Waits until the entries up to one are in it.</summary>
    /// <exception cref="EventsUnavailableException">The file can't be written.</exception>
    public void CatchUp(long seq)
    {
        // The file itself is looked at each time: a reader would find none, or another.
        if (Volatile.Read(ref projected) >= seq && rows is { IsGone: false })
        {
            return;
        }

        lock (gate)
        {
            do
            {
                ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, this);
            } while (Step(entries => entries) > 0 && Volatile.Read(ref projected) < seq);
        }
    }

    /// <summary>Begins anew with an empty file: a reader found what is there damaged.</summary>
    /// <param name="cause">What the reader found.</param>
    /// <exception cref="EventsUnavailableException">It can't be made.</exception>
    public void MakeAgain(Exception cause)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, this);
            Make(cause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        running.Join();
        lock (gate)
        {
            rows?.Dispose();
            journal.Dispose();
        }

        closing.Dispose();
    }

    private void Run()
    {
        while (!closing.Token.WaitHandle.WaitOne(fault is null ? Interval : Retry))
        {
            try
            {
                // What isn't committed yet comes the next time; what is missing at the end is made at the next start.
                while (!Rests && !closing.IsCancellationRequested && Volatile.Read(ref projected) < head() && LockedStep() > 0) { }
            }
            catch (Exception exception) when (exception is SqliteException or IOException or InvalidDataException)
            {
                // It's told once, and tried again.
                fault ??= Failed(exception);
            }
        }
    }

    private int LockedStep()
    {
        lock (gate)
        {
            return closing.IsCancellationRequested ? 0 : Step(LowPriorityThread.MakeWay);
        }
    }

    /// <summary>Takes some entries, in one transaction; returns how many. Where the file is gone or damaged, it's made again first.</summary>
    /// <param name="pace">Goes through entries as fast as they are to be read and written.</param>
    private int Step(Func<IEnumerable<JournalEntry>, IEnumerable<JournalEntry>> pace)
    {
        if (rows is null || rows.IsGone)
        {
            Make(new FileNotFoundException($"{path} is gone."));
        }

        // Read before the other file is touched: what fails here is no fault of its.
        var from = rows!.Projected;
        // Entries have no gaps, so the number of the last one is known beforehand.
        var last = Math.Min(from + EntriesACommit, JournalReader.Head(journal));
        if (last > from)
        {
            var entries = pace(JournalReader.Entries(journal, from, last, withEvents: true, only: IsWanted)).ToList();
            var hash = JournalReader.Hash(journal, last)!;
            try
            {
                rows.Take(pace(entries), last, hash);
            }
            catch (Exception exception) when (exception is SqliteException or IOException)
            {
                if (isNew || !IsDamage(exception))
                {
                    throw fault = Failed(exception);
                }

                Make(exception);
                return 1;
            }

            isNew = false;
            Volatile.Write(ref projected, last);
        }

        fault = null;
        return (int)(last - from);
    }

    private void Make(Exception cause)
    {
        if (fault is null)
        {
            LogMadeAgain(logger, path, cause);
        }

        rows?.Dispose();
        rows = null;
        Volatile.Write(ref projected, 0);
        try
        {
            rows = EventRows.Make(path, journal);
            isNew = true;
        }
        catch (IOException exception)
        {
            throw fault = Failed(exception);
        }
    }

    private EventsUnavailableException Failed(Exception cause)
    {
        if (fault is null)
        {
            LogFailure(logger, cause);
        }

        return new EventsUnavailableException(cause);
    }

    /// <summary>Whether a failure says that the file isn't what it was; a full disk, or a reader who holds it, doesn't.</summary>
    private static bool IsDamage(Exception exception) =>
        ((exception as SqliteException ?? exception.InnerException as SqliteException)?.SqliteErrorCode)
            is not (raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_NOMEM);

    /// <summary>Whether an entry of a kind makes a usage event, or changes one.</summary>
    public static bool IsWanted(JournalKind kind) => JournalCodec.EndsAnAttempt(kind) || kind == JournalKind.Adjust;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The usage events of reports in {Path} are made again from the journal. No money is affected"
    )]
    private static partial void LogMadeAgain(ILogger logger, string path, Exception cause);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The usage events can't be made from the journal; reports have to wait until this is mended. No money is affected"
    )]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
