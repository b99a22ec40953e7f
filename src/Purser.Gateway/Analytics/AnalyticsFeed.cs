using DuckDB.NET.Data;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Purser.Analytics;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Analytics;

/// <summary>
/// Keeps the analytics store behind the journal, out of the way of requests: what an hour brought is sealed when it's over, the hours of a day
/// become one segment, and a report that is asked for takes what is new into memory first. DuckDB is loaded for that alone, and let go some
/// minutes after the last report.
/// </summary>
/// <remarks>
/// A segment: 1. is written and flushed, 2. gets its place, 3. its hash enters the journal, 4. it's listed, 5. what it replaces goes. What a crash
/// leaves before step 4 isn't listed: the next one that opens the store takes it away, and writes the same again from the journal.
/// </remarks>
internal sealed partial class AnalyticsFeed : IAsyncDisposable
{
    private const long Hour = 3_600_000_000;
    private const int EntriesAStep = 4096;

    // About 100 MB; and DuckDB needs as much again to sort them.
    private const long MostTailRows = 250_000;

    // So much that a report would wait some seconds for it.
    private const long MostEntriesBehind = 500_000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeptAfterUse = TimeSpan.FromMinutes(5);

    // Whoever has both took the first one first.
    private readonly Lock sealing = new();
    private readonly Lock gate = new();
    private readonly LedgerStore ledger;
    private readonly string data;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private Thread? running;
    private AnalyticsStore? store;
    private long usedAt;
    private long lookedAtHour = -1;
    private long lookedAtHead;
    private bool failed;

    /// <param name="ledger">The ledger, which has the journal.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="clock">Says which hours are over.</param>
    /// <param name="logger">Is told of failures.</param>
    public AnalyticsFeed(LedgerStore ledger, string data, TimeProvider clock, ILogger logger)
    {
        this.ledger = ledger;
        this.data = data;
        this.clock = clock;
        this.logger = logger;
    }

    /// <summary>Is called after the steps 2, 3 and 5 of a segment. For tests, which throw.</summary>
    internal Action<int>? Step { get; set; }

    /// <summary>Begins to seal what is over, in the background. Queries are answered without as well.</summary>
    public void Start() => running = LowPriorityThread.Start("analytics", Run);

    /// <summary>Sums over all that is in the journal at this moment.</summary>
    /// <param name="query">What is asked.</param>
    /// <exception cref="ArgumentException">The query can't be.</exception>
    /// <exception cref="EventsUnavailableException">The store can't be read or made.</exception>
    public UsageSums Query(UsageQuery query)
    {
        try
        {
            return TryQuery(query);
        }
        catch (Exception exception) when (IsOfTheStore(exception))
        {
            if (IsDamaged())
            {
                Discard(exception);
            }
            else
            {
                // A full disk, too many open files, too little memory: what is on the disk is still right.
                Drop();
            }
        }
        catch (SqliteException damage)
        {
            _ = ledger.EventsDamaged(damage);
            Drop();
        }

        try
        {
            return TryQuery(query);
        }
        catch (Exception exception) when (IsOfTheStore(exception) || exception is SqliteException)
        {
            // Half of a step may be in the tail.
            Drop();
            throw new EventsUnavailableException(exception);
        }
    }

