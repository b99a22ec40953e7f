using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>
/// The balances of every budget and the reservations under way: two-phase transfers, in memory. Each operation is atomic: it
/// changes every budget in scope, or none. Not thread-safe: one writer owns it, and journals what it did before anyone is told.
/// </summary>
public sealed class LedgerState
{
    private readonly Dictionary<Scope, List<BudgetBalance>> byScope = [];
    private readonly Dictionary<AttemptId, Reservation> open = [];

    /// <summary>The latest instant the ledger has seen. A clock that steps back doesn't reopen a window.</summary>
    public DateTimeOffset HighWater { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>The reservations under way.</summary>
    public IReadOnlyDictionary<AttemptId, Reservation> Open => open;

    /// <summary>Moves the high-water clock and returns it.</summary>
    public DateTimeOffset Advance(DateTimeOffset now) => HighWater = now > HighWater ? now : HighWater;

    /// <summary>Reserves an amount in every budget that the scopes have, or in none.</summary>
    /// <param name="id">The attempt.</param>
    /// <param name="scopes">What the attempt counts under, narrowest first: the first budget that lacks the amount is the one named.</param>
    /// <param name="amount">The most that the attempt can cost.</param>
    /// <param name="now">The present; see <see cref="HighWater"/>.</param>
    public ReserveResult Reserve(AttemptId id, IReadOnlyList<Scope> scopes, Amount amount, DateTimeOffset now)
    {
        if (!amount.IsValid)
        {
            return new ReserveResult(ReserveStatus.InvalidAmount);
        }

        if (open.TryGetValue(id, out var existing))
        {
            return new ReserveResult(existing.Held == amount ? ReserveStatus.AlreadyReserved : ReserveStatus.AttemptIdReused);
        }

        now = Advance(now);
        var balances = new List<BudgetBalance>(8);
        var limited = false;
        foreach (var scope in scopes)
        {
            foreach (var balance in CurrentBalances(scope, now))
            {
                limited |= balance.Budget.Unit == BudgetUnit.Usd;
                if (!Fits(balance, amount))
                {
                    return new ReserveResult(ReserveStatus.BudgetExceeded, balance.Snapshot());
                }

                balances.Add(balance);
            }
        }

        if (!limited)
        {
            return new ReserveResult(ReserveStatus.NoHardLimit);
        }

        foreach (var balance in balances)
        {
            balance.Pending += amount.In(balance.Budget.Unit);
        }

        open.Add(id, new Reservation(id, amount, now, scopes, balances));
        return new ReserveResult(ReserveStatus.Reserved);
    }

    /// <summary>Posts what an attempt really cost and releases what it held. A cost above the reservation is posted whole.</summary>
    public SettleResult Post(AttemptId id, Amount actual)
    {
        if (!actual.IsValid)
        {
            return new SettleResult(SettleStatus.InvalidAmount, Amount.Zero);
        }

        if (!open.Remove(id, out var reservation))
        {
            return new SettleResult(SettleStatus.NotOpen, Amount.Zero);
        }

        foreach (var balance in reservation.Balances)
        {
            balance.Pending -= reservation.Held.In(balance.Budget.Unit);
            balance.Posted = checked(balance.Posted + actual.In(balance.Budget.Unit));
        }

        return new SettleResult(SettleStatus.Settled, Excess(actual, reservation.Held));
    }

    /// <summary>Releases what an attempt held that never reached a provider.</summary>
    public SettleResult Void(AttemptId id)
    {
        if (!open.Remove(id, out var reservation))
        {
            return new SettleResult(SettleStatus.NotOpen, Amount.Zero);
        }

        foreach (var balance in reservation.Balances)
        {
            balance.Pending -= reservation.Held.In(balance.Budget.Unit);
        }

        return new SettleResult(SettleStatus.Settled, Amount.Zero);
    }

    /// <summary>Puts a reservation back as the journal has it, without asking the budgets: it was admitted before a restart.</summary>
    public void Restore(AttemptId id, IReadOnlyList<Scope> scopes, Amount held, DateTimeOffset admittedAt)
    {
        Advance(admittedAt);
        var balances = scopes.SelectMany(BalancesOf).Where(balance => balance.Window.Contains(admittedAt)).ToList();
        foreach (var balance in balances)
        {
            balance.Pending += held.In(balance.Budget.Unit);
        }

        open.Add(id, new Reservation(id, held, admittedAt, scopes, balances));
    }

    /// <summary>
    /// Adds a budget. Reservations under way that it would have covered count as pending in it from now on.
    /// </summary>
    /// <param name="budget">The budget.</param>
    /// <param name="window">The window that the ledger's clock is in.</param>
    /// <param name="posted">What its scope has already settled in that window, in its unit.</param>
    public void AddBudget(Budget budget, WindowSpan window, long posted)
    {
        var balance = new BudgetBalance(budget, window, posted);
        if (!byScope.TryGetValue(budget.Scope, out var balances))
        {
            byScope[budget.Scope] = balances = [];
        }

        balances.Add(balance);
        foreach (var reservation in open.Values)
        {
            if (window.Contains(reservation.AdmittedAt) && reservation.Scopes.Contains(budget.Scope))
            {
                balance.Pending += reservation.Held.In(budget.Unit);
                reservation.Balances.Add(balance);
            }
        }
    }

    /// <summary>Changes a budget's name or limit. What is already posted or pending stays, also where it's above a lowered limit.</summary>
    /// <returns>False where there is no such budget.</returns>
    public bool ChangeBudget(Budget budget)
    {
        var balance = BalancesOf(budget.Scope).FirstOrDefault(balance => balance.Budget.Id == budget.Id);
        if (balance is null)
        {
            return false;
        }

        balance.Budget = budget;
        return true;
    }

    /// <summary>Removes a budget; reservations under way no longer count in it.</summary>
    public void RemoveBudget(Budget budget)
    {
        if (byScope.TryGetValue(budget.Scope, out var balances))
        {
            balances.RemoveAll(balance => balance.Budget.Id == budget.Id);
            foreach (var reservation in open.Values)
            {
                reservation.Balances.RemoveAll(balance => balance.Budget.Id == budget.Id);
            }
        }
    }

    /// <summary>The figures of the budgets of these scopes, in the windows of the present.</summary>
    public IReadOnlyList<BalanceSnapshot> Balances(IEnumerable<Scope> scopes, DateTimeOffset now)
    {
        now = Advance(now);
        return [.. scopes.SelectMany(scope => CurrentBalances(scope, now)).Select(balance => balance.Snapshot())];
    }

    private static bool Fits(BudgetBalance balance, Amount amount)
    {
        // Subtractions alone: a sum of three large figures could overflow and pass.
        var room = balance.Budget.Limit - balance.Posted;
        return room >= 0 && room - balance.Pending >= amount.In(balance.Budget.Unit);
    }

    private static Amount Excess(Amount actual, Amount held) =>
        new(
            new(Math.Max(0, actual.Cost.Nanos - held.Cost.Nanos)),
            Math.Max(0, actual.Tokens - held.Tokens),
            Math.Max(0, actual.Requests - held.Requests)
        );

    private List<BudgetBalance> BalancesOf(Scope scope) => byScope.TryGetValue(scope, out var balances) ? balances : [];

    /// <summary>The balances of a scope, each rolled over to the window of the present where the old one has ended.</summary>
    private List<BudgetBalance> CurrentBalances(Scope scope, DateTimeOffset now)
    {
        var balances = BalancesOf(scope);
        for (var i = 0; i < balances.Count; i++)
        {
            if (now >= balances[i].Window.End)
            {
                balances[i] = new BudgetBalance(balances[i].Budget, balances[i].Budget.Window.At(now), 0);
            }
        }

        return balances;
    }
}
