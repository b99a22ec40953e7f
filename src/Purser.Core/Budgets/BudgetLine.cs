using Purser.Core.Ledger;

namespace Purser.Core.Budgets;

/// <summary>
/// One budget, or one of those that a budget for each of a kind stands for, with the balance of its present window and the grants that
/// wait for theirs.
/// </summary>
internal sealed class BudgetLine
{
    // A budget that lay idle so long has reached its cap, or carries nothing.
    private const int MostWindowsCarried = 400;

    private readonly List<Grant> waiting = [];

    // The window of a run, or from the first use, doesn't say by its time which grants are its own, so each that ever came is known.
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private BudgetBalance balance;
    private BudgetBalance? previous;

    public BudgetLine(Budget budget, BudgetScope instance, DateTimeOffset now)
    {
        Budget = budget;
        Instance = instance;
        // An anchored window has no beginning until it is used.
        balance = new BudgetBalance(
            this,
            IsAnchored ? new WindowSpan(DateTimeOffset.MinValue, DateTimeOffset.MinValue) : budget.Window.At(now)
        );
    }

    /// <summary>The budget; its limit and actions may change.</summary>
    public Budget Budget { get; private set; }

    /// <summary>What it's for.</summary>
    public BudgetScope Instance { get; }

    /// <summary>The last admission in it; null where there was none yet, or the run that it was of has ended.</summary>
    public DateTimeOffset? UsedAt { get; private set; }

    /// <summary>
    /// Whether nothing would be lost with it: made anew when it's needed again, it would be the same. When it's forgotten can therefore make no
    /// difference, and none is made between a ledger and one that carries out its journal.
    /// </summary>
    public bool IsIdle(DateTimeOffset now)
    {
        // What is left of what was used goes into the next window.
        if (waiting.Count > 0 || known.Count > 0 || (Budget.CarryOver is not null && UsedAt is not null))
        {
            return false;
        }

        var present = At(now, null);
        return present.IsBlank(now)
            && present.Holders == 0
            // A window that was begun, or a run that was used, lasts though nothing is spent in it.
            && (IsAnchored ? now >= present.Window.End : Budget.Window.Kind != WindowKind.Run || UsedAt is null);
    }

    /// <summary>Whether anything can have been charged to it: nothing is to a run that hasn't begun, though one before may have had its name.</summary>
    public bool HasBegun => Budget.Window.Kind != WindowKind.Run || UsedAt is not null;

    private bool IsAnchored => Budget.Window.Kind == WindowKind.Anchored;

    /// <summary>The balance of the window that an instant is in. New windows get what the one before carries over.</summary>
    /// <param name="now">The ledger's clock.</param>
    /// <param name="carried">Takes the grants that a new window began with; null to carry nothing (a replay has them already).</param>
    public BudgetBalance At(DateTimeOffset now, List<Grant>? carried)
    {
        EndRun(now);
        if (now < balance.Window.End)
        {
            return balance;
        }

        if (IsAnchored)
        {
            // Over, or never begun: nothing is spent until it's used again.
            if (balance.Window.End != DateTimeOffset.MinValue)
            {
                balance = new BudgetBalance(this, new WindowSpan(DateTimeOffset.MinValue, DateTimeOffset.MinValue));
            }

            return balance;
        }

        RollTo(now, carried);
        return balance;
    }

    /// <summary>An admission uses the line: an anchored window that isn't running begins with it.</summary>
    public BudgetBalance Use(DateTimeOffset now)
    {
        if (Budget.Window.Kind == WindowKind.Run && UsedAt is null)
        {
            balance.Window = balance.Window with { Start = now };
        }

        UsedAt = now;
        if (IsAnchored && now >= balance.Window.End)
        {
            balance = new BudgetBalance(this, Budget.Window.At(now));
            TakeWaiting(now);
        }

        return balance;
    }

    /// <summary>What was charged before there was the budget is part of it, and of its run.</summary>
    public void Include(DateTimeOffset now) => UsedAt = now;

    /// <summary>The line as a value.</summary>
    /// <param name="found">Whether requests still find it.</param>
    /// <param name="place">Gives a balance its place.</param>
    public LineImage Capture(bool found, Func<BudgetBalance, int> place) =>
        new(
            Budget.Id,
            Instance,
            found,
            UsedAt,
            place(balance),
            previous is null ? null : place(previous),
            [.. waiting],
            [.. known.Order(StringComparer.Ordinal)]
        );

    /// <summary>Makes the line what an image says it was.</summary>
    public void Restore(LineImage image, IReadOnlyList<BudgetBalance> balances)
    {
        UsedAt = image.UsedAt;
        balance = balances[image.Balance];
        previous = image.Previous is { } place ? balances[place] : null;
        waiting.AddRange(image.Waiting);
        known.UnionWith(image.Known);
    }

    /// <summary>What could be reserved now, were an anchored window to begin.</summary>
    public Int128 Room(DateTimeOffset now)
    {
        if (!IsAnchored || now < balance.Window.End)
        {
            return balance.Room(now);
        }

        Int128 room = Budget.Limit;
        foreach (var grant in waiting)
        {
            room += grant.From <= now && !(grant.Until <= now) ? grant.Amount : 0;
        }

        return room;
    }

