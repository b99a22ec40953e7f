namespace Purser.Auditor;

/// <summary>One window of one line, summed up afresh from its transfers each time it's asked.</summary>
internal sealed class AuditBalance(AuditLine line, long start, long end)
{
    private const long EpochTicks = 621_355_968_000_000_000;
    private readonly int place = AuditUnits.Place(line.Budget.Unit);
    private long clock = long.MinValue;
    private Int128 residue;
    private Int128 residueAtEnd;

    public AuditLine Line => line;

    public long Start { get; set; } = start;

    public long End => end;

    public List<AuditTransfer> Members { get; } = [];

    public List<AuditGrant> Grants { get; } = [];

    /// <summary>What this window has given to the next one, beyond recall.</summary>
    public Int128 GivenOn { get; set; }

    public Int128 Posted => Sum(transfer => IsForgotten(transfer, clock) ? 0 : transfer.PostedIn(place));

    /// <summary>What is under way, also where its admission has left a rolling window.</summary>
    public Int128 Pending => Sum(transfer => transfer.PendingIn(place));

    /// <summary>The limit and what grants add to it now; may be negative.</summary>
    public Int128 Limit => line.Budget.Limit + Active(clock) + residue;

    public Int128 Room => Limit - GivenOn - Posted - Pending;

    /// <summary>What was left when the window ended, after all that is still held.</summary>
    public Int128 LeftAtEnd => line.Budget.Limit + Active(end - 1) + (clock >= end ? residueAtEnd : residue) - GivenOn - Posted - Pending;

    public Int128 SumOf(string cause)
    {
        Int128 sum = 0;
        foreach (var grant in Grants)
        {
            sum += grant.Cause == cause ? grant.Amount : 0;
        }

        return sum;
    }

    /// <summary>Lets what begins and ends until an instant begin and end, in the order of time.</summary>
    public void AdvanceTo(long now)
    {
        while (NextChange() is var next && next <= now)
        {
            PassEnd(next);
            clock = next;
            foreach (var grant in Grants.Where(grant => grant.Until == next).ToList())
            {
                // What is spent beyond the limit is spent of the grants, in the order in which they end.
                residue += Int128.Clamp(Posted + Pending - line.Budget.Limit - Given(next) - residue, 0, Int128.Max(0, grant.Amount));
            }

            Shrink();
        }

        PassEnd(now);
        clock = Math.Max(clock, now);
        Shrink();
    }

    /// <summary>What ended grants were spent on is theirs for as long as it's spent.</summary>
    public void Shrink()
    {
        if (residue > 0)
        {
            residue = Int128.Clamp(Posted + Pending - line.Budget.Limit - Given(clock), 0, residue);
        }
    }

    /// <summary>Whether it's over and nothing is under way in it: it can't admit anything any more.</summary>
    public bool IsClosed => clock >= end && Members.TrueForAll(transfer => !transfer.IsOpen);

    private void PassEnd(long next)
    {
        if (clock < end && next >= end)
        {
            residueAtEnd = residue;
        }
    }

    private long NextChange()
    {
        var next = long.MaxValue;
        foreach (var grant in Grants)
        {
            next = Sooner(next, grant.From);
            next = Sooner(next, grant.Until ?? long.MaxValue);
        }

        if (line.Budget.Window == "rolling")
        {
            foreach (var transfer in Members)
            {
                next = Sooner(next, ForgottenAt(transfer));
            }
        }

        return next;
    }

    private long Sooner(long next, long at) => at > clock && at < next ? at : next;

    private Int128 Active(long at)
    {
        Int128 sum = 0;
        foreach (var grant in Grants)
        {
            sum += grant.From <= at && !(grant.Until <= at) ? grant.Amount : 0;
        }

        return sum;
    }

    private Int128 Given(long at)
    {
        Int128 sum = 0;
        foreach (var grant in Grants)
        {
            sum += grant.From <= at && !(grant.Until <= at) && grant.Amount < 0 ? grant.Amount : 0;
        }

        return sum;
    }

    private Int128 Sum(Func<AuditTransfer, Int128> of)
    {
        Int128 sum = 0;
        foreach (var transfer in Members)
        {
            sum += of(transfer);
        }

        return sum;
    }

    private bool IsForgotten(AuditTransfer transfer, long at) => line.Budget.Window == "rolling" && ForgottenAt(transfer) <= at;

    /// <summary>A rolling window forgets by stretches of a 128th of its length, at least a second, each when all of it has left.</summary>
    private long ForgottenAt(AuditTransfer transfer)
    {
        var length = (Int128)line.Budget.Length * 10;
        var stretch = Int128.Max(10_000_000, length / 128);
        var admitted = ((Int128)transfer.AdmittedAt * 10) + EpochTicks;
        var at = (((admitted / stretch) + 1) * stretch) + length - EpochTicks;
        return (long)((at + 9) / 10);
    }
}
