using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>What is counted when a budget is made, and corrected afterwards.</summary>
public sealed class LedgerStateRestartTests
{
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void A_new_budget_counts_what_its_window_has_settled_and_holds()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000));
        var other = new ScopeSet([new Scope(ScopeKind.Key, "pk-2")]);
        state.Reserve(Attempt(1), scopes, Usd(10), At(23));
        state.Reserve(Attempt(2), scopes, Usd(20), At(24));
        PastCharge[] settled = [new(scopes, At(23), Usd(1)), new(scopes, At(24), Usd(2)), new(other, At(24), Usd(4))];
        state.AddBudget(Budget(WindowKind.Day, 100) with { Id = "bud_2" }, settled);

        var balance = state.Balances(scopes, At(24))[1];
        Assert.Equal((2, 20), (balance.Posted, balance.Pending));
        state.Void(Attempt(1));
        state.Post(Attempt(2), Usd(15));
        balance = state.Balances(scopes, At(24))[1];
        Assert.Equal((17, 0), (balance.Posted, balance.Pending));
    }

    [Fact]
    public void A_new_budget_for_each_of_a_kind_counts_what_each_has_settled_and_holds()
    {
        var (one, two) = (new ScopeSet([Key, Run("one")]), new ScopeSet([Key, Run("two")]));
        var state = State(Budget(WindowKind.Lifetime, 1_000));
        state.Reserve(Attempt(1), one, Usd(10), At(1));
        state.AddBudget(
            new Budget("bud_2", "two", Scope.EachOf(ScopeKind.Run), BudgetUnit.Usd, Window(WindowKind.Day), 100),
            [new PastCharge(two, At(1), Usd(1)), new PastCharge(two, At(1), Usd(2)), new PastCharge(one, At(1), Usd(4))]
        );

        Assert.Equal((4, 10), (state.Balances(one, At(1))[1].Posted, state.Balances(one, At(1))[1].Pending));
        Assert.Equal((3, 0), (state.Balances(two, At(1))[1].Posted, state.Balances(two, At(1))[1].Pending));
    }

    [Fact]
    public void A_new_budget_of_concurrency_counts_the_attempts_under_way()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000));
        state.Reserve(Attempt(1), scopes, Usd(10), At(1));
        state.AddBudget(new Budget("bud_2", "two", Key, BudgetUnit.Concurrency, Window(WindowKind.Lifetime), 1), []);

        Assert.Equal("bud_2", state.Reserve(Attempt(2), scopes, Usd(1), At(1)).Refusing?.Budget.Id);
        state.Post(Attempt(1), Usd(1));
        Assert.True(state.Reserve(Attempt(2), scopes, Usd(1), At(1)).IsReserved);
    }

    [Fact]
    public void A_correction_counts_in_the_window_of_its_charge()
    {
        var state = State(Budget(WindowKind.Day, 100), Budget(WindowKind.Lifetime, 500) with { Id = "bud_2" });
        state.Spend(1, scopes, 40, 1);
        state.Adjust(scopes, At(1), Usd(-15));
        Assert.Equal([25, 25], state.Balances(At(1)).Select(balance => balance.Posted));

        state.Balances(At(25));
        state.Adjust(scopes, At(1), Usd(-5));
        Assert.Equal([0, 20], state.Balances(At(25)).Select(balance => balance.Posted));
    }

    [Fact]
    public void A_correction_counts_once_where_several_attempts_are_under_way()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Reserve(Attempt(1), scopes, Usd(10), At(1));
        state.Reserve(Attempt(2), scopes, Usd(10), At(1));
        state.Adjust(scopes, At(1), Usd(30));
        Assert.Equal(30, state.Balance(1).Posted);

        state.Balance(25);
        state.Adjust(scopes, At(1), Usd(30));
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(20), At(25)).Status);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(2), Usd(1), At(25)).Status);
    }

    [Fact]
    public void A_correction_of_another_scope_is_not_counted()
    {
        var other = new Scope(ScopeKind.Key, "pk-2");
        var state = State(Budget(WindowKind.Day, 100), Budget(WindowKind.Day, 100) with { Id = "bud_2", Scope = other });
        state.Reserve(Attempt(1), scopes, Usd(10), At(1));
        state.Reserve(Attempt(2), new ScopeSet([other]), Usd(10), At(1));
        state.Adjust(scopes, At(1), Usd(30));

        Assert.Equal([30, 0], state.Balances(At(1)).Select(balance => balance.Posted));
    }

    [Fact]
    public void A_correction_begins_the_window_of_the_present_with_what_is_carried_over()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(100, 100) });
        state.Spend(1, scopes, 40, 1);
        state.Advance(At(25));
        state.Adjust(scopes, At(1), Usd(30));

        Assert.Equal(60, Assert.Single(state.TakeRationed()).Amount);
        Assert.Equal(160, state.Balance(25).Limit);
    }

    [Fact]
    public void A_lowered_limit_counts_in_a_window_that_is_over_for_what_is_under_way_there()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 2), Start);
        state.Reserve(Attempt(1), scopes, Usd(130), At(1));
        state.Balance(25);
        state.ChangeBudget(Budget(WindowKind.Day, 120));
        // The grant ended with 30 of it spent, by the limit of that time; 10 of them are left beyond the new one.
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(1), Usd(1), At(26)).Status);
        Assert.Equal(120, state.Balance(26).Limit);
    }

    [Fact]
    public void The_clock_never_goes_back()
    {
        var state = State(Budget(WindowKind.Day, 100));
        Assert.Equal(At(5), state.Advance(At(5)));
        Assert.Equal(At(5), state.Advance(At(4)));
        Assert.Equal(At(5), state.HighWater);
        state.Reserve(Attempt(1), scopes, Usd(1), At(3));
        Assert.Equal(At(5), state.Open[Attempt(1)].AdmittedAt);
    }

    private static Scope Run(string id) => new(ScopeKind.Run, id);
}
