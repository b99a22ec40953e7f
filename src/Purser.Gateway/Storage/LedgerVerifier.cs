using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// Checks a data folder's ledger from its rows alone, whether or not a gateway is running on it:
/// 1. what entries name (subjects, routes) still has the hash it is named by;
/// 2. the journal is one chain without a gap, each entry with the hash of its content;
/// 3. each attempt was reserved once and ended at most once, with the usage event that its entry has the hash of, at its cost;
/// 4. each reservation fitted into every budget then in force;
/// 5. no usage event of an attempt lacks its entry, and the budgets' rows are those that the journal records.
/// </summary>
public sealed class LedgerVerifier
{
    private const int ProgressInterval = 8192;
    private const int MostSubjectsRemembered = 65_536;
    private readonly SqliteConnection connection;
    private readonly LimitAudit audit;
    private readonly List<string> problems = [];
    private readonly byte[] head = new byte[32];
    private Dictionary<long, string> badSubjects = [];
    private Dictionary<long, string> badRoutes = [];
    private readonly HashSet<long> checkedSubjects = [];
    private long problemCount;
    private long seq;
    private LedgerReport report = new();

    private LedgerVerifier(SqliteConnection connection)
    {
        this.connection = connection;
        audit = new LimitAudit(connection);
    }

    /// <summary>Verifies the ledger of a data folder, as of one moment. Changes nothing.</summary>
    /// <param name="dataDirectory">The folder that holds <c>purser.db</c>.</param>
    /// <param name="progress">Is told how many entries of how many are done, now and then; null for nobody.</param>
    /// <exception cref="FileNotFoundException">There is no ledger in the folder.</exception>
    /// <exception cref="InvalidDataException">The file is no database that this version can read.</exception>
    public static LedgerReport Verify(string dataDirectory, Action<long, long>? progress = null)
    {
        using var connection = LedgerReader.Open(dataDirectory);
        using var transaction = connection.BeginTransaction(deferred: true);
        try
        {
            return new LedgerVerifier(connection).Run(progress);
        }
        catch (SqliteException exception)
        {
            throw new InvalidDataException($"The database in {dataDirectory} can't be read: {exception.Message}", exception);
        }
    }

    private LedgerReport Run(Action<long, long>? progress)
    {
        var total = Count("SELECT COUNT(*) FROM journal");
        badSubjects = FindAltered(
            "SELECT id, hash, key_id, account_path, end_user, session, agent, tags FROM subjects",
            row => Subject.HashOf(Text(row, 2)!, Text(row, 3)!, Text(row, 4), Text(row, 5), Text(row, 6), Text(row, 7)!)
        );
        badRoutes = FindAltered(
            "SELECT id, hash, api, model_requested, provider, model, price_entry, price_book_version FROM routes",
            row => new Route(Text(row, 2)!, Text(row, 3)!, Text(row, 4)!, Text(row, 5)!, Text(row, 6)!, Text(row, 7)!).Hash.ToArray()
        );
        using var command = connection.CreateCommand();
        command.CommandText = LedgerReader.EntriesWithEvents;
        using var row = command.ExecuteReader();
        long events = 0;
        while (row.Read())
        {
            try
            {
                events += CheckEntry(row) ? 1 : 0;
            }
            catch (Exception exception)
                when (exception is InvalidCastException or InvalidOperationException or ArgumentException or OverflowException)
            {
                seq = row.IsDBNull(0) ? seq : row.GetInt64(0);
                Problem($"it can't be read: {exception.Message}");
            }

            if (report.Entries % ProgressInterval == 0)
            {
                progress?.Invoke(report.Entries, total);
            }
        }

        progress?.Invoke(report.Entries, total);
        CheckWhole(events);
        return report with
        {
            HeadHash = Convert.ToHexStringLower(head),
            OpenReservations = audit.Open,
            LimitChecks = audit.Checks,
            Refusals = Count("SELECT COUNT(*) FROM usage_events WHERE attempt = 0"),
            ProblemCount = problemCount,
            Problems = problems,
        };
    }

    /// <summary>Checks one row; true where it has its usage event.</summary>
    private bool CheckEntry(SqliteDataReader row)
    {
        var entry = LedgerReader.Entry(row);
        CheckChain(entry, row.GetFieldValue<byte[]>(LedgerReader.HashColumn));
        report = report with { Entries = report.Entries + 1 };
        if (entry.Kind == JournalKind.Control)
        {
            report = report with { ControlChanges = report.ControlChanges + 1 };
            TakeControl(entry);
            return false;
        }

        if (entry.Kind == JournalKind.Grant)
        {
            report = report with { Grants = report.Grants + 1 };
            TakeGrant(entry);
            return false;
        }

        if (row.IsDBNull(LedgerReader.KeyIdColumn) || entry.RouteHash.IsEmpty)
        {
            Problem($"the {(entry.RouteHash.IsEmpty ? "route" : "subject")} that it names is missing");
            return false;
        }

        CheckNamed(entry, row);
        if (entry.Kind == JournalKind.Reserve)
        {
            report = report with { Reserves = report.Reserves + 1 };
            ProblemsOf(audit.Reserve(entry, ScopesOf(row)));
            return false;
        }

        if (entry.Kind == JournalKind.Extend)
        {
            report = report with { Extensions = report.Extensions + 1 };
            ProblemsOf(audit.Extend(entry));
            return false;
        }

        if (entry.Kind == JournalKind.Adjust)
        {
            report = report with { Adjustments = report.Adjustments + 1, PostedNanos = report.PostedNanos + entry.Amount.Cost.Nanos };
            audit.Adjust(entry, ScopesOf(row));
            return false;
        }

        if (audit.End(entry) is { } problem)
        {
            Problem(problem);
        }

        CountEnd(entry);
        return CheckEvent(entry, row);
    }

