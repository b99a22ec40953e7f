namespace Purser.Auditor;

/// <summary>A budget, or one thing that it stands for, with every window of it that anything happened in.</summary>
internal sealed class AuditLine(AuditBudget budget, string instance)
{
    // Seven days.
    private const long RunIdle = 604_800_000_000;

    private readonly List<(AuditGrant Grant, long ArrivedAt)> grants = [];
    private long? lastUse;

    /// <summary>The budget as it is now.</summary>
    public AuditBudget Budget
    {
        get;
        set
        {
            field = value;
            MostBorrowed = Int128.Max(MostBorrowed, value.Borrow);
        }
    } = budget;

    public string Instance => instance;

    public List<AuditBalance> Balances { get; } = [];

    /// <summary>The most that one window may ever have borrowed.</summary>
    public Int128 MostBorrowed { get; private set; } = budget.Borrow;

    /// <summary>What was lent by the window that begins at an instant; negative.</summary>
    public Int128 LentFrom(long start)
    {
        Int128 sum = 0;
        foreach (var (grant, _) in grants)
        {
            sum += grant.Cause == "lent" && grant.From == start ? grant.Amount : 0;
        }

        return sum;
    }

    /// <summary>The window of an instant, or null where an anchored one isn't running.</summary>
    public AuditBalance? At(long now)
    {
        if (Budget.Window == "run")
        {
            return Run(now);
        }

        if (
            Balances.Find(balance => balance.Start <= now && now < balance.End) is var known
            && (known is not null || Budget.Window == "anchored")
        )
        {
            return known;
        }

        var (start, end) = Budget.IsCalendar ? AuditCalendar.WindowAt(Budget, now) : (long.MinValue, long.MaxValue);
        return Window(start, end, start);
    }

    /// <summary>The window of an instant; an anchored one that isn't running begins.</summary>
    public AuditBalance Use(long now)
    {
        var used = At(now) ?? Window(now, now + Budget.Length, now);
        if (Budget.Window == "run" && lastUse is null)
        {
            used.Start = now;
        }

        lastUse = now;
        return used;
    }

    /// <summary>What was charged before there was the budget counts as a use.</summary>
    public void IncludePast(long now)
    {
        if (Balances.Exists(balance => balance.Members.Exists(transfer => transfer.IsOpen || transfer.Settled.Count > 0)))
        {
            lastUse = now;
        }
    }

    /// <summary>What an anchored window would be, were it to begin; it isn't kept.</summary>
    public AuditBalance Probe(long now)
    {
        if (At(now) is { } running)
        {
            return running;
        }

        var balance = Use(now);
        Balances.Remove(balance);
        return balance;
    }

    /// <summary>Takes a grant. The same one twice, or one that has ended when it comes, counts for nothing.</summary>
    public void Add(AuditGrant grant, long now)
    {
        if (grant.Until <= now || Knows(grant))
        {
            return;
        }

        if (Budget.Window == "run")
        {
            Run(now);
        }

        grants.Add((grant, now));
        foreach (var balance in Present().Where(balance => InTime(grant, now, balance) && Belongs(grant, balance)))
        {
            // An anchored window that runs takes what comes; else the next one does.
            balance.Grants.Add(grant);
        }
    }

    // Of the windows of runs that are over, none gets anything any more.
    private IEnumerable<AuditBalance> Present() => Budget.Window == "run" ? Balances.TakeLast(1) : Balances;

    public bool Knows(AuditGrant grant) => grants.Any(known => known.Grant.Id == grant.Id);

    private AuditBalance Run(long now)
    {
        if (Balances.Count == 0)
        {
            return Window(long.MinValue, long.MaxValue, long.MinValue);
        }

        if (lastUse is { } used && now - used > RunIdle && !Balances[^1].Members.Exists(transfer => transfer.IsOpen))
        {
            // It has ended, and its grants with it; the name is free for another run.
            Balances.Add(new AuditBalance(this, long.MinValue, long.MaxValue));
            lastUse = null;
        }

        return Balances[^1];
    }

    private AuditBalance Window(long start, long end, long begin)
    {
        if (Balances.Find(balance => balance.Start == start && balance.End == end) is { } known)
        {
            return known;
        }

        var made = new AuditBalance(this, start, end);
        foreach (var (grant, arrived) in grants)
        {
            var taken = Budget.Window == "anchored" && Balances.Any(balance => balance.Grants.Contains(grant));
            if (InTime(grant, arrived, made) && !taken && Belongs(grant, made) && !(Budget.Window == "anchored" && grant.Until <= begin))
            {
                made.Grants.Add(grant);
            }
        }

        Balances.Add(made);
        return made;
    }

    // What windows that nobody used carried on comes all at once, when somebody looks.
    private static bool InTime(AuditGrant grant, long arrived, AuditBalance balance) => arrived < balance.End || grant.Cause == "carried";

    private bool Belongs(AuditGrant grant, AuditBalance balance) =>
        Budget.IsCalendar ? grant.From >= balance.Start && grant.From < balance.End : grant.From < balance.End;
}
