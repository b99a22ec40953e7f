using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>What the last so many hours hold, and sums that are beyond all numbers.</summary>
public sealed class LedgerStateRollingTests
{
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void A_rolling_window_holds_what_is_under_way()
    {
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5));
        state.Reserve(Attempt(1), scopes, Usd(60), At(0));
        state.Reserve(Attempt(2), scopes, Usd(10), At(0));
        state.Reserve(Attempt(3), scopes, Usd(20), At(3));
        Assert.Equal((0, 90), (state.Balance(3).Posted, state.Balance(3).Pending));
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(4), scopes, Usd(11), At(3)).Status);

        state.Post(Attempt(2), Usd(5));
        Assert.Equal((5, 80), (state.Balance(3).Posted, state.Balance(3).Pending));
        Assert.Equal((0, 20), (state.Balance(6).Posted, state.Balance(6).Pending));

        // What is posted of an attempt that the window has forgotten stays forgotten.
        state.Post(Attempt(1), Usd(60));
        state.Void(Attempt(3));
        Assert.Equal((0, 0), (state.Balance(6).Posted, state.Balance(6).Pending));
    }

    [Fact]
    public void A_rolling_window_at_the_end_of_time_forgets_nothing()
    {
        var last = DateTimeOffset.MaxValue.AddHours(-1);
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5));
        state.Reserve(Attempt(1), scopes, Usd(60), last);

        Assert.Equal(60, Assert.Single(state.Balances(last.AddMinutes(59))).Pending);
    }

    [Theory]
    [InlineData(WindowKind.Lifetime)]
    [InlineData(WindowKind.Rolling)]
    public void More_than_can_be_counted_is_an_error_and_not_a_small_sum(WindowKind kind)
    {
        var tokens = Budget(kind, 1, hours: 5) with { Unit = BudgetUnit.Tokens, OnExhausted = OnExhausted.Alert };
        var most = new Amount(Money.Zero, long.MaxValue, 0);
        var posted = State(Budget(WindowKind.Day, 1) with { Id = "bud_2" }, tokens);
        posted.Reserve(Attempt(1), scopes, Amount.Zero, At(0));
        posted.Reserve(Attempt(2), scopes, Amount.Zero, At(1));
        posted.Post(Attempt(1), most);
        Assert.Throws<OverflowException>(() => posted.Post(Attempt(2), most));

        var held = State(Budget(WindowKind.Day, 1) with { Id = "bud_2" }, tokens);
        held.Reserve(Attempt(1), scopes, most, At(0));
        Assert.Throws<OverflowException>(() => held.Reserve(Attempt(2), scopes, most, At(1)));
    }

    [Fact]
    public void More_than_can_be_counted_is_not_borrowed()
    {
        var state = State(Budget(WindowKind.Day, 1));
        var loan = Grant("grant_1", long.MaxValue, 0) with { Cause = GrantCause.Borrowed };
        state.AddGrant(loan, Start);

        Assert.Throws<OverflowException>(() => state.AddGrant(loan with { Id = "grant_2" }, Start));
    }

    [Fact]
    public void Limits_and_grants_beyond_all_numbers_are_the_largest()
    {
        var state = State(Budget(WindowKind.Lifetime, long.MaxValue));
        state.AddGrant(Grant("grant_1", long.MaxValue, 0), Start);
        Assert.Equal(long.MaxValue, state.Balance(0).Limit);
        state.AddGrant(Grant("grant_2", -long.MaxValue, 0), Start);
        state.AddGrant(Grant("grant_3", -long.MaxValue, 0), Start);
        state.AddGrant(Grant("grant_4", -1, 0), Start);
        Assert.Equal(0, state.Balance(0).Limit);
    }
}
