using Purser.Auditor;
using Purser.Core.Budgets;
using Purser.Core.Ledger;

namespace Purser.Simulation.Worlds;

/// <summary>
/// A ledger and its journal, which may crash before and after every write. What was written is told to the auditor; what was lost with a
/// crash never was.
/// </summary>
internal sealed class Node(Chance chance, int crashPercent, Action<string> trace)
{
    // Few, so that lines are forgotten all the time; a ledger that carries out the journal forgets others, at other times.
    private const int MostIdle = 6;

    private readonly List<(DateTimeOffset At, Action<LedgerState> Redo)> journal = [];
    private readonly JournalChain chain = new();
    private readonly List<ScopeSet> named = [];
    private (int Entries, LedgerImage Image)? snapshot;

    public LedgerState State { get; private set; } = new(MostIdle);

    public BudgetAuditor Auditor { get; } = new();

    /// <summary>What the journal says: every budget there is.</summary>
    public Dictionary<string, Budget> Budgets { get; } = [];

    /// <summary>What the journal says: every settlement and correction.</summary>
    public List<(AttemptId Id, PastCharge Charge)> Settled { get; } = [];

    /// <summary>What the journal says: every grant.</summary>
    public List<Grant> Grants { get; } = [];

    private long Now => Neutral.Micros(State.HighWater);

    /// <summary>What an operation did is written, after the grants that rules made for it, all in one write.</summary>
    /// <param name="redo">Does it again.</param>
    /// <param name="told">Tells of it.</param>
    /// <param name="entry">Its bytes in the hash chain, where it's in it.</param>
    public void Write(Action<LedgerState>? redo, Action? told, byte[]? entry = null)
    {
        var rationed = State.TakeRationed();
        if (rationed.Count == 0 && redo is null)
        {
            return;
        }

        if (chance.Percent(crashPercent))
        {
            trace("  crash before the write");
            Recover();
            return;
        }

        foreach (var grant in rationed)
        {
            WriteGrant(grant);
        }

        if (redo is not null)
        {
            journal.Add((State.HighWater, redo));
            told?.Invoke();
            if (entry is not null)
            {
                chain.Append(entry);
            }
        }

        if (chance.Percent(5))
        {
            TakeSnapshot();
        }

        if (chance.Percent(crashPercent))
        {
            trace("  crash after the write");
            Recover();
        }
    }

    /// <summary>What the auditor is told of a grant, from a rule or a person.</summary>
    public void Tell(Grant grant)
    {
        Grants.Add(grant);
        Auditor.Granted(Neutral.Of(grant, Budgets[grant.BudgetId]), Now);
    }

    /// <summary>Every figure is read and compared.</summary>
    public void Check(DateTimeOffset clock)
    {
        var figures = State.Balances(clock);
        foreach (var grant in State.TakeRationed())
        {
            WriteGrant(grant);
        }

        Auditor.Check([.. figures.Select(Neutral.Of)], State.Open.Keys.Select(id => id.ToString()), Now);
    }

    /// <summary>The journal carried out again gives the same figures, and once more does too.</summary>
    public void CheckReplay(DateTimeOffset clock)
    {
        var live = Figures(State.Balances(clock));
        foreach (var grant in State.TakeRationed())
        {
            WriteGrant(grant);
        }

        // From the beginning, once more, and from the newest snapshot.
        for (var i = 0; i < 3; i++)
        {
            var replayed = Replay(i == 2 ? snapshot : null);
            Same(live, Figures(replayed.Balances(State.HighWater)));
            if (!replayed.Open.Keys.ToHashSet().SetEquals(State.Open.Keys))
            {
                throw new AuditException("I4", "a replay has other attempts under way");
            }

            if (replayed.TakeRationed() is { Count: > 0 } again)
            {
                throw new AuditException("I4", $"a replay rations again: {again[0].Id}");
            }
        }
    }