    private void CheckChain(JournalEntry entry, byte[] stored)
    {
        var expected = seq + 1;
        seq = entry.Seq;
        if (entry.Seq != expected)
        {
            Problem($"a gap before it: entry {expected} is missing", expected);
        }
        else
        {
            Span<byte> hash = stackalloc byte[32];
            entry.ComputeHash(head, hash);
            if (!hash.SequenceEqual(stored))
            {
                Problem("the chain is broken: its content, or the order, isn't what was written");
            }
        }

        // From here on the chain is followed as it's stored, so that each altered entry is named and not all that come after it.
        stored.AsSpan(0, Math.Min(32, stored.Length)).CopyTo(head);
    }

    private void CheckNamed(JournalEntry entry, SqliteDataReader row)
    {
        if (badSubjects.Remove(entry.SubjectId, out var problem))
        {
            Problem($"its subject (row {entry.SubjectId}) {problem}");
        }

        if (badRoutes.Remove(entry.RouteId, out problem))
        {
            Problem($"its route (row {entry.RouteId}) {problem}");
        }

        if (checkedSubjects.Add(entry.SubjectId))
        {
            CheckGrouping(entry, row);
        }

        if (checkedSubjects.Count > MostSubjectsRemembered)
        {
            checkedSubjects.Clear();
        }
    }

    /// <summary>The columns that reports group by follow from the path and from the kinds that the journal gave its accounts.</summary>
    private void CheckGrouping(JournalEntry entry, SqliteDataReader row)
    {
        var path = row.GetString(LedgerReader.AccountPathColumn).Split('/');
        for (var kind = AccountKind.Organization; kind <= AccountKind.Member; kind++)
        {
            var column = LedgerReader.OrganizationColumn + (int)kind;
            var stored = row.IsDBNull(column) ? null : row.GetString(column);
            if (stored != Array.Find(path, id => audit.KindOf(id) == kind))
            {
                Problem(
                    $"its subject (row {entry.SubjectId}) was altered: '{stored}' isn't the {kind.ToString().ToLowerInvariant()} of its path"
                );
            }
        }
    }

    private bool CheckEvent(JournalEntry entry, SqliteDataReader row)
    {
        if (LedgerReader.Event(row, entry.Attempt) is not { } usageEvent)
        {
            Problem($"the usage event of {entry.Attempt} is missing");
            return false;
        }

        if (
            !usageEvent.Hash().AsSpan().SequenceEqual(entry.Detail.Span)
            || row.GetInt64(LedgerReader.EventSubjectColumn) != entry.SubjectId
            || row.GetInt64(LedgerReader.EventSubjectColumn + 1) != entry.RouteId
        )
        {
            Problem($"the usage event of {entry.Attempt} was altered");
        }

        if (usageEvent.Cost != entry.Amount.Cost)
        {
            Problem($"{entry.Amount.Cost} was posted for {entry.Attempt}, but its usage event costs {usageEvent.Cost}");
        }

        return true;
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

    private static HashSet<string> ScopesOf(SqliteDataReader row) =>
        LimitAudit.ScopesOf(
            row,
            LedgerReader.KeyIdColumn,
            LedgerReader.AccountPathColumn,
            LedgerReader.MemberColumn,
            LedgerReader.SessionColumn,
            LedgerReader.TagsColumn,
            LedgerReader.ProviderColumn,
            LedgerReader.ModelColumn
        );

    private void TakeControl(JournalEntry entry) => TakeText(entry, audit.Control, "change of the control plane");

    private void TakeGrant(JournalEntry entry) => TakeText(entry, audit.Grant, "grant");

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
    private void CheckWhole(long matchedEvents)
    {
        ProblemsWhere(
            "SELECT request, attempt FROM journal WHERE kind = 1 GROUP BY request, attempt HAVING COUNT(*) > 1",
            "was reserved more than once"
        );
        if (Count("SELECT COUNT(*) FROM usage_events WHERE attempt > 0") != matchedEvents)
        {
            ProblemsWhere(
                "SELECT request, attempt FROM usage_events WHERE attempt > 0 EXCEPT SELECT request, attempt FROM journal WHERE kind IN (2, 3)",
                "has a usage event, but no entry that ends it"
            );
        }

        foreach (var problem in audit.CompareBudgets())
        {
            Add(problem);
        }
    }

    private void ProblemsWhere(string sql, string what)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            Add($"{new AttemptId(new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true), row.GetByte(1))} {what}");
        }
    }

    private Dictionary<long, string> FindAltered(string sql, Func<SqliteDataReader, byte[]> hash)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var altered = new Dictionary<long, string>();
        while (row.Read())
        {
            if (!row.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(hash(row)))
            {
                altered[row.GetInt64(0)] = "was altered: its content doesn't have the hash that it is named by";
            }
        }

        return altered;
    }

    private long Count(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static string? Text(SqliteDataReader row, int column) => LedgerReader.Text(row, column);

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
