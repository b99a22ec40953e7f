using Purser.Core.Ledger;

namespace Purser.Core.Budgets;

/// <summary>What one budget has spent and holds in one window, and what its grants add there. Changed by the ledger alone.</summary>
internal sealed class BudgetBalance
{
    private readonly BudgetLine line;
    private readonly RollingBuckets? rolling;
    private readonly List<Grant> grants = [];

    // 128 bits, so that no sum of amounts can overflow: a move that failed half-way would leave some budgets with it and some without.
    private Int128 posted;

    // What expired grants were spent on: it stays part of the limit for as long as it's spent, and no longer.
    private Int128 residue;
    private Int128 granted;

    // What of it is given away: the part of it that is below zero and has begun.
    private Int128 givenAway;

    // What the next window has taken over: it can't be spent here any more.
    private Int128 carriedOn;
    private DateTimeOffset nextGrantChange = DateTimeOffset.MaxValue;

    public BudgetBalance(BudgetLine line, WindowSpan window)
    {
        this.line = line;
        Window = window;
        rolling = line.Budget.Window.Kind == WindowKind.Rolling ? new RollingBuckets(line.Budget.Window) : null;
    }

    public BudgetBalance(BudgetLine line, BalanceImage image)
        : this(line, image.Window)
    {
        (posted, Pending, Borrowed, Fired) = (image.Posted, image.Pending, image.Borrowed, image.Fired);
        (residue, granted, givenAway, carriedOn) = (image.Residue, image.Granted, image.GivenAway, image.CarriedOn);
        nextGrantChange = image.NextGrantChange;
        grants.AddRange(image.Grants);
        rolling?.Restore(image.Buckets);
    }

    public BudgetLine Line => line;

    /// <summary>The window; that of a run begins with its first use, and has an end once it's over.</summary>
    public WindowSpan Window { get; set; }

    /// <summary>Settled in this window, in the budget's unit.</summary>
    public Int128 Posted => rolling?.Posted ?? posted;

    /// <summary>Reserved by attempts still under way, in the budget's unit.</summary>
    public Int128 Pending { get; private set; }

    /// <summary>What was borrowed from the next window.</summary>
    public Int128 Borrowed { get; private set; }

    /// <summary>Which thresholds have been reached, by their place; the forecast and exhaustion have places of their own.</summary>
    public int Fired { get; set; }

    /// <summary>How many attempts under way hold something of it, or nothing yet.</summary>
    public int Holders { get; set; }

    /// <summary>Whether nothing is spent, held or granted: it's as a new one.</summary>
    public bool IsBlank(DateTimeOffset now)
    {
        Refresh(now);
        return grants.Count == 0 && Posted == 0 && Pending == 0 && residue == 0 && carriedOn == 0;
    }

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
        return line.Budget.Limit + granted + residue - carriedOn - Posted - Pending;
    }

    /// <summary>Gives so much of what is left to the next window, beyond recall.</summary>
    public void CarryOn(long amount) => carriedOn += amount;

    /// <summary>Holds, posts and releases, as changes of the two figures, for a charge admitted at an instant. It can't fail.</summary>
    public void Move(DateTimeOffset admittedAt, long addPosted, long addPending, DateTimeOffset now)
    {
        Refresh(now);
        if (rolling is null)
        {
            posted += addPosted;
        }
        else
        {
            rolling.Add(admittedAt, addPosted, now);
        }

        Pending += addPending;
        ShrinkResidue();
    }

    /// <summary>Adds a grant that belongs to this window; the same one twice is one, and one that has ended when it comes is none.</summary>
    /// <returns>Whether it was added.</returns>
    public bool Add(Grant grant, DateTimeOffset now)
    {
        Refresh(now);
        if (grant.Until <= now || grants.Any(known => known.Id == grant.Id))
        {
            return false;
        }

        grants.Add(grant);
        // Those that expire first are spent first.
        grants.Sort(static (left, right) => (left.Until ?? DateTimeOffset.MaxValue).CompareTo(right.Until ?? DateTimeOffset.MaxValue));
        if (grant.Cause == GrantCause.Borrowed)
        {
            Borrowed += grant.Amount;
        }

        Recount(now);
        ShrinkResidue();
        return true;
    }

    /// <summary>The balance as a value.</summary>
    /// <param name="place">The line's place.</param>
    public BalanceImage Capture(int place) =>
        new(
            place,
            Window,
            posted,
            Pending,
            residue,
            granted,
            givenAway,
            carriedOn,
            Borrowed,
            Fired,
            nextGrantChange,
            [.. grants],
            rolling?.Capture() ?? []
        );

    /// <summary>The figures now.</summary>
    public BalanceSnapshot Snapshot(DateTimeOffset now)
    {
        Refresh(now);
        return new BalanceSnapshot(line.Budget, Window, Figure(Posted), Figure(Pending)) { Limit = Limit(now), Instance = line.Instance };
    }

    /// <summary>
    /// Lets what begins, ends and is forgotten until now do so in the order of time, so that it makes no difference who looked when.
    /// </summary>
    public void Refresh(DateTimeOffset now)
    {
        while (NextChange() is var next && next <= now)
        {
            rolling?.Forget(next);
            if (nextGrantChange <= next)
            {
                Recount(next);
            }

            ShrinkResidue();
        }

        ShrinkResidue();
    }

    private DateTimeOffset NextChange() =>
        rolling is null || rolling.NextExpiry >= nextGrantChange.UtcTicks
            ? nextGrantChange
            : new DateTimeOffset(rolling.NextExpiry, TimeSpan.Zero);

    /// <summary>The most that grants can add from now on: those in force and those to come.</summary>
    public Int128 Added(DateTimeOffset now)
    {
        Refresh(now);
        return grants.Aggregate((Int128)0, static (sum, grant) => sum + Math.Max(0, grant.Amount));
    }

    private static long Figure(Int128 sum) => (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);

    /// <summary>Lets grants begin and end. One that ends leaves what was spent of it as residue.</summary>
    private void Recount(DateTimeOffset now)
    {
        givenAway = 0;
        foreach (var grant in grants)
        {
            givenAway += grant.From <= now && !(grant.Until <= now) ? Math.Min(0, grant.Amount) : 0;
        }

        // What is spent beyond the limit is spent of the grants, in the order in which they end.
        for (var i = 0; i < grants.Count; i++)
        {
            var grant = grants[i];
            if (grant.Until <= now)
            {
                var beyond = Posted + Pending - line.Budget.Limit - givenAway - residue;
                residue += Int128.Clamp(beyond, 0, Math.Max(0, grant.Amount));
                grants.RemoveAt(i--);
            }
        }

        granted = 0;
        nextGrantChange = DateTimeOffset.MaxValue;
        foreach (var grant in grants)
        {
            var begun = grant.From <= now;
            granted += begun ? grant.Amount : 0;
            nextGrantChange = Earlier(nextGrantChange, begun ? grant.Until ?? DateTimeOffset.MaxValue : grant.From);
        }
    }

    private void ShrinkResidue()
    {
        if (residue > 0)
        {
            residue = Int128.Clamp(Posted + Pending - line.Budget.Limit - givenAway, 0, residue);
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