    /// <summary>The most that grants can add from now on: in the window of the present, and those that wait for theirs.</summary>
    public Int128 Added(DateTimeOffset now)
    {
        var added = At(now, null).Added(now);
        foreach (var grant in waiting)
        {
            added += grant.Until <= now ? 0 : Math.Max(0, grant.Amount);
        }

        return added;
    }

    /// <summary>Changes the budget's limit, name or actions.</summary>
    public void Change(Budget changed, DateTimeOffset now)
    {
        // What ended before ended by the old limit.
        balance.Refresh(now);
        Budget = changed;
        balance.Refresh(now);
    }

    /// <summary>Takes a grant, for the window that it belongs to.</summary>
    public void Add(Grant grant, DateTimeOffset now)
    {
        if ((IsAnchored || Budget.Window.Kind == WindowKind.Run) && !known.Add(grant.Id))
        {
            return;
        }

        if (Budget.Window.IsCalendar)
        {
            // One whose window is over when it comes counts in none.
            if (balance.Window.Contains(grant.From))
            {
                if (balance.Add(grant, now) && grant.Cause == GrantCause.CarriedOver && previous?.Window.End == grant.From)
                {
                    previous.CarryOn(grant.Amount);
                }
            }
            else if (grant.From >= balance.Window.End)
            {
                Wait(grant);
            }
        }
        else if (!IsAnchored || (now < balance.Window.End && grant.From < balance.Window.End))
        {
            balance.Add(grant, now);
        }
        else
        {
            Wait(grant);
        }
    }

    /// <summary>The grants that carry a shortage over from the next window, where the budget allows it; null where it doesn't.</summary>
    public (Grant Borrowed, Grant Lent)? Borrow(Int128 shortage, DateTimeOffset now)
    {
        // The next window has no more than its limit to lend: a greater debt would be forgotten with it.
        if (Budget.Borrow is not { } most || !Budget.Window.IsCalendar || shortage > Math.Min(most, Budget.Limit) - balance.Borrowed)
        {
            return null;
        }

        var amount = (long)shortage;
        var sequence = balance.Borrowed;
        Grant Make(string part, long signed, DateTimeOffset from, GrantCause cause) =>
            new(IdOf($"{part}{sequence}", balance.Window.Start), Budget.Id, InstanceOrNull, signed, from, null, cause, "rule", "borrowed");
        return (Make("borrow", amount, now, GrantCause.Borrowed), Make("lend", -amount, balance.Window.End, GrantCause.Lent));
    }

    private BudgetScope? InstanceOrNull => Budget.Scope.IsEach ? Instance : null;

    /// <summary>A run that wasn't used for so long has ended; the same name is then another run, to which nothing of the first belongs.</summary>
    private void EndRun(DateTimeOffset now)
    {
        if (Budget.Window.Kind == WindowKind.Run && UsedAt is { } used && now - used > BudgetWindow.RunIdle && balance.Holders == 0)
        {
            balance = new BudgetBalance(this, BudgetWindow.Always);
            UsedAt = null;
        }
    }

    private void RollTo(DateTimeOffset now, List<Grant>? carried)
    {
        for (var steps = 0; now >= balance.Window.End; steps++)
        {
            var before = previous = balance;
            // Without carrying, the windows in between are of no interest.
            var at = Budget.CarryOver is null || steps >= MostWindowsCarried ? now : before.Window.End;
            balance = new BudgetBalance(this, Budget.Window.At(at));
            TakeWaiting(balance.Window.Start);
            // What nobody used isn't there: else each name that was ever refused would carry something over for ever.
            var counts = UsedAt is not null || !Budget.Scope.IsEach;
            if (carried is not null && counts && Budget.CarryOver is { } rule && balance.Window.Start == before.Window.End)
            {
                Carry(rule, before, carried);
            }
        }
    }

    private void Carry(CarryOver rule, BudgetBalance before, List<Grant> carried)
    {
        var left = before.Room(before.Window.End.AddTicks(-1));
        // What is still held may be spent yet; it isn't left over.
        var amount = (long)Int128.Clamp(left * rule.Percent / 100, 0, rule.Cap);
        if (amount > 0)
        {
            var start = balance.Window.Start;
            var id = IdOf("carry", start);
            var grant = new Grant(id, Budget.Id, InstanceOrNull, amount, start, null, GrantCause.CarriedOver, "rule", "carried over");
            balance.Add(grant, start);
            before.CarryOn(amount);
            carried.Add(grant);
        }
    }

    private string IdOf(string part, DateTimeOffset window) =>
        $"grant_{part}_{Budget.Id}_{(Budget.Scope.IsEach ? Instance + "_" : "")}{window.ToUnixTimeSeconds()}";

    private void Wait(Grant grant)
    {
        if (!waiting.Any(known => known.Id == grant.Id))
        {
            waiting.Add(grant);
        }
    }

    private void TakeWaiting(DateTimeOffset now)
    {
        for (var i = 0; i < waiting.Count; i++)
        {
            var grant = waiting[i];
            if (grant.From >= balance.Window.End)
            {
                continue;
            }

            waiting.RemoveAt(i--);
            if (IsAnchored ? !(grant.Until <= now) : balance.Window.Contains(grant.From))
            {
                balance.Add(grant, now);
            }
        }
    }
}
