using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>Windows that begin with their first use.</summary>
public sealed class LedgerStateAnchorTests
{
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void A_window_begins_with_its_first_use_and_ends_after_its_length()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        Assert.Equal(new WindowSpan(DateTimeOffset.MinValue, DateTimeOffset.MinValue), state.Balance(1).Window);

        state.Spend(1, scopes, 60, 2);
        state.Spend(2, scopes, 40, 6.9);
        Assert.Equal((new WindowSpan(At(2), At(7)), 100), (state.Balance(6.9).Window, state.Balance(6.9).Posted));
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(3), scopes, Usd(1), At(6.9)).Status);

        Assert.Equal((DateTimeOffset.MinValue, 0), (state.Balance(7).Window.Start, state.Balance(7).Posted));
        state.Spend(3, scopes, 100, 9);
        Assert.Equal(new WindowSpan(At(9), At(14)), state.Balance(9).Window);
    }

    [Fact]
    public void A_refused_request_begins_no_window()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(101), At(2)).Status);
        Assert.Equal(DateTimeOffset.MinValue, state.Balance(2).Window.Start);
    }

    [Fact]
    public void A_grant_waits_for_the_window_to_begin()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 0), Start);
        state.AddGrant(Grant("grant_2", 7, 0, until: 2), Start);
        state.AddGrant(Grant("grant_3", 9, 4), Start);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(158), At(1)).Status);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(151), At(2)).Status);

        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(1), scopes, Usd(150), At(2)).Status);
        Assert.Equal((150, 159), (state.Balance(3).Limit, state.Balance(4).Limit));
        state.Post(Attempt(1), Usd(0));

        // They were that window's.
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), scopes, Usd(101), At(7)).Status);
        state.Spend(2, scopes, 1, 7);
        Assert.Equal(100, state.Balance(7).Limit);
    }

    [Fact]
    public void A_grant_from_after_the_running_window_is_the_next_ones()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.Spend(1, scopes, 1, 0);
        state.AddGrant(Grant("grant_1", 50, 5), At(1));
        state.AddGrant(Grant("grant_2", 7, 4.9), At(1));
        Assert.Equal((100, 107), (state.Balance(1).Limit, state.Balance(4.9).Limit));

        state.Spend(2, scopes, 150, 5);
        Assert.Equal(150, state.Balance(5).Limit);
    }

    [Fact]
    public void A_grant_from_after_the_next_window_too_waits_on()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 5), Start);
        state.Spend(1, scopes, 1, 0);
        Assert.Equal(100, state.Balance(4).Limit);

        state.Spend(2, scopes, 150, 5);
    }

    [Fact]
    public void A_waiting_grant_ends_when_it_ends()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 0, until: 4), Start);
        state.Spend(1, scopes, 1, 2);

        Assert.Equal((150, 100), (state.Balance(3.9).Limit, state.Balance(4).Limit));
    }

    [Fact]
    public void A_waiting_grant_can_add_until_it_ends()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 0, until: 2), Start);
        state.AddGrant(Grant("grant_2", 7, 0), Start);
        state.AddGrant(Grant("grant_3", -3, 0), Start);

        Assert.Equal([(Int128)57, (Int128)7], new[] { 1.9, 2 }.Select(hours => state.Added(At(hours))["bud_1"]));
    }

    [Fact]
    public void A_waiting_grant_that_begins_later_is_no_room_yet()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 1), Start);

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(101), At(0.9)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(1), scopes, Usd(101), At(1)).Status);
    }

    [Fact]
    public void A_new_budget_begins_with_its_own_first_use()
    {
        var state = State(Budget(WindowKind.Day, 1_000));
        var budget = Budget(WindowKind.Anchored, 100, hours: 5) with { Id = "bud_2" };
        state.Spend(1, scopes, 60, 1);
        state.Reserve(Attempt(2), scopes, Usd(5), At(1));
        state.AddBudget(budget, [new PastCharge(scopes, At(1), Usd(60))]);

        Assert.Equal((0, 0), (state.Balances(scopes, At(1))[1].Posted, state.Balances(scopes, At(1))[1].Pending));
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(3), scopes, Usd(100), At(1)).Status);
    }
}
