using System.Globalization;
using DuckDB.NET.Data;
using Purser.Analytics;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Analytics;

/// <summary>
/// Compares the segments with the journal: each file's hash with the one that the journal has, and the cost of each account, model and day
/// (UTC) to the nano-dollar. The sums of the journal are worked out from its entries alone.
/// </summary>
public sealed class AnalyticsVerifier
{
    private const long Day = 86_400_000_000;
    private const int MostTries = 3;
    private const long EntriesAReport = 16_384;

    private readonly Dictionary<(string Account, string? Model, long Day), Int128> journal = [];
    private readonly Dictionary<string, (string Sha256, long Seq)> hashes = new(StringComparer.Ordinal);
    private readonly List<string> problems = [];
    private int problemCount;
    private long rows;

    private AnalyticsVerifier() { }

    /// <summary>Verifies a data folder, which is only read, whether or not a gateway runs on it.</summary>
    /// <param name="data">The folder.</param>
    /// <param name="progress">Called with how many entries were read, and how many there are.</param>
    /// <exception cref="FileNotFoundException">There is no ledger.</exception>
    /// <exception cref="InvalidDataException">The ledger isn't one that this version can read.</exception>
    public static AnalyticsReport Verify(string data, Action<long, long>? progress = null)
    {
        for (var tries = 1; ; tries++)
        {
            var before = AnalyticsStore.SegmentsIn(AnalyticsStore.FolderIn(data));
            var report = new AnalyticsVerifier().Verify(data, before, progress);
            // A gateway that runs can have put a day in the place of its hours meanwhile.
            if (report.IsClean || tries == MostTries || before.SequenceEqual(AnalyticsStore.SegmentsIn(AnalyticsStore.FolderIn(data))))
            {
                return report;
            }
        }
    }

    private AnalyticsReport Verify(string data, IReadOnlyList<Segment> segments, Action<long, long>? progress)
    {
        var sealedTo = segments.Count == 0 ? 0 : segments[^1].UpTo;
        ReadJournal(data, sealedTo, progress);
        if (segments.Count == 0 && hashes.Count > 0)
        {
            Add($"the journal has the hashes of {hashes.Count} segments, and none is listed, or not all that are listed are there");
        }

        foreach (var segment in segments)
        {
            CheckFile(data, segment);
        }

        var found = problemCount == 0 ? Totals(data, segments) : null;
        if (found is not null)
        {
            Compare(found);
            if (segments.Sum(segment => segment.Rows) is var has && has != rows)
            {
                Add($"the segments have {has} rows, and the journal has {rows} up to entry {sealedTo}");
            }
        }

        return new AnalyticsReport
        {
            Segments = segments.Count,
            Rows = segments.Sum(segment => segment.Rows),
            Bytes = segments.Sum(segment => segment.Bytes),
            SealedTo = sealedTo,
            JournalNanos = Sum(journal.Values),
            SegmentNanos = Sum((found ?? []).Values),
            Totals = journal.Count,
            ProblemCount = problemCount,
            Problems = problems,
        };
    }

    private void ReadJournal(string data, long sealedTo, Action<long, long>? progress)
    {
        using var connection = LedgerReader.Open(data);
        var definitions = new Definitions(connection);
        var head = JournalReader.Head(connection);
        // A correction counts on the day of what it corrects; those attempts are few, and come first.
        var corrected = JournalReader
            .Entries(connection, upTo: sealedTo, only: kind => kind == JournalKind.Adjust)
            .Select(entry => entry.Attempt)
            .ToHashSet();
        var starts = new Dictionary<AttemptId, long>();
        foreach (var entry in JournalReader.Entries(connection, withEvents: true, only: IsWanted))
        {
            if (entry.Kind == JournalKind.Control)
            {
                if (Segment.ReadNote(entry.Text!) is var (file, hash))
                {
                    hashes[file] = (hash, entry.Seq);
                }
            }
            else if (entry.Seq <= sealedTo)
            {
                Count(entry, definitions, corrected, starts);
            }

            if (entry.Seq % EntriesAReport == 0)
            {
                progress?.Invoke(entry.Seq, head);
            }
        }
    }

    private static bool IsWanted(JournalKind kind) => kind == JournalKind.Control || EventProjection.IsWanted(kind);

    private void Count(in JournalEntry entry, Definitions definitions, HashSet<AttemptId> corrected, Dictionary<AttemptId, long> starts)
    {
        rows++;
        if (entry.Event is { } usageEvent && corrected.Contains(entry.Attempt))
        {
            starts[entry.Attempt] = usageEvent.StartedAt;
        }

        var startedAt = entry.Event?.StartedAt ?? starts.GetValueOrDefault(entry.Attempt, long.MinValue);
        if (startedAt == long.MinValue)
        {
            Add($"entry {entry.Seq} corrects {entry.Attempt}, which was never posted");
            return;
        }

        var account = definitions.Subject(entry.SubjectId).AccountPath.Split('/')[0];
        var model = definitions.Route(entry.RouteId).Model;
        var key = (account, model.Length == 0 ? null : model, startedAt / Day);
        // What was posted is what counts, not what its usage event says.
        var nanos = entry.Kind is JournalKind.Post or JournalKind.Adjust ? entry.Amount.Cost.Nanos : 0;
        journal[key] = journal.GetValueOrDefault(key) + nanos;
    }

    private void CheckFile(string data, Segment segment)
    {
        if (!hashes.TryGetValue(segment.File, out var known) || known.Sha256 != segment.Sha256)
        {
            Add($"{segment.File}: the journal has {(hashes.ContainsKey(segment.File) ? "another hash" : "no hash")} of it");
            return;
        }

        try
        {
            if (Segment.HashOf(Path.Combine(AnalyticsStore.FolderIn(data), segment.File)) != segment.Sha256)
            {
                Add($"{segment.File} isn't what was written: its hash isn't the one in entry {known.Seq} of the journal");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Add($"{segment.File} can't be read: {exception.Message}");
        }
    }

    private Dictionary<(string Account, string? Model, long Day), Int128>? Totals(string data, IReadOnlyList<Segment> segments)
    {
        try
        {
            return SegmentTotals.Read(AnalyticsStore.FolderIn(data), new AnalyticsLimits(), segments);
        }
        catch (DuckDBException exception)
        {
            Add($"the segments can't be read: {exception.Message}");
            return null;
        }
    }

    private void Compare(Dictionary<(string Account, string? Model, long Day), Int128> found)
    {
        foreach (var key in journal.Keys.Union(found.Keys))
        {
            var (expected, has) = (journal.GetValueOrDefault(key), found.GetValueOrDefault(key));
            if (expected != has)
            {
                var day = DateOnly.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(key.Day * Day));
                Add(
                    $"account {key.Account}, model {key.Model ?? "(none)"}, {day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}: "
                        + $"the journal has {Money.Format(expected)}, and the segments have {Money.Format(has)}"
                );
            }
        }
    }

    private void Add(string problem)
    {
        problemCount++;
        if (problems.Count < AnalyticsReport.MostProblems)
        {
            problems.Add(problem);
        }
    }

    private static Int128 Sum(IEnumerable<Int128> values) => values.Aggregate(Int128.Zero, (sum, value) => sum + value);
}
