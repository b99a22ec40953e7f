using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// Checks a data folder's ledger from its rows alone, whether or not a gateway is running on it:
/// 1. the journal is one chain without a gap, each entry with the hash of its content and of all before it;
/// 2. each attempt was reserved once and ended at most once, with a usage event of its cost;
/// 3. each reservation fitted into every budget then in force;
/// 4. what else is stored says the same: the rows of subjects and routes, the accounts and keys, the credentials, what lives at providers,
///    the budgets and grants, the slices, the unconfirmed attempts, the list of corrections, the snapshot, and the usage events and corrections of reports. What isn't in the journal isn't checked: what users asked for, how good they found answers, and which
///    rows an applied file made.
/// </summary>
public sealed class LedgerVerifier : IDisposable
{
    private const int ProgressInterval = 8192;
    private readonly SqliteConnection connection;
    private readonly LimitAudit audit;
    private readonly StoredRows rows;
    private readonly AuditedAccess access = new();
    private readonly AuditedCredentials credentials = new();
    private readonly AuditedLists lists = new();
    private readonly AuditedObjects objects = new();
    private readonly AuditedSlices slices = new();
    private readonly AuditedAdjustments adjustments;
    private readonly AttemptSet reserved = new();
    private readonly AttemptSet ended = new();
    private readonly List<string> problems = [];
    private readonly JournalChain chain = new();
    private readonly byte[] head = new byte[JournalChain.HashLength];
    private long problemCount;
    private long newest;
    private long seq;
    private LedgerReport report = new();

    private LedgerVerifier(SqliteConnection connection, bool hasEvents)
    {
        this.connection = connection;
        audit = new LimitAudit(connection, new Definitions(connection));
        rows = new StoredRows(connection, hasEvents);
        adjustments = new AuditedAdjustments(connection, rows.Projected);
    }

    /// <summary>Verifies the ledger of a data folder, as of one moment. Changes nothing.</summary>
    /// <param name="dataDirectory">The folder that holds <c>purser.db</c>.</param>
    /// <param name="progress">Is told how many entries of how many are done, now and then; null for nobody.</param>
    /// <exception cref="FileNotFoundException">There is no ledger in the folder.</exception>
    /// <exception cref="InvalidDataException">The file is no database that this version can read.</exception>
    public static LedgerReport Verify(string dataDirectory, Action<long, long>? progress = null)
    {
        using var connection = LedgerReader.OpenWithEvents(dataDirectory, out var hasEvents);
        using var transaction = connection.BeginTransaction(deferred: true);
        try
        {
            using var verifier = new LedgerVerifier(connection, hasEvents);
            return verifier.Run(progress);
        }
        catch (SqliteException exception)
        {
            throw new InvalidDataException($"The database in {dataDirectory} can't be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        chain.Dispose();
        rows.Dispose();
        adjustments.Dispose();
        reserved.Dispose();
        ended.Dispose();
    }

    private LedgerReport Run(Action<long, long>? progress)
    {
        var total = JournalReader.Head(connection);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, body, hash FROM journal ORDER BY seq";
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            try
            {
                Check(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2));
            }
            catch (Exception exception)
                when (exception
                        is InvalidDataException
                            or InvalidCastException
                            or InvalidOperationException
                            or ArgumentException
                            or OverflowException
                )
            {
                seq = row.GetInt64(0);
                Problem($"it can't be read: {exception.Message}");
            }

            report = report with { Entries = report.Entries + 1 };
            if (report.Entries % ProgressInterval == 0)
            {
                progress?.Invoke(report.Entries, total);
            }
        }

        progress?.Invoke(report.Entries, total);
        CheckWhole();
        return report with
        {
            HeadHash = Convert.ToHexStringLower(head),
            OpenReservations = audit.Open,
            LimitChecks = audit.Checks,
            ProblemCount = problemCount,
            Problems = problems,
        };
    }

    private void Check(long number, byte[] body, byte[] hash)
    {
        CheckChain(number, body, hash);
        var entry = JournalCodec.Read(number, body);
        newest = entry.At;
        switch (entry.Kind)
        {
            case JournalKind.Control:
                report = report with { ControlChanges = report.ControlChanges + 1 };
                TakeText(entry, TakeControl, "change of the control plane");
                break;
            case JournalKind.Grant:
                report = report with { Grants = report.Grants + 1 };
                TakeText(entry, audit.Grant, "grant");
                TakeText(entry, lists.Grant, "grant");
                break;
            case JournalKind.Snapshot:
                break;
            case JournalKind.Subject or JournalKind.Route:
                ProblemsOf(rows.OfDefinition(entry, audit.KindOf));
                break;
            case JournalKind.Reserve or JournalKind.Extend or JournalKind.Adjust:
                CheckMove(entry);
                break;
            default:
                CheckEnd(entry);
                break;
        }
    }

    private void CheckMove(JournalEntry entry)
    {
        if (entry.Kind == JournalKind.Reserve)
        {
            report = report with { Reserves = report.Reserves + 1 };
            if (!reserved.Add(entry.Attempt))
            {
                Problem($"{entry.Attempt} is reserved a second time");
            }

            ProblemsOf(audit.Reserve(entry, audit.ScopesOf(entry)));
        }
        else if (entry.Kind == JournalKind.Extend)
        {
            report = report with { Extensions = report.Extensions + 1 };
            ProblemsOf(audit.Extend(entry));
        }
        else
        {
            report = report with { Adjustments = report.Adjustments + 1, PostedNanos = report.PostedNanos + entry.Amount.Cost.Nanos };
            audit.Adjust(entry, audit.ScopesOf(entry));
            ProblemsOf(adjustments.Take(entry));
            report = report with { Unconfirmed = report.Unconfirmed - (lists.Adjust(entry) ? 1 : 0) };
        }
    }

