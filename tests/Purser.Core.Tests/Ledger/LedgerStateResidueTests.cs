using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>What is left of a grant that has ended: as much as was spent of it then, for as long as it is spent.</summary>
public sealed class LedgerStateResidueTests
{
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void What_was_spent_of_an_ended_grant_takes_nothing_from_another()
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", 50, 0, until: 10), Start);
        state.Reserve(Attempt(1), scopes, Usd(120), Start);

        // 20 of the first are spent, so all 50 of the second are left.
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), scopes, Usd(51), At(2)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), scopes, Usd(50), At(2)).Status);
    }

    [Fact]
    public void What_is_spent_after_a_grant_has_ended_is_not_spent_of_it()
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.Reserve(Attempt(1), scopes, Usd(120), Start);
        state.Advance(At(2));
        state.Post(Attempt(1), Usd(145));

        Assert.Equal(120, state.Balance(2).Limit);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_grant_that_ends_when_it_comes_or_ended_before_counts_for_nothing(double until)
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.Reserve(Attempt(1), scopes, Usd(60), Start);
        state.Post(Attempt(1), Usd(130));
        state.AddGrant(Grant("grant_1", 50, 0, until), At(2));

        Assert.Equal(100, state.Balance(2).Limit);
    }

    [Fact]
    public void A_gift_that_comes_after_a_grants_end_does_not_make_more_of_it_spent()
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.Reserve(Attempt(1), scopes, Usd(120), Start);
        state.AddGrant(Grant("grant_2", -30, 0), At(2));

        // At 1, 20 of the first were spent; what is given away at 2 isn't there to be spent.
        Assert.Equal(90, state.Balance(2).Limit);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)] // as the grant ends
    public void A_gift_before_a_grants_end_makes_more_of_it_spent(double from)
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", -30, from), Start);
        state.Reserve(Attempt(1), scopes, Usd(110), Start);

        // Of 70 and the grant, 110 are spent: 40 of the grant.
        Assert.Equal(110, state.Balance(1).Limit);
    }

    [Fact]
    public void A_limit_that_is_lowered_after_a_grants_end_makes_no_more_of_it_spent()
    {
        var state = State(Budget(WindowKind.Lifetime, 120));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.Spend(1, scopes, 140, 0);
        state.Advance(At(2));
        state.ChangeBudget(Budget(WindowKind.Lifetime, 100));

        Assert.Equal(120, state.Balance(3).Limit);
    }

    [Fact]
    public void A_limit_that_is_lowered_makes_no_more_spent_of_a_grant_of_a_window_that_is_over_either()
    {
        var state = State(Budget(WindowKind.Day, 120));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", 30, 0), Start);
        state.Reserve(Attempt(1), scopes, Usd(140), Start);
        state.Balance(25);
        state.ChangeBudget(Budget(WindowKind.Day, 100));

        // 20 of the first, so the window has 150.
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(1), Usd(11), At(26)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(10), At(26)).Status);
    }

    [Fact]
    public void What_a_rolling_window_forgets_before_a_grant_ends_is_not_spent_of_it()
    {
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 0, until: 8), Start);
        state.AddGrant(Grant("grant_2", 20, 0, until: 3), Start);
        state.Spend(1, scopes, 100, 0);
        state.Spend(2, scopes, 40, 2);

        // At 3, 20 of the second were spent. At 5 the first 100 are forgotten, and at 8 the rest.
        Assert.Equal(170, state.Balance(3).Limit);
        Assert.Equal(150, state.Balance(6).Limit);
        state.Spend(3, scopes, 150, 7.9);
        Assert.Equal((150, 150), (state.Balance(9).Limit, state.Balance(9).Posted));
        Assert.Equal(100, state.Balance(13).Limit);
    }

    [Fact]
    public void What_was_forgotten_before_it_was_looked_at_leaves_no_residue()
    {
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 0, until: 3), Start);
        state.AddGrant(Grant("grant_2", 50, 0, until: 20), Start);
        state.Spend(1, scopes, 140, 0);
        state.Reserve(Attempt(2), scopes, Usd(30), At(4));

        // At 3, 40 were spent of the first; since then the window has forgotten 140, and 30 are held.
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(3), scopes, Usd(121), At(6)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(3), scopes, Usd(120), At(6)).Status);
        Assert.Equal(150, state.Balance(6).Limit);
    }

    [Fact]
    public void What_was_forgotten_before_a_gift_began_is_not_spent_again_by_it()
    {
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 0, until: 3), Start);
        state.AddGrant(Grant("grant_2", -30, 6), Start);
        state.Spend(1, scopes, 35, 0);
        state.Spend(2, scopes, 115, 2);

        // At 3 all 50 were spent; after 5, when 35 were forgotten, 15; at 6 there are 30 less.
        Assert.Equal(85, state.Balance(6.5).Limit);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(1)] // as the grant ends: what was given away is back then
    public void A_gift_that_ends_makes_more_of_a_grant_spent_while_it_lasts(double until)
    {
        var state = State(Budget(WindowKind.Rolling, 100, hours: 9));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", -30, 0, until), Start);
        state.Reserve(Attempt(1), scopes, Usd(110), Start);

        Assert.Equal(110, state.Balance(1).Limit);
    }

    [Fact]
    public void What_a_raised_limit_has_taken_the_place_of_does_not_come_back_with_a_gift()
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", -50, 5), Start);
        state.Spend(1, scopes, 140, 0);
        Assert.Equal(140, state.Balance(2).Limit);
        state.ChangeBudget(Budget(WindowKind.Lifetime, 150));

        Assert.Equal(100, state.Balance(5).Limit);
    }
}
