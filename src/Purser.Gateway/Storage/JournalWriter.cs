using System.Buffers;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Gateway.Evaluations;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <summary>
/// Applies transfers to the <see cref="LedgerState"/> and appends them to the chained journal, in the transaction that the
/// <see cref="LedgerStore"/> has open. Owned by the writer's thread.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    // A start carries out this many entries, or eight for each balance, in a fraction of a second.
    private const int EntriesASnapshot = 65_536;
    private const int EntriesABalance = 8;

    private readonly sqlite3 database;
    private readonly List<Sql> statements = [];
    private readonly Sql begin;
    private readonly Sql commit;
    private readonly Sql insertEntry;
    private readonly Sql insertSubject;
    private readonly Sql insertRoute;
    private readonly Sql insertGrant;
    private readonly Sql insertUnconfirmed;
    private readonly Sql deleteUnconfirmed;
    private readonly Sql insertAdjusted;
    private readonly Sql saveSnapshot;
    private readonly InternTable subjects;
    private readonly InternTable routes;
    private readonly ArrayBufferWriter<byte> body = new(1024);
    private readonly TimeProvider clock;
    private readonly bool journalled;
    private readonly JournalChain chain = new();
    private readonly byte[] head = new byte[JournalChain.HashLength];
    private long headSeq;
    private long snapshotSeq;

    public JournalWriter(SqliteConnection connection, TimeProvider clock, bool journalled = true)
    {
        this.journalled = journalled;
        Connection = connection;
        this.clock = clock;
        database = connection.Handle!;
        begin = Prepare("BEGIN IMMEDIATE");
        commit = Prepare("COMMIT");
        insertEntry = Prepare("INSERT INTO journal VALUES(?,?,?)");
        insertSubject = Prepare($"INSERT INTO subjects(id, hash, {StoredSubject.Columns}) VALUES({Sql.Places(2 + StoredSubject.Length)})");
        insertRoute = Prepare($"INSERT INTO routes(id, hash, {StoredRoute.Columns}) VALUES({Sql.Places(2 + StoredRoute.Length)})");
        insertGrant = Prepare("INSERT OR IGNORE INTO grants VALUES(?,?,?,?)");
        insertUnconfirmed = Prepare("INSERT OR IGNORE INTO unconfirmed VALUES(?,?,?)");
        deleteUnconfirmed = Prepare("DELETE FROM unconfirmed WHERE request = ? AND attempt = ?");
        insertAdjusted = Prepare("INSERT INTO adjusted VALUES(?,?,?)");
        saveSnapshot = Prepare(LedgerSnapshots.Save);
        subjects = new InternTable(Prepare("SELECT id FROM subjects WHERE hash = ?"));
        routes = new InternTable(Prepare("SELECT id FROM routes WHERE hash = ?"));
        Definitions = new Definitions(connection);
        Objects = new ObjectWriter(Prepare, AppendControl, () => Now);
        Evaluations = new EvaluationWriter(Prepare);
        headSeq = JournalReader.Head(connection);
        JournalReader.Hash(connection, headSeq)?.CopyTo(head, 0);
    }

    /// <summary>The writer's connection, for the control plane's statements.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>What entries name.</summary>
    public Definitions Definitions { get; }

    /// <summary>What lives at providers.</summary>
    public ObjectWriter Objects { get; }

    /// <summary>How good answers were.</summary>
    public EvaluationWriter Evaluations { get; }

    /// <summary>The balances.</summary>
    public LedgerState State { get; private set; } = new();

    /// <summary>Accounts, keys and budgets after the newest entry. Null before the first start has been carried out.</summary>
    public ControlSnapshot? Control { get; set; }

    /// <summary>The newest entry's number.</summary>
    public long HeadSeq => Volatile.Read(ref headSeq);

    /// <summary>The present, by the ledger's high-water clock, to the microsecond: as exactly as entries have it.</summary>
    public DateTimeOffset Now => State.Advance(Whole(clock.GetUtcNow()));

    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(database, sql);
        if (code != raw.SQLITE_OK)
        {
            throw new IOException($"SQLite: {raw.sqlite3_errmsg(database).utf8_to_string()} (code {code}) at {sql}");
        }
    }

    /// <summary>Begins the transaction that what follows belongs to.</summary>
    public void BeginTransaction() => begin.Run();

    /// <summary>Makes it last.</summary>
    public void CommitTransaction() => commit.Run();

    /// <summary>Lets go of a transaction that failed; where even that fails, closing the connection does it.</summary>
    public void TryRollback() => _ = raw.sqlite3_exec(database, "ROLLBACK");

    /// <summary>Takes the balances of a start.</summary>
    /// <param name="state">The balances after the newest entry.</param>
    /// <param name="snapshot">The number of the entry after which there is a snapshot of them.</param>
    public void Begin(LedgerState state, long snapshot)
    {
        State = state;
        snapshotSeq = snapshot;
    }

    /// <summary>Reserves and journals, or refuses.</summary>
    public AdmissionResult Reserve(Admission admission)
    {
        var at = Later(admission.At);
        // What counts is whose it is when it's admitted: its request may have waited since it was read.
        Control = Control?.At(at);
        if ((Control is { } control ? control.Present(admission.Subject) : admission.Subject) is not { } subject)
        {
            return new AdmissionResult(new ReserveResult(ReserveStatus.NoMembership), []);
        }

        var scopes = subject.Scopes(admission.Route.Provider, admission.Route.Model);
        var result = State.Reserve(admission.Attempt, scopes, admission.Held, at);
        AppendRationed();
        if (result.Reservation is { } reservation && journalled)
        {
            (reservation.SubjectId, reservation.RouteId) = (SubjectId(subject), RouteId(admission.Route));
            Append(
                new JournalEntry
                {
                    Kind = JournalKind.Reserve,
                    Attempt = admission.Attempt,
                    SubjectId = reservation.SubjectId,
                    RouteId = reservation.RouteId,
                    AdmittedAt = Microseconds(State.HighWater),
                    Amount = admission.Held,
                }
            );
        }

        return new AdmissionResult(result, State.Balances(scopes, State.HighWater));
    }

    /// <summary>Holds more for an attempt under way and journals it, or refuses.</summary>
    public ReserveResult Extend(AttemptId attempt, Amount more, DateTimeOffset at)
    {
        var result = State.Extend(attempt, more, Later(at));
        AppendRationed();
        if (result.Refusing is { } refusing)
        {
            State.NoteRefusal(refusing);
        }
        else if (result.Status == ReserveStatus.Reserved && journalled)
        {
            Append(
                new JournalEntry
                {
                    Kind = JournalKind.Extend,
                    Attempt = attempt,
                    Amount = more,
                }
            );
        }

        return result;
    }

    /// <summary>Adds a grant and journals it.</summary>
    public bool Grant(Grant grant)
    {
        // As exactly as the entry has it.
        grant = grant with
        {
            From = Whole(grant.From),
            Until = grant.Until is { } until ? Whole(until) : null,
        };
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
        var reservation = State.Open.GetValueOrDefault(usageEvent.Attempt);
        var result = State.Post(usageEvent.Attempt, actual);
        if (result.Status == SettleStatus.Settled)
        {
            if (result.Overage.Cost.Nanos > 0)
            {
                usageEvent = usageEvent with { Marks = usageEvent.Marks | JournalMarks.Overage };
            }

            AppendEnd(JournalKind.Post, reservation!, actual, usageEvent);
        }

        return result;
    }

    /// <summary>Releases an attempt that no provider saw.</summary>
    public SettleResult Void(UsageEvent usageEvent)
    {
        var reservation = State.Open.GetValueOrDefault(usageEvent.Attempt);
        var result = State.Void(usageEvent.Attempt);
        if (result.Status == SettleStatus.Settled)
        {
            AppendEnd(JournalKind.Void, reservation!, Amount.Zero, usageEvent);
        }

        return result;
    }

    /// <summary>Corrects what was posted for an attempt, by the difference to what it really cost. It's no longer unconfirmed then.</summary>
    /// <param name="posted">The entry that posted it.</param>
    /// <param name="difference">What is added; negative where less was billed.</param>
    /// <param name="reason">Why and by whom, JSON.</param>
    public void Adjust(JournalEntry posted, Amount difference, string reason)
    {
        _ = Now;
        State.Adjust(Definitions.Scopes(posted.SubjectId, posted.RouteId), FromMicroseconds(posted.AdmittedAt), difference);
        AppendRationed();
        Append(
            new JournalEntry
            {
                Kind = JournalKind.Adjust,
                Attempt = posted.Attempt,
                SubjectId = posted.SubjectId,
                RouteId = posted.RouteId,
                AdmittedAt = posted.AdmittedAt,
                Amount = difference,
                Text = reason,
            }
        );
        insertAdjusted.Bind(posted.Attempt.Request).Bind(posted.Attempt.Attempt).Bind(HeadSeq).Run();
        deleteUnconfirmed.Bind(posted.Attempt.Request).Bind(posted.Attempt.Attempt).Run();
    }

    /// <summary>Keeps why a request was refused, and by which budget, if it was one. No money moved.</summary>
    public void RecordRefusal(Subject subject, Route route, UsageEvent usageEvent, BalanceSnapshot? refusing)
    {
        _ = Now;
        if (refusing is not null)
        {
            State.NoteRefusal(refusing);
        }

        if (journalled)
        {
            Append(
                new JournalEntry
                {
                    Kind = JournalKind.Refusal,
                    Attempt = usageEvent.Attempt,
                    SubjectId = SubjectId(subject),
                    RouteId = RouteId(route),
                    Event = usageEvent,
                }
            );
        }
    }

    /// <summary>Journals a change of the control plane.</summary>
    public void AppendControl(string text)
    {
        _ = Now;
        Append(new JournalEntry { Kind = JournalKind.Control, Text = text });
    }

    /// <summary>Adds a new budget, with what its scope has settled in its window.</summary>
    public void AddBudget(Budget budget) =>
        State.AddBudget(budget, new PastCharges(Connection, Definitions, HeadSeq).In(budget.Window, Now));

    /// <summary>Keeps the balances in the open transaction, if it's time.</summary>
    public void SaveSnapshotIfDue()
    {
        if (HeadSeq - snapshotSeq >= Math.Max(EntriesASnapshot, (long)EntriesABalance * State.LineCount))
        {
            SaveSnapshot();
        }
    }

    /// <summary>Keeps the balances in the open transaction.</summary>
    public void SaveSnapshot()
    {
        if (journalled && HeadSeq > snapshotSeq)
        {
            // What a rule granted when somebody only looked is in the balances already.
            AppendRationed();
            var state = LedgerSnapshots.Write(State.Capture());
            saveSnapshot.Bind(HeadSeq).Bind(head).Bind(LedgerSnapshots.Form).Bind(state).Run();
            Append(new JournalEntry { Kind = JournalKind.Snapshot, Text = LedgerSnapshots.Voucher(HeadSeq, LedgerSnapshots.Form, state) });
            snapshotSeq = HeadSeq;
        }
    }

    public static long Microseconds(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long at) => DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond);

    public void Dispose()
    {
        statements.ForEach(statement => statement.Dispose());
        chain.Dispose();
    }

    private static DateTimeOffset Whole(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % TimeSpan.TicksPerMicrosecond));

    private Sql Prepare(string text)
    {
        var statement = new Sql(database, text);
        statements.Add(statement);
        return statement;
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
        Append(new JournalEntry { Kind = JournalKind.Grant, Text = definition });
    }

    private void AppendEnd(JournalKind kind, Reservation reservation, Amount amount, UsageEvent usageEvent)
    {
        if (!journalled)
        {
            return;
        }

        Append(
            new JournalEntry
            {
                Kind = kind,
                Attempt = reservation.Id,
                SubjectId = reservation.SubjectId,
                RouteId = reservation.RouteId,
                AdmittedAt = Microseconds(reservation.AdmittedAt),
                Amount = amount,
                Event = usageEvent,
            }
        );
        if (usageEvent.Marks.HasFlag(JournalMarks.Unconfirmed))
        {
            insertUnconfirmed.Bind(reservation.Id.Request).Bind(reservation.Id.Attempt).Bind(HeadSeq).Run();
        }
    }

    private DateTimeOffset Later(DateTimeOffset at)
    {
        // Admissions carry the instant that their request was priced at; the queue may hold them a little out of order.
        at = Whole(at);
        return at > State.HighWater ? at : State.HighWater;
    }

    private void Append(in JournalEntry entry)
    {
        body.ResetWrittenCount();
        JournalCodec.Write(body, entry with { At = Microseconds(State.HighWater) });
        chain.Next(head, body.WrittenSpan, head);
        insertEntry.Bind(headSeq + 1).Bind(body.WrittenSpan).Bind(head).Run();
        Volatile.Write(ref headSeq, headSeq + 1);
    }

    private long SubjectId(Subject subject) =>
        subjects.Find(subject.Hash)
        ?? subjects.Add(subject.Hash, Define(JournalKind.Subject, StoredSubject.Of(subject).Texts, subject.Hash, insertSubject));

    private long RouteId(Route route) =>
        routes.Find(route.Hash) ?? routes.Add(route.Hash, Define(JournalKind.Route, StoredRoute.Of(route).Texts, route.Hash, insertRoute));

    private long Define(JournalKind kind, IReadOnlyList<string?> texts, ReadOnlySpan<byte> hash, Sql insert)
    {
        Append(new JournalEntry { Kind = kind, Definition = texts });
        insert.Bind(HeadSeq).Bind(hash);
        foreach (var text in texts)
        {
            insert.Bind(text);
        }

        insert.Run();
        return HeadSeq;
    }
}
