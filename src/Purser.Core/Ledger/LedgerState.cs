using Purser.Core.Budgets;

namespace Purser.Core.Ledger;

/// <summary>
/// The balances of every budget and the reservations under way: two-phase transfers, in memory. Each operation is atomic: it
/// changes every budget in scope, or none. Not thread-safe: one writer owns it, and journals what it did before anyone is told.
/// </summary>
public sealed partial class LedgerState
{
    // Places in BudgetBalance.Fired beside the thresholds'.
    private const int ForecastPlace = 29;
    private const int ExhaustedPlace = 30;
    private const int ExceededPlace = 28;

    private readonly BudgetIndex budgets;
    private readonly Dictionary<AttemptId, Reservation> open = [];
    private readonly List<Grant> rationed = [];
    private readonly List<Crossing> crossings = [];

    /// <summary>Makes an empty ledger.</summary>
    /// <param name="mostIdle">
    /// From how many balances on those are forgotten that have nothing to remember, so that new names don't fill the memory. It makes no
    /// difference to any figure.
    /// </param>
    public LedgerState(int mostIdle = 4096)
    {
        budgets = new BudgetIndex(mostIdle);
    }

    /// <summary>The latest instant the ledger has seen. A clock that steps back doesn't reopen a window.</summary>
    public DateTimeOffset HighWater { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>
    /// Whether entries of a journal are being carried out again: what a rule granted then is among them, so none is made.
    /// </summary>
    public bool Replaying { get; set; }

    /// <summary>The reservations under way.</summary>
    public IReadOnlyDictionary<AttemptId, Reservation> Open => open;

    /// <summary>How many balances there are: one for each budget, and for each one that a budget stands for.</summary>
    public int LineCount => budgets.Count;

    /// <summary>Grants that rules made (carried over, borrowed) since the last <see cref="TakeRationed"/>: to be journalled before what follows.</summary>
    public IReadOnlyList<Grant> Rationed => rationed;

    /// <summary>Hands over <see cref="Rationed"/>.</summary>
    public IReadOnlyList<Grant> TakeRationed() => Take(rationed);

    /// <summary>What was reached since the last call.</summary>
    public IReadOnlyList<Crossing> TakeCrossings() => Take(crossings);

    /// <summary>Moves the high-water clock and returns it.</summary>
    public DateTimeOffset Advance(DateTimeOffset now) => HighWater = now > HighWater ? now : HighWater;

    /// <summary>Reserves an amount in every budget that the scopes have, or in none.</summary>
    /// <param name="id">The attempt.</param>
    /// <param name="scopes">What the attempt counts under.</param>
    /// <param name="amount">The most that the attempt can cost, or the first slice of it.</param>
    /// <param name="now">The present; see <see cref="HighWater"/>.</param>
    public ReserveResult Reserve(AttemptId id, ScopeSet scopes, Amount amount, DateTimeOffset now)
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
        var lines = budgets.LinesFor(scopes, now);
        var limited = false;
        List<(Grant Borrowed, Grant Lent)>? borrowed = null;
        foreach (var line in lines)
        {
            line.At(now, Rationing);
            limited |= line.Budget.IsHard && line.Budget.Unit == BudgetUnit.Usd;
            if (!Fits(line, amount.HeldIn(line.Budget.Unit), now, ref borrowed))
            {
                return Refuse(line, now);
            }
        }

        if (!limited)
        {
            return new ReserveResult(ReserveStatus.NoHardLimit);
        }

        // Asked last: where a budget lacks the room, that is the more useful answer.
        if (!amount.IsPlausible)
        {
            return new ReserveResult(ReserveStatus.InvalidAmount);
        }

        Take(borrowed, now);
        var balances = new BudgetBalance[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            balances[i] = lines[i].Use(now);
            balances[i].Move(now, 0, amount.HeldIn(lines[i].Budget.Unit), now);
        }

        var reservation = new Reservation(id, amount, now, scopes, balances);
        open.Add(id, reservation);
        return new ReserveResult(ReserveStatus.Reserved) { Reservation = reservation };
    }