    private void CheckChain(long number, byte[] body, byte[] stored)
    {
        var expected = seq + 1;
        seq = number;
        if (number != expected)
        {
            Problem($"a gap before it: entry {expected} is missing", expected);
        }
        else
        {
            Span<byte> hash = stackalloc byte[JournalChain.HashLength];
            chain.Next(head, body, hash);
            if (!hash.SequenceEqual(stored))
            {
                Problem("the chain is broken: its content, or the order, isn't what was written");
            }
        }

        // From here on the chain is followed as it's stored, so that each altered entry is named and not all that come after it.
        stored.AsSpan(0, Math.Min(head.Length, stored.Length)).CopyTo(head);
    }

    private void CheckEnd(JournalEntry entry)
    {
        if (entry.Kind == JournalKind.Refusal)
        {
            report = report with { Refusals = report.Refusals + 1 };
        }
        else
        {
            CountEnd(entry);
            lists.Post(entry);
            if (audit.End(entry) is { } problem)
            {
                Problem(problem);
            }

            if (entry.Event!.Cost != entry.Amount.Cost)
            {
                Problem($"{entry.Amount.Cost} was posted for {entry.Attempt}, but its usage event costs {entry.Event.Cost}");
            }
        }

        // What it names has to be defined.
        _ = audit.ScopesOf(entry);
        if (entry.Seq <= rows.Projected)
        {
            ended.Add(entry.Attempt);
            report = report with { ProjectedEvents = report.ProjectedEvents + 1 };
            if (rows.OfEvent(entry) is { } wrong)
            {
                Problem(wrong);
            }
        }
    }

    private void CountEnd(JournalEntry entry)
    {
        var posted = entry.Kind == JournalKind.Post;
        report = report with
        {
            Posts = report.Posts + (posted ? 1 : 0),
            Voids = report.Voids + (posted ? 0 : 1),
            PostedNanos = report.PostedNanos + entry.Amount.Cost.Nanos,
            Estimated = report.Estimated + (entry.Marks.HasFlag(JournalMarks.Estimated) ? 1 : 0),
            Unconfirmed = report.Unconfirmed + (entry.Marks.HasFlag(JournalMarks.Unconfirmed) ? 1 : 0),
            Overage = report.Overage + (entry.Marks.HasFlag(JournalMarks.Overage) ? 1 : 0),
        };
    }

    private void TakeControl(JournalEntry entry)
    {
        using var document = JsonDocument.Parse(entry.Text!);
        if (objects.Take(document.RootElement, entry.At))
        {
            return;
        }

        audit.Control(entry);
        access.Take(document.RootElement);
        credentials.Take(document.RootElement);
        lists.Control(document.RootElement);
        slices.Take(document.RootElement);
    }

    private void TakeText(JournalEntry entry, Action<JournalEntry> take, string what)
    {
        try
        {
            take(entry);
        }
        catch (Exception exception)
            when (exception
                    is JsonException
                        or KeyNotFoundException
                        or ArgumentException
                        or FormatException
                        or InvalidOperationException
                        or TimeZoneNotFoundException
            )
        {
            Problem($"its {what} can't be read: {exception.Message}");
        }
    }

    /// <summary>What no single entry shows.</summary>
    private void CheckWhole()
    {
        var beside = rows.WithoutEntry(report.ProjectedEvents, ended.Contains)
            .Concat(audit.CompareBudgets())
            .Concat(audit.CompareMemberships())
            .Concat(access.Compare(connection))
            .Concat(credentials.Compare(connection))
            .Concat(lists.Compare(connection))
            .Concat(slices.Compare(connection))
            .Concat(objects.Compare(connection, newest))
            .Concat(rows.OfNoEntry())
            .Concat(adjustments.OfNoEntry())
            .Concat(LedgerSnapshots.Problem(connection) is { } snapshot ? [snapshot] : []);
        foreach (var problem in beside)
        {
            Add(problem);
        }

        // Entries that are wrong can't be carried out again; they come first.
        if (problemCount == 0 && SnapshotProblem() is { } wrong)
        {
            Add(wrong);
        }
    }

    /// <summary>Whether the balances that a start begins with aren't those that the entries give.</summary>
    private string? SnapshotProblem()
    {
        if (LedgerSnapshots.Load(connection) is not var (at, image))
        {
            return null;
        }

        try
        {
            var definitions = new Definitions(connection);
            var replayed = new LedgerState();
            new JournalReplay(connection, definitions, replayed).Run(0, at);
            return LedgerSnapshots.Differ(replayed, LedgerState.From(image, definitions.Scopes)) is { } budget
                ? $"the snapshot of entry {at}: the balance of {budget} isn't what the entries give"
                : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or ArgumentException)
        {
            return $"the snapshot of entry {at} can't be compared: {exception.Message}";
        }
    }

    private void ProblemsOf(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            Problem(text);
        }
    }

    private void Problem(string text, long? at = null) => Add(string.Create(CultureInfo.InvariantCulture, $"entry {at ?? seq}: {text}"));

    private void Add(string text)
    {
        problemCount++;
        if (problems.Count < LedgerReport.MostProblems)
        {
            problems.Add(text);
        }
    }
}
