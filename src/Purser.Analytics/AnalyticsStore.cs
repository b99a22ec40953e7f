using System.Globalization;
using DuckDB.NET.Data;

namespace Purser.Analytics;

/// <summary>What DuckDB may use.</summary>
/// <param name="MemoryMegabytes">The most memory, MB; what doesn't fit goes to files in the store's folder.</param>
/// <param name="Threads">How many threads a query or a segment uses, from 1. All but the caller's are as the one that opened the store.</param>
public sealed record AnalyticsLimits(int MemoryMegabytes = 256, int Threads = 1);

/// <summary>
/// Usage events as they can be queried: Parquet segments of what the journal has sealed, and a tail in memory of what it hasn't. It's
/// thread-safe: one thread reads or writes at a time. What is in it is in the journal as well, so that whatever happens to it, it's made
/// again: whoever gets an exception of DuckDB's or of the disk opens it anew.
/// </summary>
public sealed class AnalyticsStore : IDisposable
{
    /// <summary>The name of the list of segments that count. Without it, none does.</summary>
    public const string ListName = "segments.json";

    private readonly Lock gate = new();
    private readonly SegmentFolder folder;
    private readonly DuckDBConnection connection;

    // Of the same database, for what takes long.
    private readonly DuckDBConnection writing;
    private readonly Tail tail;

    private AnalyticsStore(SegmentFolder folder, DuckDBConnection connection)
    {
        this.folder = folder;
        this.connection = connection;
        tail = new Tail(connection);
        writing = connection.Duplicate();
        writing.Open();
        Through = folder.UpTo;
    }

    /// <summary>The segments, in the journal's order.</summary>
    public IReadOnlyList<Segment> Segments => folder.Segments;

    /// <summary>The number of the last entry of the journal that is in it, in a segment or in the tail.</summary>
    public long Through { get; private set; }

    /// <summary>How many rows are in the tail.</summary>
    public long TailRows => tail.Rows;

    /// <summary>The folder of segments inside a data folder.</summary>
    public static string FolderIn(string dataFolder) => Path.Combine(dataFolder, "analytics");

    /// <summary>The segments in a folder, without opening it; none where there is no list that can be read.</summary>
    public static IReadOnlyList<Segment> SegmentsIn(string path) => SegmentFolder.Read(path);