    /// <summary>The hash chain is as it was written (I7).</summary>
    public void CheckChain()
    {
        if (ChainAuditor.FirstBad(chain.Entries) is { } bad)
        {
            throw new AuditException("I7", $"entry {bad} isn't what was written");
        }
    }

    private void WriteGrant(Grant grant)
    {
        var at = State.HighWater;
        trace($"  rationed {grant.Id}: {grant.Amount} from {grant.From:u}");
        journal.Add((at, state => state.AddGrant(grant, at)));
        Tell(grant);
    }

    /// <summary>The balances as they are now, with all that was written.</summary>
    private void TakeSnapshot()
    {
        foreach (var reservation in State.Open.Values)
        {
            reservation.SubjectId = named.Count;
            named.Add(reservation.Scopes);
        }

        snapshot = (journal.Count, State.Capture());
    }

    private LedgerState Replay((int Entries, LedgerImage Image)? from)
    {
        var mostIdle = chance.Of([1, 3, MostIdle, 4096]);
        var state = from is { } start
            ? LedgerState.From(start.Image, (subject, _) => named[(int)subject], mostIdle)
            : new LedgerState(mostIdle);
        state.Replaying = true;
        foreach (var (at, redo) in journal.Skip(from?.Entries ?? 0))
        {
            state.Advance(at);
            redo(state);
        }

        return state;
    }

    private void Recover()
    {
        State = Replay(chance.Percent(50) ? snapshot : null);
        State.TakeCrossings();
        State.Replaying = false;
        if (State.TakeRationed() is { Count: > 0 } again)
        {
            throw new AuditException("I4", $"a replay rations again: {again[0].Id}");
        }

        Auditor.Recovered(State.Open.Keys.Select(id => id.ToString()));
        if (chance.Percent(50))
        {
            return;
        }

        // There may be a crash in the middle of this as well.
        while (State.Open.Values.MinBy(open => open.Id.Request) is { } reservation)
        {
            var id = reservation.Id;
            trace($"  {id.Request.ToString("N")[..8].TrimStart('0')} is posted unconfirmed");
            Post(id, reservation.Scopes, reservation.AdmittedAt, reservation.Held, JournalMarks.Unconfirmed);
        }
    }

    /// <summary>Posts an attempt that is under way, and writes it.</summary>
    public void Post(AttemptId id, ScopeSet scopes, DateTimeOffset admittedAt, Amount actual, JournalMarks marks)
    {
        if (State.Post(id, actual).Status != SettleStatus.Settled)
        {
            throw new AuditException("I3", $"{id} is under way and can't be settled");
        }

        Write(
            state => state.Post(id, actual),
            () =>
            {
                Settled.Add((id, new PastCharge(scopes, admittedAt, actual)));
                Auditor.Posted(id.ToString(), Neutral.Of(actual), Now);
            },
            JournalChain.Entry(JournalKind.Post, id, actual, admittedAt, State.HighWater, marks)
        );
    }

    private static Dictionary<(string, BudgetScope), (WindowSpan, long, long, long)> Figures(IReadOnlyList<BalanceSnapshot> balances) =>
        balances
            // What "each" stands for has no line before it is used, and an unused one looks like none.
            .Where(balance =>
                !balance.Budget.Scope.IsEach || balance is not { Posted: 0, Pending: 0 } || balance.Limit != balance.Budget.Limit
            )
            .ToDictionary(
                balance => (balance.Budget.Id, balance.Instance),
                balance => (balance.Window, balance.Posted, balance.Pending, balance.Limit)
            );

    private static void Same(
        Dictionary<(string, BudgetScope), (WindowSpan, long, long, long)> live,
        Dictionary<(string, BudgetScope), (WindowSpan, long, long, long)> replayed
    )
    {
        foreach (var key in live.Keys.Union(replayed.Keys))
        {
            var (was, now) = (live.GetValueOrDefault(key), replayed.GetValueOrDefault(key));
            if (was != now)
            {
                throw new AuditException("I4", $"{key} was {was}, and after a replay it is {now}");
            }
        }
    }
}
