using System.Text;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Usage;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <summary>
/// Applies transfers to the <see cref="LedgerState"/> and appends them to the chained journal, in the transaction that the
/// <see cref="LedgerStore"/> has open. Owned by the writer's thread.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    // How far a restart has to look back for attempts under way is noted this often.
    private const int ScanMarkInterval = 1024;

    private readonly sqlite3 database;
    private readonly Sql insertEntry;
    private readonly Sql insertEvent;
    private readonly Sql insertSubject;
    private readonly Sql insertRoute;
    private readonly Sql insertGrant;
    private readonly Sql insertAnchor;
    private readonly Sql scanMark;
    private readonly Sql lastId;
    private readonly Sql findSubject;
    private readonly Sql findRoute;
    private readonly InternTable subjects;
    private readonly InternTable routes;
    private readonly Dictionary<AttemptId, OpenAttempt> open = [];
    private readonly TimeProvider clock;
    private readonly bool journalled;
    private readonly byte[] head = new byte[32];

    public JournalWriter(SqliteConnection connection, TimeProvider clock, bool journalled = true)
    {
        this.journalled = journalled;
        Connection = connection;
        this.clock = clock;
        database = connection.Handle!;
        insertEntry = new Sql(database, $"INSERT INTO journal VALUES({string.Join(',', Enumerable.Repeat('?', 19))})");
        insertEvent = new Sql(database, $"INSERT OR IGNORE INTO usage_events VALUES({string.Join(',', Enumerable.Repeat('?', 29))})");
        insertSubject = new Sql(database, "INSERT INTO subjects VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?)");
        insertRoute = new Sql(database, "INSERT INTO routes VALUES(NULL,?,?,?,?,?,?,?)");
        insertGrant = new Sql(database, "INSERT OR IGNORE INTO grants VALUES(?,?,?,?)");
        insertAnchor = new Sql(database, "INSERT OR REPLACE INTO anchors VALUES(?,?,?)");
        scanMark = new Sql(database, "INSERT OR REPLACE INTO meta VALUES('open_since', ?)");
        lastId = new Sql(database, "SELECT last_insert_rowid()");
        findSubject = new Sql(database, "SELECT id FROM subjects WHERE hash = ?");
        findRoute = new Sql(database, "SELECT id FROM routes WHERE hash = ?");
        subjects = new InternTable(findSubject, lastId);
        routes = new InternTable(findRoute, lastId);
        ReadHead();
    }

    /// <summary>The writer's connection, for the control plane's statements.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>The balances.</summary>
    public LedgerState State { get; } = new();

    /// <summary>The newest entry's number.</summary>
    public long HeadSeq { get; private set; }

    /// <summary>The present, by the ledger's high-water clock.</summary>
    public DateTimeOffset Now => State.Advance(clock.GetUtcNow());

    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(database, sql);
        if (code != raw.SQLITE_OK)
        {
            throw new IOException($"SQLite: {raw.sqlite3_errmsg(database).utf8_to_string()} (code {code}) at {sql}");
        }
    }

    /// <summary>Lets go of a transaction that failed; where even that fails, closing the connection does it.</summary>
    public void TryRollback() => _ = raw.sqlite3_exec(database, "ROLLBACK");

    /// <summary>Reserves and journals, or refuses.</summary>
    public AdmissionResult Reserve(Admission admission)
    {
        var scopes = admission.Subject.Scopes(admission.Route.Provider, admission.Route.Model);
        var result = State.Reserve(admission.Attempt, scopes, admission.Held, Later(admission.At));
        AppendRationed();
        if (result.Status == ReserveStatus.Reserved)
        {
            KeepAnchors();
            var subject = SubjectId(admission.Subject);
            var route = RouteId(admission.Route);
            var admittedAt = Microseconds(State.HighWater);
            open.Add(
                admission.Attempt,
                new OpenAttempt(HeadSeq + 1, subject, admission.Subject.Hash.ToArray(), route, admission.Route.Hash.ToArray(), admittedAt)
            );
            Append(JournalKind.Reserve, admission.Attempt, open[admission.Attempt], admission.Held, JournalMarks.None, default);
        }

        return new AdmissionResult(result, State.Balances(scopes, State.HighWater));
    }

    /// <summary>Holds more for an attempt under way and journals it, or refuses.</summary>
    public ReserveResult Extend(AttemptId attempt, Amount more, DateTimeOffset at)
    {
        var result = State.Extend(attempt, more, Later(at));
        AppendRationed();
        if (result.Status == ReserveStatus.Reserved)
        {
            Append(JournalKind.Extend, attempt, open[attempt], more, JournalMarks.None, default);
        }

        return result;
    }

    /// <summary>Adds a grant and journals it.</summary>
    public bool Grant(Grant grant)
    {
        var added = State.AddGrant(grant, Now);
        AppendRationed();
        if (added)
        {
            AppendGrant(grant);
        }

        return added;
    }

    /// <summary>Posts an attempt's actual cost with its usage event; the second time changes nothing.</summary>
    public SettleResult Post(UsageEvent usageEvent, Amount actual)
    {
        var result = State.Post(usageEvent.Attempt, actual);
        if (result.Status == SettleStatus.Settled)
        {
            if (result.Overage.Cost.Nanos > 0)
            {
                usageEvent = usageEvent with { Marks = usageEvent.Marks | JournalMarks.Overage };
            }

            Append(JournalKind.Post, usageEvent.Attempt, open[usageEvent.Attempt], actual, usageEvent.Marks, usageEvent.Hash());
            Close(usageEvent);
        }

        return result;
    }

    /// <summary>Releases an attempt that no provider saw.</summary>
    public SettleResult Void(UsageEvent usageEvent)
    {
        var result = State.Void(usageEvent.Attempt);
        if (result.Status == SettleStatus.Settled)
        {
            Append(JournalKind.Void, usageEvent.Attempt, open[usageEvent.Attempt], Amount.Zero, usageEvent.Marks, usageEvent.Hash());
            Close(usageEvent);
        }

        return result;
    }

    /// <summary>Corrects what was posted for an attempt, by the difference to what it really cost.</summary>
    /// <param name="attempt">The attempt; it was settled before.</param>
    /// <param name="record">Its subject, route and admission.</param>
    /// <param name="scopes">What it counted under.</param>
    /// <param name="difference">What is added; negative where less was billed.</param>
    /// <param name="reason">Why and by whom, JSON.</param>
    public void Adjust(AttemptId attempt, OpenAttempt record, ScopeSet scopes, Amount difference, ReadOnlyMemory<byte> reason)
    {
        _ = Now;
        State.Adjust(scopes, FromMicroseconds(record.AdmittedAt), difference);
        AppendRationed();
        Append(JournalKind.Adjust, attempt, record, difference, JournalMarks.None, reason);
    }

    /// <summary>Keeps why a request was refused. No money moved, so the journal has nothing to say.</summary>
    public void RecordRefusal(Subject subject, Route route, UsageEvent usageEvent) =>
        InsertEvent(usageEvent, SubjectId(subject), RouteId(route));

    /// <summary>Journals a change of the control plane.</summary>
    public void AppendControl(ReadOnlyMemory<byte> text)
    {
        _ = Now;
        Append(JournalKind.Control, default, default, Amount.Zero, JournalMarks.None, text);
    }

    /// <summary>Puts back an attempt that was under way when the process ended.</summary>
    public void Restore(AttemptId attempt, ScopeSet scopes, Amount held, OpenAttempt record)
    {
        State.Restore(attempt, scopes, held, FromMicroseconds(record.AdmittedAt));
        open.Add(attempt, record);
    }

    public static long Microseconds(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long at) => DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond);

    public void Dispose()
    {
        foreach (
            var sql in (Sql[])
                [insertEntry, insertEvent, insertSubject, insertRoute, insertGrant, insertAnchor, scanMark, lastId, findSubject, findRoute]
        )
        {
            sql.Dispose();
        }
    }

    /// <summary>What rules granted comes before the entry that it made room for, so that a replay finds the room.</summary>
    private void AppendRationed()
    {
        if (State.Rationed.Count > 0)
        {
            foreach (var grant in State.TakeRationed())
            {
                AppendGrant(grant);
            }
        }
    }

    private void AppendGrant(Grant grant)
    {
        var definition = BudgetJson.Write(grant);
        insertGrant.Bind(grant.Id).Bind(grant.BudgetId).Bind(definition).Bind(Microseconds(State.HighWater)).Run();
        Append(JournalKind.Grant, default, default, Amount.Zero, JournalMarks.None, Encoding.UTF8.GetBytes(definition));
    }

    private void KeepAnchors()
    {
        foreach (var window in State.TakeAnchored())
        {
            insertAnchor.Bind(window.BudgetId).Bind(window.Instance.ToString()).Bind(Microseconds(window.Start)).Run();
        }
    }

    private DateTimeOffset Later(DateTimeOffset at)
    {
        // Admissions carry the instant that their request was priced at; the queue may hold them a little out of order.
        return at > State.HighWater ? at : State.HighWater;
    }

    private void Append(
        JournalKind kind,
        AttemptId attempt,
        OpenAttempt record,
        Amount amount,
        JournalMarks marks,
        ReadOnlyMemory<byte> detail
    )
    {
        if (!journalled && attempt != default)
        {
            return;
        }

        var entry = new JournalEntry
        {
            Seq = HeadSeq + 1,
            At = Microseconds(State.HighWater),
            Kind = kind,
            Attempt = attempt,
            SubjectId = record.SubjectId,
            SubjectHash = record.SubjectHash,
            RouteId = record.RouteId,
            RouteHash = record.RouteHash,
            AdmittedAt = record.AdmittedAt,
            Amount = amount,
            Marks = marks,
            Detail = detail,
        };
        Span<byte> hash = stackalloc byte[32];
        entry.ComputeHash(head, hash);
        insertEntry.Bind(entry.Seq).Bind(entry.At).Bind((long)entry.Kind);
        _ = attempt == default ? insertEntry.Bind((string?)null) : insertEntry.Bind(attempt.Request);
        insertEntry
            .Bind(attempt.Attempt)
            .Bind(entry.SubjectId)
            .Bind(entry.RouteId)
            .Bind(entry.AdmittedAt)
            .Bind(amount.Cost.Nanos)
            .Bind(amount.Tokens)
            .Bind(amount.Requests)
            .Bind(amount.Parts.Input)
            .Bind(amount.Parts.CacheRead)
            .Bind(amount.Parts.CacheWrite)
            .Bind(amount.Parts.Output)
            .Bind(amount.Parts.Reasoning)
            .Bind((long)marks)
            .Bind(detail.Span)
            .Bind(hash)
            .Run();
        hash.CopyTo(head);
        HeadSeq = entry.Seq;
        if (HeadSeq % ScanMarkInterval == 0)
        {
            var since = open.Count == 0 ? HeadSeq : open.Values.Min(attempt => attempt.Seq);
            scanMark.Bind(since.ToString(System.Globalization.CultureInfo.InvariantCulture)).Run();
        }
    }

    private void Close(UsageEvent usageEvent)
    {
        open.Remove(usageEvent.Attempt, out var record);
        InsertEvent(usageEvent, record.SubjectId, record.RouteId);
    }

    private void InsertEvent(UsageEvent usageEvent, long subject, long route)
    {
        if (!journalled)
        {
            return;
        }

        insertEvent
            .Bind(usageEvent.Attempt.Request)
            .Bind(usageEvent.Attempt.Attempt)
            .Bind(subject)
            .Bind(route)
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

    private long SubjectId(Subject subject) =>
        subjects.IdOf(
            subject,
            subject.Hash,
            row =>
                insertSubject
                    .Bind(row.Hash)
                    .Bind(row.KeyId)
                    .Bind(row.AccountPath())
                    .Bind(row.AccountOf(AccountKind.Organization))
                    .Bind(row.AccountOf(AccountKind.Department))
                    .Bind(row.AccountOf(AccountKind.Team))
                    .Bind(row.AccountOf(AccountKind.Project))
                    .Bind(row.AccountOf(AccountKind.Member))
                    .Bind(row.EndUser)
                    .Bind(row.Session)
                    .Bind(row.Agent)
                    .Bind(row.TagText())
                    .Run()
        );

    private long RouteId(Route route) =>
        routes.IdOf(
            route,
            route.Hash,
            row =>
                insertRoute
                    .Bind(row.Hash)
                    .Bind(row.Api)
                    .Bind(row.ModelRequested)
                    .Bind(row.Provider)
                    .Bind(row.Model)
                    .Bind(row.PriceEntry)
                    .Bind(row.PriceBookVersion)
                    .Run()
        );

    private void ReadHead()
    {
        using var command = Connection.CreateCommand();
        command.CommandText = "SELECT seq, at, hash FROM journal ORDER BY seq DESC LIMIT 1";
        using var reader = command.ExecuteReader();
        if (reader.Read())
        {
            HeadSeq = reader.GetInt64(0);
            State.Advance(FromMicroseconds(reader.GetInt64(1)));
            reader.GetFieldValue<byte[]>(2).CopyTo(head, 0);
        }
    }
}

/// <summary>What the writer remembers of an attempt until it's settled.</summary>
internal readonly record struct OpenAttempt(long Seq, long SubjectId, byte[] SubjectHash, long RouteId, byte[] RouteHash, long AdmittedAt);
