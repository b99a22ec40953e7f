using System.Globalization;
using Purser.Auditor;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Simulation.Worlds;

/// <summary>One random history of a ledger, which its seed determines.</summary>
public sealed class World
{
    private readonly Chance chance;
    private readonly Scenery scenery;
    private readonly Node node;
    private readonly Action<string> trace;
    private readonly HashSet<AttemptId> corrected = [];

    // In some worlds nobody looks for a while: what is worked out late must be the same.
    private readonly int checkPercent;
    private DateTimeOffset clock;
    private int attempts;
    private int grants;

    private World(ulong seed, Action<string> trace)
    {
        this.trace = trace;
        chance = new Chance(seed);
        scenery = new Scenery(chance);
        node = new Node(chance, crashPercent: (int)chance.Of([0L, 2, 8]), trace);
        checkPercent = (int)chance.Of([100L, 100, 100, 12]);
        clock = scenery.Start;
    }

    private LedgerState State => node.State;

    private long Now => Neutral.Micros(State.HighWater);

    /// <summary>Lives through a world.</summary>
    /// <param name="seed">Which one.</param>
    /// <param name="steps">Takes what happens, a line each; null where nobody reads it.</param>
    /// <returns>The auditor's words on the first thing that is wrong, or null.</returns>
    public static string? Run(long seed, List<string>? steps = null)
    {
        try
        {
            new World((ulong)seed, steps is null ? _ => { } : steps.Add).Live();
            return null;
        }
        catch (Exception wrong)
            when (wrong
                    is AuditException
                        or OverflowException
                        or InvalidOperationException
                        or ArgumentException
                        or KeyNotFoundException
                        or NullReferenceException
            )
        {
            steps?.Add(wrong.ToString());
            return wrong.Message;
        }
    }

    private void Live()
    {
        State.Advance(clock);
        foreach (var budget in scenery.First())
        {
            Add(budget);
        }

        node.Auditor.Mirror("bud_parent", "bud_children");
        node.Auditor.Root("bud_root");
        var steps = chance.Of(20, 110);
        for (var i = 0; i < steps; i++)
        {
            Step();
            if (chance.Percent(checkPercent))
            {
                node.Check(clock);
            }

            if (i % 16 == 15)
            {
                node.CheckReplay(clock);
            }
        }

        End();
    }

    /// <summary>All that is under way ends, and nothing is left held.</summary>
    private void End()
    {
        while (State.Open.Count > 0)
        {
            Post(State.Open.Values.First());
        }

        node.Check(clock);
        node.CheckReplay(clock);
        node.CheckChain();
        if (State.Balances(clock).FirstOrDefault(balance => balance.Pending != 0) is { } leaked)
        {
            throw new AuditException("I3", $"{leaked.Budget.Id} holds {leaked.Pending} of nobody");
        }
    }

    private void Step()
    {
        MoveClock();
        switch (chance.Of(1, 100))
        {
            case <= 36:
                Reserve();
                break;
            case <= 50 when State.Open.Count > 0:
                Extend(AnyOpen());
                break;
            case <= 68 when State.Open.Count > 0:
                Post(AnyOpen());
                break;
            case <= 73 when State.Open.Count > 0:
                Void(AnyOpen());
                break;
            case <= 78:
                Repeat();
                break;
            case <= 85:
                Grant();
                break;
            case <= 89:
                Change();
                break;
            case <= 92:
                Add(scenery.NewBudget());
                break;
            case <= 93:
                Remove();
                break;
            case <= 96:
                Adjust();
                break;
            default:
                trace("read");
                State.Balances(scenery.NewRoute(), clock);
                node.Write(null, null);
                break;
        }
    }

    private void MoveClock()
    {
        var micros = chance.Of(1, 100) switch
        {
            <= 30 => 0,
            <= 60 => chance.Of(0, 60_000_000),
            <= 75 => chance.Of(0, 5_400_000_000),
            <= 88 => chance.Of(3_600_000_000, 110_000_000_000),
            <= 91 => chance.Of(0, 3_500_000_000_000),
            <= 94 => ToForgetting(),
            _ => -chance.Of(0, 260_000_000_000),
        };
        clock = clock.AddTicks(micros * 10);
        if (micros != 0)
        {
            trace(string.Create(CultureInfo.InvariantCulture, $"clock {clock:yyyy-MM-dd HH:mm:ss.ffffff}"));
        }
    }

