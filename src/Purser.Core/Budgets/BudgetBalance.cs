namespace Purser.Core.Budgets;

/// <summary>What one budget has spent and holds in one window. Changed by the ledger alone.</summary>
public sealed class BudgetBalance
{
    internal BudgetBalance(Budget budget, WindowSpan window, long posted)
    {
        Budget = budget;
        Window = window;
        Posted = posted;
    }

    /// <summary>The budget; its limit may change while the window runs.</summary>
    public Budget Budget { get; internal set; }

    /// <summary>The window.</summary>
    public WindowSpan Window { get; }

    /// <summary>Settled in this window, in the budget's unit.</summary>
    public long Posted { get; internal set; }

    /// <summary>Reserved by attempts still under way, in the budget's unit.</summary>
    public long Pending { get; internal set; }

    /// <summary>What can still be reserved; never negative, though a budget can be overdrawn by a named cause.</summary>
    public long Remaining => Math.Max(0, Budget.Limit - Posted - Pending);

    /// <summary>The figures at this moment.</summary>
    public BalanceSnapshot Snapshot() => new(Budget, Window, Posted, Pending);
}

/// <summary>The figures of one budget at one moment.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="Window">The window they are of.</param>
/// <param name="Posted">Settled, in the budget's unit.</param>
/// <param name="Pending">Reserved, in the budget's unit.</param>
public sealed record BalanceSnapshot(Budget Budget, WindowSpan Window, long Posted, long Pending)
{
    /// <summary>What can still be reserved.</summary>
    public long Remaining => Math.Max(0, Budget.Limit - Posted - Pending);
}