    /// <summary>Opens or makes a store, and takes away what a crash left. One process may have it open.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="limits">What it may use.</param>
    /// <exception cref="IOException">The disk says no.</exception>
    /// <exception cref="DuckDBException">DuckDB says no.</exception>
    public static AnalyticsStore Open(string path, AnalyticsLimits limits)
    {
        var folder = SegmentFolder.Open(path);
        var connection = Duck.Open(limits, folder.Making);
        try
        {
            return new AnalyticsStore(folder, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Takes rows into the tail.</summary>
    /// <param name="rows">Rows, in the journal's order, after all that are in it.</param>
    /// <param name="through">The number of the last entry that was looked at, whether or not it gave a row.</param>
    /// <param name="subjectOf">Whom the entry of a number defines.</param>
    /// <param name="routeOf">Which route the entry of a number defines.</param>
    public void Append(IReadOnlyList<UsageRow> rows, long through, Func<long, UsageSubject> subjectOf, Func<long, UsageRoute> routeOf)
    {
        lock (gate)
        {
            tail.Append(rows, subjectOf, routeOf);
            Through = through;
        }
    }

    /// <summary>
    /// Writes the first hour of the tail as a segment, which doesn't count yet; or all of it. Once the journal has its hash,
    /// <see cref="Take"/> lets it count. Others read meanwhile; one thread may write.
    /// </summary>
    /// <param name="before">The first instant whose hour isn't over, microseconds since 1970 UTC.</param>
    /// <returns>Null where no hour of the tail is over.</returns>
    public Segment? WriteTail(long before)
    {
        long upTo;
        DateOnly day;
        lock (gate)
        {
            if (tail.FirstHour(before) is not var (last, at))
            {
                return null;
            }

            (upTo, day) = (last, DateOnly.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(at)));
        }

        return Write(writing, SegmentColumns.FromTail(upTo), folder.UpTo, upTo, day, isDay: false);
    }

    /// <summary>
    /// Writes the segments of a day before this one as one, which doesn't count yet. Others read meanwhile; one thread may write.
    /// </summary>
    /// <param name="before">The first day that isn't over.</param>
    /// <returns>Null where no such day has several.</returns>
    public Segment? WriteDay(DateOnly before)
    {
        var day = Segments.Where(segment => segment.Day < before).GroupBy(segment => segment.Day).FirstOrDefault(day => day.Skip(1).Any());
        if (day is null)
        {
            return null;
        }

        var parts = day.ToList();
        return Write(writing, $"SELECT * FROM {Files(parts)}", parts[0].After, parts[^1].UpTo, day.Key, isDay: true);
    }

    /// <summary>Lets a segment count that the journal has sealed, in place of what it was made of.</summary>
    /// <param name="segment">The segment, with the number of the entry that seals it.</param>
    /// <exception cref="ArgumentException">No entry seals it.</exception>
    public void Take(Segment segment)
    {
        if (segment.SealedBy <= 0)
        {
            throw new ArgumentException("A segment counts once the journal has its hash.", nameof(segment));
        }

        lock (gate)
        {
            folder.Take(segment);
            tail.DropTo(segment.UpTo);

            folder.DeleteOthers();
        }
    }

    /// <summary>Empties it: what it had is taken again from the journal.</summary>
    public void Clear()
    {
        lock (gate)
        {
            folder.Clear();
            folder.DeleteOthers();
            tail.DropTo(long.MaxValue);
            Through = 0;
        }
    }

    /// <summary>Sums, grouped.</summary>
    /// <param name="query">What is asked.</param>
    /// <exception cref="ArgumentException">A dimension isn't one of <see cref="Dimensions"/>, or it can't be filtered as asked.</exception>
    public UsageSums Query(UsageQuery query)
    {
        var sql = UsageSql.Of(query);
        lock (gate)
        {
            // Segments of another time are not even opened.
            var within = Segments.Where(segment => segment.LastStart >= query.From && segment.FirstStart < query.To).ToList();
            var source =
                within.Count == 0 ? SegmentColumns.FromTail() : $"SELECT * FROM {Files(within)} UNION ALL {SegmentColumns.FromTail()}";
            using var command = connection.CreateCommand();
            command.CommandText = sql.Text(source);
            foreach (var (name, value) in sql.Parameters)
            {
                command.Parameters.Add(new DuckDBParameter(name, value));
            }

            using var row = command.ExecuteReader();
            return sql.Read(row);
        }
    }

    /// <summary>Closes it. The tail is lost, and taken again from the journal by the next that opens it.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            writing.Dispose();
            connection.Dispose();
        }
    }

    private Segment Write(DuckDBConnection connection, string rows, long after, long upTo, DateOnly day, bool isDay)
    {
        var made = Path.Combine(folder.Making, "segment.parquet");
        // Hours are written soon and don't last; days last.
        var level = isDay ? 6 : 1;
        Duck.Run(
            connection,
            $"COPY ({rows} ORDER BY {SegmentColumns.Order}) TO {Duck.Text(made)} "
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level}, PARQUET_VERSION v2)"
                )
        );
        var segment = Measure(connection, made, after, upTo, day, isDay);
        folder.Place(made, segment);
        return segment;
    }

    /// <summary>What the file says that was just written: it's read back, so that what is sealed is what can be read.</summary>
    private static Segment Measure(DuckDBConnection connection, string made, long after, long upTo, DateOnly day, bool isDay)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT count(*), epoch_us(min("ChargePeriodStart")), epoch_us(max("ChargePeriodStart")), sum("BilledCost")
            FROM read_parquet({Duck.Text(made)})
            """;
        using var row = command.ExecuteReader();
        row.Read();
        return new Segment(
            after,
            upTo,
            day,
            isDay,
            row.GetInt64(0),
            new FileInfo(made).Length,
            row.GetInt64(1),
            row.GetInt64(2),
            Duck.Nanos(row.GetDecimal(3)),
            Segment.HashOf(made),
            SealedBy: 0
        );
    }

    private string Files(IEnumerable<Segment> segments) =>
        $"read_parquet([{string.Join(", ", segments.Select(segment => Duck.Text(folder.FileOf(segment))))}], union_by_name = true, hive_partitioning = false)";
}