    /// <summary>
    /// Holds more for an attempt under way, in the windows that it was admitted in, or nothing. What it holds already stays either way.
    /// </summary>
    public ReserveResult Extend(AttemptId id, Amount more, DateTimeOffset now)
    {
        if (!more.IsValid)
        {
            return new ReserveResult(ReserveStatus.InvalidAmount);
        }

        if (!open.TryGetValue(id, out var reservation))
        {
            return new ReserveResult(ReserveStatus.NotOpen);
        }

        now = Advance(now);
        foreach (var balance in reservation.Balances)
        {
            var budget = balance.Line.Budget;
            if (budget.IsHard && more.In(budget.Unit) > 0 && balance.Room(now) < more.In(budget.Unit))
            {
                return new ReserveResult(ReserveStatus.BudgetExceeded, balance.Snapshot(now));
            }
        }

        if (!more.IsPlausible || !(reservation.Held + more).IsPlausible)
        {
            return new ReserveResult(ReserveStatus.InvalidAmount);
        }

        foreach (var balance in reservation.Balances)
        {
            balance.Move(reservation.AdmittedAt, 0, more.In(balance.Line.Budget.Unit), now);
        }

        reservation.Held += more;
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
            var unit = balance.Line.Budget.Unit;
            balance.Move(reservation.AdmittedAt, actual.In(unit), -reservation.Held.HeldIn(unit), HighWater);
            Watch(balance);
        }

