using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Ledger;

/// <summary>What tests of the ledger are written with. Times are hours from the start of 24 November 2026, a Tuesday.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Start = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    public static readonly Scope Key = new(ScopeKind.Key, "pk-1");

    public static DateTimeOffset At(double hours) => Start + TimeSpan.FromTicks((long)Math.Round(hours * TimeSpan.TicksPerHour));

    public static Amount Usd(long nanos) => new(new Money(nanos), 0, 0);

    public static AttemptId Attempt(int number) => new(new Guid(number, 0, 0, new byte[8]), 1);

    public static BudgetWindow Window(WindowKind kind, double hours = 0) =>
        new(kind, TimeZoneInfo.Utc) { Length = TimeSpan.FromHours(hours) };

    /// <summary>A budget <c>bud_1</c> of the key in dollars.</summary>
    public static Budget Budget(WindowKind kind, long limit, double hours = 0) =>
        new("bud_1", "one", Key, BudgetUnit.Usd, Window(kind, hours), limit);

    public static Grant Grant(string id, long amount, double from, double? until = null) =>
        new(id, "bud_1", null, amount, At(from), until is { } hours ? At(hours) : null, GrantCause.Approved, "someone", "");

    public static LedgerState State(params Budget[] budgets)
    {
        var state = new LedgerState();
        state.Advance(Start);
        foreach (var budget in budgets)
        {
            state.AddBudget(budget, []);
        }

        return state;
    }

    /// <summary>A request that costs so much and is over.</summary>
    public static void Spend(this LedgerState state, int attempt, ScopeSet scopes, long nanos, double hours)
    {
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(attempt), scopes, Usd(nanos), At(hours)).Status);
        Assert.Equal(SettleStatus.Settled, state.Post(Attempt(attempt), Usd(nanos)).Status);
    }

    /// <summary>The figures of <c>bud_1</c>, the only one of its name.</summary>
    public static BalanceSnapshot Balance(this LedgerState state, double hours) =>
        Assert.Single(state.Balances(At(hours)), balance => balance.Budget.Id == "bud_1");
}