    /// <summary>How long it is until a rolling window is about to forget something that was settled; 0 where none is.</summary>
    private long ToForgetting()
    {
        var windows = node.Budgets.Values.Select(budget => budget.Window).Where(window => window.Kind == WindowKind.Rolling).ToList();
        if (windows.Count == 0 || node.Settled.Count == 0)
        {
            return 0;
        }

        var (window, (_, charge)) = (chance.Of(windows), chance.Of(node.Settled));
        var near = charge.AdmittedAt + window.Length + (window.Granularity * (chance.Of(0, 128) / 128.0));
        return Math.Max(0, (near - clock).Ticks / 10);
    }

    private Reservation AnyOpen() => chance.Of([.. State.Open.Values.OrderBy(open => open.Id.Request)]);

    private void Reserve()
    {
        var id = new AttemptId(new Guid(++attempts, 0, 0, new byte[8]), 1);
        var (scopes, amount, now) = (scenery.NewRoute(), scenery.NewAmount(chance.Of([10L, 60, 200])), clock);
        if (chance.Percent(3))
        {
            amount = amount with { Cost = Money.MaxValue };
        }

        var result = State.Reserve(id, scopes, amount, now);
        trace($"reserve {attempts}: {Say(amount)} under {string.Join(' ', scopes.Scopes)}: {Say(result)}");
        if (result.Status == ReserveStatus.Reserved)
        {
            node.Write(
                state => Expect(state.Reserve(id, scopes, amount, now)),
                () => node.Auditor.Reserved(id.ToString(), Neutral.Of(scopes), Neutral.Of(amount), Now),
                JournalChain.Entry(JournalKind.Reserve, id, amount, State.HighWater, State.HighWater)
            );
            return;
        }

        var refused = State;
        node.Write(null, null);
        // After a crash it would be another ledger's refusal.
        if (refused == State && result.Refusing is { } refusing && node.Budgets.ContainsKey(refusing.Budget.Id))
        {
            node.Auditor.Refused(refusing.Budget.Id, refusing.Instance.ToString(), Neutral.Of(scopes), Neutral.Of(amount), Now);
        }
    }

    private void Extend(Reservation open)
    {
        var (id, more, now) = (open.Id, scenery.NewAmount(chance.Of([10L, 60])) with { Requests = 0 }, clock);
        var result = State.Extend(id, more, now);
        trace($"extend {Say(id)}: {Say(more)}: {Say(result)}");
        var extended = result.Status == ReserveStatus.Reserved;
        node.Write(
            extended ? state => Expect(state.Extend(id, more, now)) : null,
            () => node.Auditor.Extended(id.ToString(), Neutral.Of(more), Now)
        );
    }

    private void Post(Reservation open)
    {
        var actual = chance.Of(1, 10) switch
        {
            <= 6 => Part(open.Held, chance.Of(0, 100)),
            <= 8 => open.Held,
            _ => open.Held.Cost.Nanos > 1_000_000 ? open.Held : open.Held + scenery.NewAmount(40),
        };
        State.Advance(clock);
        trace($"post {Say(open.Id)}: {Say(actual)}");
        // A ledger that spent all that there can be couldn't count on: what asked for so much cost less.
        actual = actual.Cost.Nanos > 1_000_000 ? actual with { Cost = new Money(500) } : actual;
        node.Post(open.Id, open.Scopes, open.AdmittedAt, actual, JournalMarks.None);
    }

    private void Void(Reservation open)
    {
        State.Advance(clock);
        trace($"void {Say(open.Id)}: {State.Void(open.Id).Status}");
        var id = open.Id;
        node.Write(
            state => state.Void(id),
            () => node.Auditor.Voided(id.ToString(), Now),
            JournalChain.Entry(JournalKind.Void, id, open.Held, open.AdmittedAt, State.HighWater)
        );
    }