        reservation.Release();
        return new SettleResult(SettleStatus.Settled, Amount.Excess(actual, reservation.Held));
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
            balance.Move(reservation.AdmittedAt, 0, -reservation.Held.HeldIn(balance.Line.Budget.Unit), HighWater);
        }

        reservation.Release();
        return new SettleResult(SettleStatus.Settled, Amount.Zero);
    }

    /// <summary>
    /// Corrects what was posted for an attempt, after its settlement: a reconciliation, or a price that was mended. Windows that are over
    /// stay as they are.
    /// </summary>
    /// <param name="scopes">What the attempt counted under.</param>
    /// <param name="admittedAt">When it was admitted.</param>
    /// <param name="difference">What is added; negative where less was billed.</param>
    public void Adjust(ScopeSet scopes, DateTimeOffset admittedAt, Amount difference)
    {
        var lines = budgets.LinesFor(scopes, HighWater);
        // First to the present, which may be where a run has ended.
        var present = lines.Select(line => (Line: line, Balance: line.At(HighWater, Rationing))).ToList();
        // Windows that are over are corrected for as long as anything is under way in them, also those of a line that was forgotten.
        var keys = lines.Select(line => (line.Budget.Id, line.Instance)).ToHashSet();
        var over = open
            .Values.SelectMany(reservation => reservation.Balances)
            .Where(balance => keys.Contains((balance.Line.Budget.Id, balance.Line.Instance)));
        var begun = present.Where(found => found.Line.HasBegun).Select(found => found.Balance);
        foreach (var balance in begun.Union(over).Where(balance => balance.Window.Contains(admittedAt)))
        {
            balance.Move(admittedAt, difference.In(balance.Line.Budget.Unit), 0, HighWater);
            Watch(balance);
        }
    }

    /// <summary>Adds a new budget. Reservations under way that it covers count as pending in it from now on.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="settled">
    /// What its scope has settled in the window of the present; of a rolling one, in its length. An anchored one begins with its first use,
    /// and what was settled before doesn't count.
    /// </param>
    public void AddBudget(Budget budget, IEnumerable<PastCharge> settled)
    {
        budgets.Add(budget, HighWater);
        foreach (var past in settled)
        {
            foreach (var line in LinesOf(budget, past.Scopes))
            {
                var balance = line.At(HighWater, null);
                if (balance.Window.Contains(past.AdmittedAt))
                {
                    balance.Move(past.AdmittedAt, past.Amount.In(budget.Unit), 0, HighWater);
                    line.Include(HighWater);
                }
            }
        }

        foreach (var reservation in open.Values)
        {
            foreach (var line in LinesOf(budget, reservation.Scopes))
            {
                var balance = line.At(HighWater, null);
                if (balance.Window.Contains(reservation.AdmittedAt))
                {
                    balance.Move(reservation.AdmittedAt, 0, reservation.Held.HeldIn(budget.Unit), HighWater);
                    reservation.Balances = [.. reservation.Balances, balance];
                    balance.Holders++;
                    line.Include(HighWater);
                }
            }
        }

        foreach (var line in budgets.LinesOf(budget.Id))
        {
            Watch(line.At(HighWater, null));
        }
    }

    /// <summary>
    /// Notes, once in a window, that a budget lacked the room for a request, and that nothing else could be done for it: one that was asked
    /// for less after, or went elsewhere, wasn't refused.
    /// </summary>
    /// <param name="refusing">The budget as it was then.</param>
    public void NoteRefusal(BalanceSnapshot refusing)
    {
        if (budgets.LineOf(refusing.Budget.Id, refusing.Instance) is { } line)
        {
            Cross(line.At(HighWater, null), ExhaustedPlace, CrossingKind.Exhausted, 0);
        }
    }

    /// <summary>Changes a budget's name, limit or actions. What is already posted or pending stays, also where it's above a lowered limit.</summary>
    /// <returns>False where there is no such budget.</returns>
    public bool ChangeBudget(Budget budget)
    {
        // Windows that are over have the limit too, for what is still under way in them.
        var held = open
            .Values.SelectMany(reservation => reservation.Balances)
            .Where(balance => balance.Line.Budget.Id == budget.Id)
            .ToList();
        held.ForEach(balance => balance.Refresh(HighWater));
        var changed = budgets.Change(budget, HighWater);
        // The index doesn't know a line that was forgotten.
        held.ForEach(balance => balance.Line.Change(budget, HighWater));
        held.ForEach(balance => balance.Refresh(HighWater));
        return changed;
    }

    /// <summary>Removes a budget; reservations under way no longer count in it.</summary>
    public void RemoveBudget(Budget budget)
    {
        budgets.Remove(budget.Id);
        foreach (var reservation in open.Values)
        {
            reservation.Balances = [.. reservation.Balances.Where(balance => balance.Line.Budget.Id != budget.Id)];
        }
    }

    /// <summary>Adds to a budget's limit. The same grant twice counts once.</summary>
    /// <returns>False where there is no such budget, or it is for each of a kind and the grant doesn't say which.</returns>
    public bool AddGrant(Grant grant, DateTimeOffset now)
    {
        now = Advance(now);
        if (
            budgets.Find(grant.BudgetId) is not { } budget
            || budget.Scope.IsEach == grant.Instance is null
            // What a window gave away it doesn't get back; a rolling one has no end but that of its length.
            || (grant is { Amount: < 0, Until: not null } && budget.Window.Kind != WindowKind.Rolling)
        )
        {
            return false;
        }

        var line = budgets.Line(budget, grant.Instance ?? budget.Scope, now);
        // A replay goes from window to window, as what was carried over did.
        line.At(Replaying && grant.Cause == GrantCause.CarriedOver && grant.From < now ? grant.From : now, Rationing);
        line.Add(grant, now);
        return true;
    }

    /// <summary>The figures of the budgets of a request, in the windows of the present.</summary>
    public IReadOnlyList<BalanceSnapshot> Balances(ScopeSet scopes, DateTimeOffset now)
    {
        now = Advance(now);
        var lines = budgets.LinesFor(scopes, now);
        var snapshots = new BalanceSnapshot[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            snapshots[i] = lines[i].At(now, Rationing).Snapshot(now);
        }

        return snapshots;
    }

    /// <summary>The figures of every budget, and of each one that a budget stands for and that has been used.</summary>
    public IReadOnlyList<BalanceSnapshot> Balances(DateTimeOffset now)
    {
        now = Advance(now);
        return [.. budgets.Lines.Select(line => line.At(now, Rationing).Snapshot(now))];
    }

    /// <summary>What a budget could still reserve now, grants that wait for its next window included; 0 where it has exceeded its limit.</summary>
    /// <param name="budgetId">A budget that isn't for each of a kind.</param>
    /// <param name="now">The present; see <see cref="HighWater"/>.</param>
    public Int128 Room(string budgetId, DateTimeOffset now)
    {
        now = Advance(now);
        var line = budgets.LinesOf(budgetId).Single();
        line.At(now, Rationing);
        return Int128.Max(0, line.Room(now));
    }

    /// <summary>
    /// The most that the grants of each budget can add from now on, in the windows of the present and later; budgets for each of a kind are
    /// left out.
    /// </summary>
    public IReadOnlyDictionary<string, Int128> Added(DateTimeOffset now)
    {
        now = Advance(now);
        return budgets
            .Lines.Where(line => !line.Budget.Scope.IsEach)
            .ToDictionary(line => line.Budget.Id, line => line.Added(now), StringComparer.Ordinal);
    }

    private List<Grant>? Rationing => Replaying ? null : rationed;

    private static T[] Take<T>(List<T> list)
    {
        if (list.Count == 0)
        {
            return [];
        }

        var taken = list.ToArray();
        list.Clear();
        return taken;
    }

    private IEnumerable<BudgetLine> LinesOf(Budget budget, ScopeSet scopes) =>
        budgets.LinesFor(scopes, HighWater).Where(line => line.Budget.Id == budget.Id);

    private static bool Fits(BudgetLine line, long amount, DateTimeOffset now, ref List<(Grant Borrowed, Grant Lent)>? borrowed)
    {
        if (!line.Budget.IsHard)
        {
            return true;
        }

        var room = line.Room(now);
        // Nothing asked of a unit is nothing refused, also where the limit is exceeded; a concurrent attempt asks for one.
        if (amount == 0 || room >= amount)
        {
            return true;
        }

        if (line.Borrow(amount - room, now) is not { } loan)
        {
            return false;
        }

        (borrowed ??= []).Add(loan);
        return true;
    }

    private void Take(List<(Grant Borrowed, Grant Lent)>? borrowed, DateTimeOffset now)
    {
        foreach (var (taken, lent) in borrowed ?? [])
        {
            foreach (var grant in (Grant[])[taken, lent])
            {
                AddGrant(grant, now);
                rationed.Add(grant);
            }
        }
    }

    private static ReserveResult Refuse(BudgetLine line, DateTimeOffset now) =>
        new(ReserveStatus.BudgetExceeded, line.At(now, null).Snapshot(now));

    /// <summary>Notes each threshold that a balance has reached, once.</summary>
    private void Watch(BudgetBalance balance)
    {
        var budget = balance.Line.Budget;
        if (budget.Unit == BudgetUnit.Concurrency || balance.Posted <= 0)
        {
            return;
        }

        Int128 limit = balance.Limit(HighWater);
        for (var i = 0; i < budget.Thresholds.Count; i++)
        {
            if ((balance.Fired & (1 << i)) == 0 && balance.Posted * 100 >= limit * budget.Thresholds[i])
            {
                Cross(balance, i, CrossingKind.Threshold, budget.Thresholds[i]);
            }
        }

        if (balance.Posted > limit)
        {
            Cross(balance, ExceededPlace, CrossingKind.Exceeded, 0);
        }

        if (budget.ForecastPercent is { } percent && Projected(balance) * 100 > limit * percent)
        {
            Cross(balance, ForecastPlace, CrossingKind.Forecast, percent);
        }
    }

    /// <summary>What the window ends with at its pace so far; too early in it there's no telling.</summary>
    private Int128 Projected(BudgetBalance balance)
    {
        var (length, elapsed) = (balance.Window.End - balance.Window.Start, HighWater - balance.Window.Start);
        var bounded = balance.Line.Budget.Window.IsCalendar || balance.Line.Budget.Window.Kind == WindowKind.Anchored;
        return bounded && elapsed.Ticks >= length.Ticks / 20 && elapsed.Ticks > 0
            ? balance.Posted * length.Ticks / elapsed.Ticks
            : balance.Posted;
    }

    private void Cross(BudgetBalance balance, int place, CrossingKind kind, int percent)
    {
        if ((balance.Fired & (1 << place)) != 0)
        {
            return;
        }

        balance.Fired |= 1 << place;
        crossings.Add(new Crossing(kind, percent, balance.Snapshot(HighWater), HighWater));
    }
}

/// <summary>Something that was settled before a budget was made.</summary>
/// <param name="Scopes">What it counted under.</param>
/// <param name="AdmittedAt">When it was admitted.</param>
/// <param name="Amount">What it was.</param>
public readonly record struct PastCharge(ScopeSet Scopes, DateTimeOffset AdmittedAt, Amount Amount);
