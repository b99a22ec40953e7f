using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>What the last so many hours hold, and limits that are beyond all numbers.</summary>
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
        // What was spent is forgotten; what is under way isn't.
        Assert.Equal((0, 80), (state.Balance(6).Posted, state.Balance(6).Pending));

        // What is posted of an attempt of which the window has forgotten the instant is forgotten too.
        state.Post(Attempt(1), Usd(60));
        Assert.Equal((0, 20), (state.Balance(6).Posted, state.Balance(6).Pending));
        state.Post(Attempt(3), Usd(7));
        Assert.Equal((7, 0), (state.Balance(6).Posted, state.Balance(6).Pending));
        Assert.Equal((0, 0), (state.Balance(9).Posted, state.Balance(9).Pending));
    }

    [Fact]
    public void A_rolling_window_at_the_end_of_time_forgets_nothing()
    {
        var last = DateTimeOffset.MaxValue.AddHours(-1);
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5));
        state.Reserve(Attempt(1), scopes, Usd(60), last);
        state.Post(Attempt(1), Usd(60));

        Assert.Equal(60, Assert.Single(state.Balances(last.AddMinutes(59))).Posted);
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