    /// <summary>What comes twice or late changes nothing.</summary>
    private void Repeat()
    {
        if (State.Open.Count > 0 && chance.Percent(40))
        {
            var open = AnyOpen();
            var (id, held) = (open.Id, open.Held);
            Nothing(State.Reserve(id, open.Scopes, held, clock).Status == ReserveStatus.AlreadyReserved, id, "reserved again");
            var other = held with { Requests = held.Requests + 1 };
            Nothing(State.Reserve(id, open.Scopes, other, clock).Status == ReserveStatus.AttemptIdReused, id, "reserved otherwise");
        }
        else if (node.Settled.Count > 0)
        {
            var (id, charge) = chance.Of(node.Settled);
            Nothing(State.Post(id, charge.Amount.IsValid ? charge.Amount : Amount.Zero).Status == SettleStatus.NotOpen, id, "posted again");
            Nothing(State.Void(id).Status == SettleStatus.NotOpen, id, "voided late");
            Nothing(State.Extend(id, Amount.Zero, clock).Status == ReserveStatus.NotOpen, id, "extended late");
        }
    }

    private void Nothing(bool holds, AttemptId id, string what)
    {
        trace($"{Say(id)} is {what}");
        if (!holds)
        {
            throw new AuditException("I3", $"{id} could be {what}");
        }
    }

    private void Grant()
    {
        var budget = AnyBudget();
        BudgetScope? instance = null;
        if (budget.Scope.IsEach)
        {
            var scopes = scenery.NewRoute().Scopes;
            var parts = budget.Scope.Parts().Select(part => scopes.Where(part.Covers).Select(one => (Scope?)one).FirstOrDefault()).ToList();
            if (parts.Contains(null))
            {
                return;
            }

            instance = new BudgetScope(parts[0]!.Value, parts.Count > 1 ? parts[1] : null);
        }

        var from = clock.AddTicks(10 * chance.Of([0L, 0, chance.Of(-10_000_000_000, 100_000_000_000)]));
        var gift = chance.Percent(25);
        DateTimeOffset? until =
            (gift && budget.Window.Kind != WindowKind.Rolling) || chance.Percent(40)
                ? null
                : from.AddTicks(10 * chance.Of(1, chance.Of([100_000_000L, 400_000_000_000])));
        var amount = gift && chance.Percent(60) ? -chance.Of(1, 80) : chance.Of(1, 150);
        var cause = gift ? GrantCause.Gift : GrantCause.Approved;
        var grant = new Grant($"grant_{++grants}", budget.Id, instance, amount, from, until, cause, "someone", "");
        if (node.Grants.Count > 0 && chance.Percent(15))
        {
            grant = chance.Of(node.Grants);
        }

        var now = clock;
        var taken = State.AddGrant(grant, now);
        trace($"grant {grant.Id} to {grant.BudgetId} {grant.Instance}: {grant.Amount} from {grant.From:u} until {grant.Until:u}: {taken}");
        node.Write(taken ? state => state.AddGrant(grant, now) : null, () => node.Tell(grant));
    }

    private void Change()
    {
        var budget = AnyBudget();
        var changed = budget with { Limit = chance.Percent(30) ? chance.Of(1, budget.Limit * 3) : scenery.NewLimit(budget.Unit) };
        State.Advance(clock);
        trace($"change {budget.Id} from {budget.Limit} to {changed.Limit}: {State.ChangeBudget(changed)}");
        node.Write(
            state => state.ChangeBudget(changed),
            () =>
            {
                node.Budgets[changed.Id] = changed;
                node.Auditor.BudgetChanged(Neutral.Of(changed), Now);
            }
        );
    }

