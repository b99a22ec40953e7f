namespace Purser.Auditor;

/// <summary>Everything that was told, and what follows from it.</summary>
internal sealed class AuditBooks
{
    private readonly Dictionary<string, AuditBudget> budgets = [];
    private readonly Dictionary<(string Budget, string Instance), AuditLine> lines = [];
    private readonly Dictionary<string, AuditTransfer> transfers = [];

    // What providers are owed, by unit: the credit to each debit in the budgets.
    private readonly Int128[] owed = new Int128[AuditUnits.Names.Count];
    private long clock = long.MinValue;

    public void Set(AuditBudget budget, long at)
    {
        Advance(at);
        budgets.Add(budget.Id, budget);
        if (!budget.IsEach)
        {
            // There from now on: grants begin and end in it, whether or not anybody looks.
            Line(budget, budget.Second is null ? budget.First : $"{budget.First}+{budget.Second}").At(clock);
        }

        foreach (var transfer in transfers.Values.Where(_ => budget.Window != "anchored"))
        {
            foreach (var instance in budget.Instances(transfer.Scopes))
            {
                var balance = Line(budget, instance).At(clock)!;
                if (transfer.AdmittedAt >= balance.Start && transfer.AdmittedAt < balance.End)
                {
                    Join(transfer, balance);
                }
            }
        }

        foreach (var line in lines.Values.Where(line => line.Budget.Id == budget.Id))
        {
            line.IncludePast(clock);
        }
    }

    public void Change(AuditBudget budget, long at)
    {
        Advance(at);
        budgets[budget.Id] = budget;
        foreach (var line in lines.Values.Where(line => line.Budget.Id == budget.Id))
        {
            // What ended before ended by the old limit.
            line.Balances.ForEach(balance => balance.AdvanceTo(clock));
            line.Budget = budget;
            line.Balances.ForEach(balance => balance.Shrink());
        }
    }

    public void Remove(string id, long at)
    {
        Advance(at);
        budgets.Remove(id);
        foreach (var key in lines.Keys.Where(key => key.Budget == id).ToList())
        {
            lines.Remove(key);
        }

        foreach (var transfer in transfers.Values)
        {
            transfer.Balances.RemoveAll(balance => balance.Line.Budget.Id == id);
        }
    }

    public void Grant(AuditGrant grant, long at)
    {
        Advance(at);
        var line = Line(budgets[grant.BudgetId], grant.Instance);
        if (grant.Cause == "carried" && !line.Knows(grant))
        {
            Carry(line, grant);
        }

        line.At(clock);
        line.Add(grant, clock);
        line.Balances.ForEach(balance => balance.AdvanceTo(clock));
    }

    public void Reserve(string attempt, IReadOnlyList<string> scopes, long[] amount, long at)
    {
        Advance(at);
        if (transfers.ContainsKey(attempt))
        {
            throw new AuditException("I3", $"{attempt} was admitted twice");
        }

        var transfer = new AuditTransfer(attempt, scopes, amount, clock);
        foreach (var budget in budgets.Values)
        {
            foreach (var instance in budget.Instances(scopes))
            {
                var balance = Line(budget, instance).Use(clock);
                balance.AdvanceTo(clock);
                CheckRoom(balance, transfer.PendingIn(AuditUnits.Place(budget.Unit)), $"the admission of {attempt}");
                Join(transfer, balance);
            }
        }

        transfers.Add(attempt, transfer);
    }

    public void Extend(string attempt, long[] more, long at)
    {
        Advance(at);
        var transfer = Open(attempt, "extended");
        foreach (var balance in transfer.Balances)
        {
            CheckRoom(balance, more[AuditUnits.Place(balance.Line.Budget.Unit)], $"the extension of {attempt}");
        }

        for (var i = 0; i < more.Length; i++)
        {
            transfer.Held[i] += more[i];
        }

        Shrink(transfer);
    }

    public void End(string attempt, long[]? posted, long at)
    {
        Advance(at);
        var transfer = Open(attempt, posted is null ? "voided" : "posted");
        transfer.IsOpen = false;
        if (posted is not null)
        {
            Owe(transfer, posted);
        }

        Shrink(transfer);
    }

    public void Adjust(string attempt, long[] difference, long at)
    {
        Advance(at);
        Owe(transfers[attempt], difference);
        Shrink(transfers[attempt]);
    }

    public void Refuse(string budgetId, string instance, IReadOnlyList<string> scopes, long[] amount, long at)
    {
        Advance(at);
        var budget = budgets[budgetId];
        var asked = budget.Unit == AuditUnits.Concurrency ? 1 : amount[AuditUnits.Place(budget.Unit)];
        var balance = Line(budget, instance).Probe(clock);
        balance.AdvanceTo(clock);
        var loan = budget.IsCalendar ? Math.Min(budget.Borrow, budget.Limit) - balance.SumOf("borrowed") : 0;
        if (!budget.IsHard || !budget.Instances(scopes).Contains(instance) || balance.Room + Int128.Max(0, loan) >= asked)
        {
            throw new AuditException("I3", $"{budgetId} ({instance}) refused {asked} with room for {balance.Room} and {loan} to borrow");
        }
    }

    public void CheckOpen(IEnumerable<string> open)
    {
        var expected = transfers
            .Values.Where(transfer => transfer.IsOpen)
            .Select(transfer => transfer.Attempt)
            .Order(StringComparer.Ordinal);
        var actual = open.Order(StringComparer.Ordinal).ToList();
        if (!expected.SequenceEqual(actual))
        {
            throw new AuditException("I3", $"under way are {string.Join(", ", actual)}, not {string.Join(", ", expected)}");
        }
    }

