namespace Purser.Core.Budgets;

/// <summary>What one budget has spent and holds in one window, and what its grants add there. Changed by the ledger alone.</summary>
internal sealed class BudgetBalance
{
    private readonly BudgetLine line;
    private readonly RollingBuckets? rolling;
    private readonly List<Grant> grants = [];
    private long posted;
    private long pending;

    // What expired grants were spent on: it stays part of the limit for as long as it's spent, and no longer.
    private Int128 residue;
    private Int128 granted;
    private DateTimeOffset nextGrantChange = DateTimeOffset.MaxValue;

    public BudgetBalance(BudgetLine line, WindowSpan window)
    {
        this.line = line;
        Window = window;
        rolling = line.Budget.Window.Kind == WindowKind.Rolling ? new RollingBuckets(line.Budget.Window) : null;
    }

    public BudgetLine Line => line;

    public WindowSpan Window { get; }

    /// <summary>Settled in this window, in the budget's unit.</summary>
    public long Posted => rolling?.Posted ?? posted;

    /// <summary>Reserved by attempts still under way, in the budget's unit.</summary>
    public long Pending => rolling?.Pending ?? pending;

    /// <summary>What was borrowed from the next window.</summary>
    public long Borrowed { get; private set; }

    /// <summary>Which thresholds have been reached, by their place; the forecast and exhaustion have places of their own.</summary>
    public int Fired { get; set; }

    /// <summary>The limit and what grants add to it now.</summary>
    public long Limit(DateTimeOffset now)
    {
        Refresh(now);
        return (long)Int128.Clamp(line.Budget.Limit + granted + residue, 0, long.MaxValue);
    }

    /// <summary>What can still be reserved; negative where a named cause has exceeded the limit.</summary>
    public Int128 Room(DateTimeOffset now)
    {
        Refresh(now);
        return line.Budget.Limit + granted + residue - Posted - Pending;
    }

    /// <summary>Holds, posts and releases, as changes of the two figures, for a charge admitted at an instant.</summary>
    public void Move(DateTimeOffset admittedAt, long addPosted, long addPending, DateTimeOffset now)
    {
        Refresh(now);
        if (rolling is null)
        {
            posted = checked(posted + addPosted);
            pending = checked(pending + addPending);
        }
        else
        {
            rolling.Add(admittedAt, addPosted, addPending, now);
        }

        ShrinkResidue();
    }

    /// <summary>Adds a grant that belongs to this window; the same one twice is one.</summary>
    public void Add(Grant grant, DateTimeOffset now)
    {
        if (grants.Any(known => known.Id == grant.Id))
        {
            return;
        }

        grants.Add(grant);
        // Those that expire first are spent first.
        grants.Sort(static (left, right) => (left.Until ?? DateTimeOffset.MaxValue).CompareTo(right.Until ?? DateTimeOffset.MaxValue));
        if (grant.Cause == GrantCause.Borrowed)
        {
            Borrowed = checked(Borrowed + grant.Amount);
        }

        Recount(now);
    }

    /// <summary>The budget's limit was changed.</summary>
    public void LimitChanged() => ShrinkResidue();

    public BalanceSnapshot Snapshot(DateTimeOffset now) =>
        new(line.Budget, Window, Posted, Pending) { Limit = Limit(now), Instance = line.Instance };

    private void Refresh(DateTimeOffset now)
    {
        if (rolling is not null && rolling.NextExpiry <= now.UtcTicks)
        {
            rolling.Forget(now);
            ShrinkResidue();
        }

        if (now >= nextGrantChange)
        {
            Recount(now);
        }
    }

    /// <summary>Lets grants begin and end. One that ends leaves what was spent of it as residue.</summary>
    private void Recount(DateTimeOffset now)
    {
        granted = 0;
        nextGrantChange = DateTimeOffset.MaxValue;
        foreach (var lasting in grants.Where(grant => grant.Until is null && grant.From <= now))
        {
            granted += Math.Min(0, lasting.Amount);
        }

        // What is spent beyond the limit is spent of the grants, in the order in which they end.
        for (var i = 0; i < grants.Count; i++)
        {
            var grant = grants[i];
            if (grant.Until <= now)
            {
                var beyond = (Int128)Posted + Pending - line.Budget.Limit - granted - residue;
                residue += Int128.Clamp(beyond, 0, Math.Max(0, grant.Amount));
                grants.RemoveAt(i--);
            }
        }

        foreach (var grant in grants)
        {
            if (grant.From > now)
            {
                nextGrantChange = Earlier(nextGrantChange, grant.From);
                continue;
            }

            granted += grant.Until is null ? Math.Max(0, grant.Amount) : grant.Amount;
            nextGrantChange = Earlier(nextGrantChange, grant.Until ?? DateTimeOffset.MaxValue);
        }
    }

    private void ShrinkResidue()
    {
        if (residue > 0)
        {
            var beyond = (Int128)Posted + Pending - line.Budget.Limit;
            foreach (var grant in grants)
            {
                beyond -= Math.Min(0, grant.Amount);
            }

            residue = Int128.Clamp(beyond, 0, residue);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}

/// <summary>The figures of one budget at one moment.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="Window">The window they are of.</param>
/// <param name="Posted">Settled, in the budget's unit.</param>
/// <param name="Pending">Reserved, in the budget's unit.</param>
public sealed record BalanceSnapshot(Budget Budget, WindowSpan Window, long Posted, long Pending)
{
    /// <summary>The budget's limit and what grants add to it, in the budget's unit.</summary>
    public long Limit { get; init; } = Budget.Limit;

    /// <summary>Which one it is, where the budget is for each of a kind.</summary>
    public BudgetScope Instance { get; init; } = Budget.Scope;

    /// <summary>What can still be reserved.</summary>
    public long Remaining => (long)Int128.Max(0, (Int128)Limit - Posted - Pending);
}