    private void Add(Budget budget)
    {
        if (budget.Window.Kind == WindowKind.Anchored && clock <= State.HighWater)
        {
            // A correction finds its windows by the time of admission, so what was admitted before must have been so earlier.
            clock = State.HighWater.AddTicks(10);
        }

        State.Advance(clock);
        var past = node.Settled.Select(settled => settled.Charge).ToArray();
        State.AddBudget(budget, past);
        trace(
            $"add {budget.Id} {budget.Scope} {budget.Limit} {budget.Unit} {budget.OnExhausted} {budget.Window.Kind} {budget.Window.Length} "
                + $"{budget.Window.TimeZone.Id} {budget.Window.WeekStart} {budget.Window.YearStart} carry {budget.CarryOver} borrow {budget.Borrow}"
        );
        node.Write(
            state => state.AddBudget(budget, past),
            () =>
            {
                node.Budgets.Add(budget.Id, budget);
                node.Auditor.BudgetSet(Neutral.Of(budget), Now);
            }
        );
        if (!node.Budgets.ContainsKey(budget.Id) && (budget.Limit == 1_000 || node.Budgets.Count < 4))
        {
            // The crash lost one that the world is built on.
            Add(budget);
        }
    }

    private void Remove()
    {
        var budget = AnyBudget();
        if (budget.Limit == 1_000 || node.Budgets.Count < 6)
        {
            return;
        }

        State.Advance(clock);
        State.RemoveBudget(budget);
        trace($"remove {budget.Id}");
        node.Write(
            state => state.RemoveBudget(budget),
            () =>
            {
                node.Budgets.Remove(budget.Id);
                node.Auditor.BudgetRemoved(budget.Id, Now);
            }
        );
    }

    private void Adjust()
    {
        if (node.Settled.Count == 0)
        {
            return;
        }

        var (id, charge) = chance.Of(node.Settled);
        if (!corrected.Add(id))
        {
            return;
        }

        var difference = chance.Percent(50) ? scenery.NewAmount(30) : Less(Part(charge.Amount, chance.Of(1, 100)));
        State.Advance(clock);
        State.Adjust(charge.Scopes, charge.AdmittedAt, difference);
        trace($"adjust {Say(id)} by {Say(difference)}");
        node.Write(
            state => state.Adjust(charge.Scopes, charge.AdmittedAt, difference),
            () =>
            {
                node.Settled.Add((id, charge with { Amount = difference }));
                node.Auditor.Adjusted(id.ToString(), Neutral.Of(difference), Now);
            }
        );
    }

    /// <summary>Any budget but those that the world is built on.</summary>
    private Budget AnyBudget() => chance.Of([.. node.Budgets.Values.Skip(3)]);

    private static void Expect(ReserveResult result)
    {
        if (result.Status != ReserveStatus.Reserved)
        {
            throw new AuditException("I4", $"a replay refuses what was admitted: {Say(result)}");
        }
    }

    private static Amount Part(Amount of, long percent) =>
        new(new Money((long)((Int128)of.Cost.Nanos * percent / 100)), of.Tokens * percent / 100, of.Requests)
        {
            Parts = new TokenParts(
                of.Parts.Input * percent / 100,
                of.Parts.CacheRead * percent / 100,
                of.Parts.CacheWrite * percent / 100,
                of.Parts.Output * percent / 100,
                of.Parts.Reasoning * percent / 100
            ),
        };

    private static Amount Less(Amount by) =>
        new(new Money(-by.Cost.Nanos), -by.Tokens, 0)
        {
            Parts = new TokenParts(-by.Parts.Input, -by.Parts.CacheRead, -by.Parts.CacheWrite, -by.Parts.Output, -by.Parts.Reasoning),
        };

    private static string Say(AttemptId id) => id.Request.ToString("N")[..8].TrimStart('0');

    private static string Say(Amount amount) =>
        $"${amount.Cost.Nanos} {amount.Tokens}t {amount.Requests}r {string.Join('/', Neutral.Of(amount)[3..8])}";

    private static string Say(ReserveResult result) =>
        result.Refusing is { } by
            ? $"{result.Status} by {by.Budget.Id} {by.Instance}: {by.Posted} posted, {by.Pending} pending of {by.Limit}"
            : $"{result.Status}";
}