    public void CheckFigures(IReadOnlyCollection<AuditFigures> ledger, long at)
    {
        Advance(at);
        var seen = new HashSet<(string, string)>();
        foreach (var figures in ledger)
        {
            if (!seen.Add((figures.BudgetId, figures.Instance)))
            {
                throw new AuditException("I4", $"{figures.BudgetId} ({figures.Instance}) is there twice");
            }

            CheckFigures(figures);
        }

        foreach (var ((budget, instance), line) in lines)
        {
            if (!seen.Contains((budget, instance)) && line.At(clock) is { } balance && (balance.Posted != 0 || balance.Pending != 0))
            {
                throw new AuditException(
                    "I4",
                    $"the ledger forgot {budget} ({instance}) with {balance.Posted} posted, {balance.Pending} pending"
                );
            }
        }
    }

    /// <summary>What a window borrowed the one after it lent, to the last unit.</summary>
    public void CheckLoans()
    {
        foreach (var line in lines.Values)
        {
            foreach (var balance in line.Balances.Where(balance => balance.SumOf("borrowed") != 0))
            {
                var (borrowed, lent) = (balance.SumOf("borrowed"), line.LentFrom(balance.End));
                if (borrowed + lent != 0 || borrowed > line.MostBorrowed)
                {
                    throw new AuditException(
                        "I6",
                        $"{line.Budget.Id} ({line.Instance}) borrowed {borrowed}, and the next window lent {-lent}"
                    );
                }
            }
        }
    }

    public void CheckRoot(string budgetId, Int128 posted)
    {
        var owing = owed[AuditUnits.Place(budgets[budgetId].Unit)];
        if (posted != owing)
        {
            throw new AuditException("I6", $"providers are owed {owing}, and {budgetId} has posted {posted}");
        }
    }

    private static void CheckRoom(AuditBalance balance, Int128 amount, string what)
    {
        if (balance.Line.Budget.IsHard && amount > 0 && balance.Room < amount)
        {
            var on = balance.GivenOn > 0 ? $", of which {balance.GivenOn} were carried over already" : "";
            throw new AuditException(
                "I1",
                $"{what}: {balance.Line.Budget.Id} ({balance.Line.Instance}) has {balance.Posted} posted and {balance.Pending} pending of "
                    + $"{balance.Limit}{on}; {amount} more don't fit"
            );
        }
    }

    private static void Carry(AuditLine line, AuditGrant grant)
    {
        // The window before ends where this one begins.
        var before = line.At(grant.From - 1)!;
        before.AdvanceTo(grant.From);
        var most = Int128.Clamp(before.LeftAtEnd * line.Budget.CarryPercent / 100, 0, line.Budget.CarryCap);
        if (before.End != grant.From || grant.Amount > most)
        {
            throw new AuditException("I6", $"{line.Budget.Id} ({line.Instance}) carried {grant.Amount} over, and {most} were left");
        }

        before.GivenOn += grant.Amount;
    }

    private static void Shrink(AuditTransfer transfer) => transfer.Balances.ForEach(balance => balance.Shrink());

    private static void Join(AuditTransfer transfer, AuditBalance balance)
    {
        balance.Members.Add(transfer);
        transfer.Balances.Add(balance);
    }

    private void Owe(AuditTransfer transfer, long[] amount)
    {
        transfer.Settled.Add([.. amount]);
        for (var i = 0; i < amount.Length; i++)
        {
            owed[i] += amount[i];
        }
    }

    private void CheckFigures(AuditFigures figures)
    {
        var line = Line(budgets[figures.BudgetId], figures.Instance);
        var (posted, pending, limit) = ((Int128)0, (Int128)0, (Int128)line.Budget.Limit);
        var (start, end) = (long.MinValue, long.MinValue);
        if (line.At(clock) is { } balance)
        {
            balance.AdvanceTo(clock);
            (posted, pending, limit) = (balance.Posted, balance.Pending, Int128.Max(0, balance.Limit));
            (start, end) = (balance.Start, balance.End);
        }

        if ((posted, pending, limit) != (figures.Posted, figures.Pending, figures.Limit))
        {
            throw new AuditException(
                "I4",
                $"{figures.BudgetId} ({figures.Instance}) says {figures.Posted} posted, {figures.Pending} pending of {figures.Limit}; it's "
                    + $"{posted}, {pending} of {limit}"
            );
        }

        if ((start, end) != (figures.Start, figures.End))
        {
            throw new AuditException("I4", $"{figures.BudgetId}'s window is {figures.Start} to {figures.End}; it's {start} to {end}");
        }
    }

    private AuditTransfer Open(string attempt, string what) =>
        transfers.TryGetValue(attempt, out var transfer) && transfer.IsOpen
            ? transfer
            : throw new AuditException("I3", $"{attempt} was {what}, and isn't under way");

    private AuditLine Line(AuditBudget budget, string instance)
    {
        if (!lines.TryGetValue((budget.Id, instance), out var line))
        {
            lines.Add((budget.Id, instance), line = new AuditLine(budget, instance));
        }

        return line;
    }

    private void Advance(long at)
    {
        clock = Math.Max(clock, at);
        foreach (var line in lines.Values)
        {
            foreach (var balance in line.Balances)
            {
                if (!balance.IsClosed)
                {
                    balance.AdvanceTo(clock);
                }
            }
        }
    }
}