    /// <summary>Writes all segments again from the journal, hours and days that are over; whose hash is another is sealed anew.</summary>
    /// <param name="progress">Is told how many entries are in, and how many there are.</param>
    /// <param name="cancellationToken">Ends it between two segments.</param>
    public AnalyticsRebuilt Rebuild(Action<long, long>? progress, CancellationToken cancellationToken)
    {
        lock (sealing)
        {
            using var journal = ledger.OpenLedgerReader();
            var known = SealedSegments.Read(journal);
            lock (gate)
            {
                Load().Clear();
            }

            var (same, changed) = (0, 0);
            var end = ledger.HeadSeq;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                bool caughtUp;
                lock (gate)
                {
                    caughtUp = CatchUp(Load(), readNow: true);
                    progress?.Invoke(Math.Min(end, store!.Through), end);
                }

                while (Write(caughtUp) is { } segment)
                {
                    var isSame = known.TryGetValue(segment.File, out var before) && before.Sha256 == segment.Sha256;
                    (same, changed) = isSame ? (same + 1, changed) : (same, changed + 1);
                    Seal(segment, isSame ? before.Seq : null);
                }

                if (caughtUp)
                {
                    // A segment that was made of others isn't one of those that count.
                    return new AnalyticsRebuilt(store!.Segments.Count, store.Segments.Sum(segment => segment.Rows), same, changed);
                }
            }
        }
    }

    /// <summary>Seals what is over, now.</summary>
    internal void SealWhatIsOver()
    {
        lock (sealing)
        {
            bool caughtUp;
            do
            {
                lock (gate)
                {
                    caughtUp = CatchUp(Load(), readNow: false);
                }

                while (Write(caughtUp) is { } segment)
                {
                    Seal(segment, null);
                }
            } while (!caughtUp && !closing.IsCancellationRequested);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        running?.Join();
        lock (gate)
        {
            Unload();
        }

        closing.Dispose();
    }

    // The last ones: DuckDB's native library isn't there, or is another system's.
    private static bool IsOfTheStore(Exception exception) =>
        exception
            is DuckDBException
                or IOException
                or UnauthorizedAccessException
                or InvalidDataException
                or DllNotFoundException
                or TypeInitializationException
                or BadImageFormatException
        && exception is not (EventsUnavailableException or LedgerUnavailableException);

    /// <summary>Whether a file that counts isn't what it was when it was sealed.</summary>
    private bool IsDamaged()
    {
        lock (sealing)
        {
            var folder = AnalyticsStore.FolderIn(data);
            return AnalyticsStore.SegmentsIn(folder).Any(segment => Segment.HashOf(Path.Combine(folder, segment.File)) != segment.Sha256);
        }
    }

    private void Run()
    {
        while (!closing.Token.WaitHandle.WaitOne(failed ? Retry : Interval))
        {
            try
            {
                if (IsDue())
                {
                    SealWhatIsOver();
                    (lookedAtHour, lookedAtHead) = (HourNow(), ledger.HeadSeq);
                }

                LetGo();
                failed = false;
            }
            catch (Exception exception) when (exception is LedgerUnavailableException or ObjectDisposedException)
            {
                // The journal takes nothing any more: there is nothing to seal.
            }
            catch (Exception exception)
            {
                // Whatever it is: it moves no money, and must not end the gateway.
                if (!failed)
                {
                    LogFailure(logger, exception);
                }

                failed = true;
                Drop();
            }
        }
    }

    /// <summary>Whether an hour that something happened in is over, or much happened: then DuckDB is worth loading.</summary>
    private bool IsDue()
    {
        var head = ledger.HeadSeq;
        if (head == lookedAtHead || ledger.Fault is not null)
        {
            return false;
        }

        if (HourNow() == lookedAtHour)
        {
            return head - lookedAtHead > MostEntriesBehind;
        }

        if (lookedAtHour >= 0)
        {
            return true;
        }

        // At a start: whether what the folder lacks is of an hour that is over.
        var segments = AnalyticsStore.SegmentsIn(AnalyticsStore.FolderIn(data));
        using var journal = ledger.OpenLedgerReader();
        var after = segments.Count == 0 ? 0 : segments[^1].UpTo;
        var first = JournalReader
            .Entries(journal, after, only: EventProjection.IsWanted)
            .Select(entry => entry.At)
            .FirstOrDefault(long.MaxValue);
        (lookedAtHour, lookedAtHead) = (HourNow(), after);
        return first / Hour < lookedAtHour;
    }

    private UsageSums TryQuery(UsageQuery query)
    {
        while (true)
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, this);
                var loaded = Load();
                usedAt = clock.GetTimestamp();
                if (CatchUp(loaded, readNow: true))
                {
                    return loaded.Query(query);
                }
            }

            // So much happened since the last segment that it doesn't fit into memory.
            lock (sealing)
            {
                if (Write(all: false) is { } segment)
                {
                    Seal(segment, null);
                }
            }
        }
    }

    /// <summary>The next segment that is due, written and in its place; null where none is.</summary>
    /// <param name="all">Whether all that is in the journal is in the store.</param>
    private Segment? Write(bool all)
    {
        AnalyticsStore from;
        lock (gate)
        {
            from = Load();
        }

        // Of an hour that isn't all in yet only a tail that is full is made a segment, so that the same entries give the same segments.
        var isFull = from.TailRows >= MostTailRows;
        var segment = isFull || all ? from.WriteTail(isFull ? long.MaxValue : HourNow() * Hour) : null;
        segment ??= all ? from.WriteDay(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime)) : null;
        if (segment is not null)
        {
            Step?.Invoke(2);
        }

        return segment;
    }

    /// <summary>Puts a segment's hash into the journal, and lets it count.</summary>
    /// <param name="segment">The segment, in its place.</param>
    /// <param name="sealedBy">The entry that has the same hash already; null where there is none.</param>
    private void Seal(Segment segment, long? sealedBy)
    {
        // Not on a thread that a commit may have to wait for.
        var seq = sealedBy ?? ledger.SealAsync(segment.Note()).GetAwaiter().GetResult();
        Step?.Invoke(3);
        lock (gate)
        {
            if (store is { } open)
            {
                open.Take(segment with { SealedBy = seq });
            }
        }

        Step?.Invoke(5);
    }

    /// <summary>Takes what is new in the journal; false where the tail is full before.</summary>
    /// <param name="into">The store.</param>
    /// <param name="readNow">Whether to wait for all that is in the journal now.</param>
    private bool CatchUp(AnalyticsStore into, bool readNow)
    {
        using var journal = readNow ? ledger.OpenReader() : ledger.OpenReaderOfThePast();
        var end = readNow ? ledger.HeadSeq : long.MaxValue;
        end = Math.Min(end, EventRows.Progress(journal).Seq);
        var rows = new JournalRows(journal);
        while (into.Through < end)
        {
            if (into.TailRows >= MostTailRows)
            {
                return false;
            }

            var upTo = Math.Min(end, into.Through + EntriesAStep);
            var step = new List<UsageRow>();
            foreach (var entry in JournalReader.Entries(journal, into.Through, upTo, withEvents: true, only: EventProjection.IsWanted))
            {
                step.Add(rows.Of(entry)!);
            }

            into.Append(step, upTo, rows.SubjectOf, rows.RouteOf);
        }

        return true;
    }

    private AnalyticsStore Load()
    {
        if (store is null)
        {
            // One thread: another one of DuckDB's would have the priority of whoever loaded it, also while segments are written.
            var opened = AnalyticsStore.Open(AnalyticsStore.FolderIn(data), new AnalyticsLimits());
            if (opened.Segments is [.., var last] && !IsSealed(last))
            {
                // A journal that was put back from a backup doesn't have what came after.
                LogMadeAgain(logger, AnalyticsStore.FolderIn(data), null);
                opened.Clear();
            }

            store = opened;
            usedAt = clock.GetTimestamp();
        }

        return store;
    }

    private bool IsSealed(Segment segment)
    {
        using var journal = ledger.OpenLedgerReader();
        return JournalReader.Find(journal, segment.SealedBy) is { Text: { } text }
            && Segment.ReadNote(text) is { } note
            && note == (segment.File, segment.Sha256);
    }

    /// <summary>Begins anew with an empty store: what is there can't be read.</summary>
    private void Discard(Exception cause)
    {
        LogMadeAgain(logger, AnalyticsStore.FolderIn(data), cause);
        lock (sealing)
        {
            lock (gate)
            {
                Unload();
                File.Delete(Path.Combine(AnalyticsStore.FolderIn(data), AnalyticsStore.ListName));
            }
        }
    }

    /// <summary>Closes the store after a failure: the next step opens it as it is on the disk.</summary>
    private void Drop()
    {
        lock (sealing)
        {
            lock (gate)
            {
                Unload();
            }
        }
    }

    private void LetGo()
    {
        lock (sealing)
        {
            lock (gate)
            {
                if (store is not null && clock.GetElapsedTime(usedAt) > KeptAfterUse)
                {
                    Unload();
                }
            }
        }
    }

    private void Unload()
    {
        store?.Dispose();
        store = null;
    }

    private long HourNow() => JournalWriter.Microseconds(clock.GetUtcNow()) / Hour;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The analytics store in {Path} is made again from the journal. No money is affected"
    )]
    private static partial void LogMadeAgain(ILogger logger, string path, Exception? cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "The analytics store can't be written; it's tried again. No money is affected")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}

/// <summary>What a rebuild made.</summary>
/// <param name="Segments">How many segments there are.</param>
/// <param name="Rows">How many rows they have.</param>
/// <param name="Same">How many files were written that are byte for byte those that the journal has the hash of.</param>
/// <param name="Changed">How many weren't, and were sealed anew.</param>
public sealed record AnalyticsRebuilt(int Segments, long Rows, int Same, int Changed);
