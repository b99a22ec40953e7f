using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>What one window gives to the next, takes from it, and what waits for it.</summary>
public sealed class LedgerStateRationTests
{
    private static readonly Scope Run = new(ScopeKind.Run, "pk-1/s");
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void What_is_borrowed_is_the_next_windows_loss()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Borrow = 30 });
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(131), At(1)).Status);
        Assert.Empty(state.Rationed);

        state.Spend(1, scopes, 110, 1);
        state.Spend(2, scopes, 20, 2);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(3), scopes, Usd(1), At(3)).Status);

        Assert.Equal(130, state.Balance(3).Limit);
        Assert.Equal(70, state.Balance(24).Limit);
        Assert.Equal(100, state.Balance(48).Limit);
        Assert.Equal(
            [
                new Grant("grant_borrow0_bud_1_1795478400", "bud_1", null, 10, At(1), null, GrantCause.Borrowed, "rule", "borrowed"),
                new Grant("grant_lend0_bud_1_1795478400", "bud_1", null, -10, At(24), null, GrantCause.Lent, "rule", "borrowed"),
                new Grant("grant_borrow10_bud_1_1795478400", "bud_1", null, 20, At(2), null, GrantCause.Borrowed, "rule", "borrowed"),
                new Grant("grant_lend10_bud_1_1795478400", "bud_1", null, -20, At(24), null, GrantCause.Lent, "rule", "borrowed"),
            ],
            state.TakeRationed()
        );
        Assert.Empty(state.TakeRationed());
    }

    [Fact]
    public void The_next_window_lends_no_more_than_its_limit()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Borrow = 500 });

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(201), At(1)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(1), scopes, Usd(200), At(1)).Status);
        Assert.Equal(0, state.Balance(24).Limit);
    }

    [Fact]
    public void Where_another_budget_refuses_nothing_is_borrowed()
    {
        var state = State(
            Budget(WindowKind.Day, 100) with
            {
                Borrow = 100,
            },
            new Budget("bud_2", "two", Key, BudgetUnit.Usd, Window(WindowKind.Day), 110)
        );

        Assert.Equal("bud_2", state.Reserve(Attempt(1), scopes, Usd(111), At(1)).Refusing?.Budget.Id);
        Assert.Empty(state.Rationed);
        Assert.Equal(100, state.Balance(1).Limit);
    }

    [Fact]
    public void A_window_that_nothing_follows_borrows_nothing()
    {
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5) with { Borrow = 100 });

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(101), At(1)).Status);
    }

    [Theory]
    [InlineData(50, 1_000, 10, 45)]
    [InlineData(50, 1_000, 9, 45)] // half a nano-dollar isn't carried
    [InlineData(100, 30, 10, 30)]
    [InlineData(100, 1_000, 100, 0)]
    [InlineData(1, 1_000, 1, 0)]
    public void A_part_of_what_is_left_is_carried_over(int percent, long cap, long spent, long carried)
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(percent, cap) });
        state.Spend(1, scopes, spent, 1);

        Assert.Equal(100 + carried, state.Balance(24).Limit);
        Grant[] grants =
        [
            new("grant_carry_bud_1_1795564800", "bud_1", null, carried, At(24), null, GrantCause.CarriedOver, "rule", "carried over"),
        ];
        Assert.Equal(carried == 0 ? [] : grants, state.TakeRationed());
    }

    [Fact]
    public void What_was_spent_beyond_the_limit_carries_nothing_over()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(100, 1_000) });
        state.Reserve(Attempt(1), scopes, Usd(100), At(1));
        state.Post(Attempt(1), Usd(130));

        Assert.Equal(100, state.Balance(24).Limit);
        Assert.Empty(state.Rationed);
    }

    [Fact]
    public void Windows_that_pass_unused_carry_over_too()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(50, 1_000) });
        state.Spend(1, scopes, 20, 1);

        // 40 of 80; 70 of 140; 85 of 170.
        Assert.Equal(185, state.Balance(72).Limit);
        Assert.Equal([40, 70, 85], state.TakeRationed().Select(grant => grant.Amount));
    }

    [Fact]
    public void After_400_unused_windows_no_more_is_carried()
    {
        var state = State(Budget(WindowKind.Minute, 1) with { CarryOver = new CarryOver(100, 1_000) });
        Assert.Equal(401, state.Balance(400.0 / 60).Limit);

        var longer = State(Budget(WindowKind.Minute, 1) with { CarryOver = new CarryOver(100, 1_000) });
        Assert.Equal(402, longer.Balance(401.0 / 60).Limit);

        // One window is left out: nothing comes from before it.
        var longest = State(Budget(WindowKind.Minute, 1) with { CarryOver = new CarryOver(100, 1_000) });
        Assert.Equal(1, longest.Balance(402.0 / 60).Limit);
    }

    [Fact]
    public void Each_of_a_kind_carries_over_and_borrows_its_own()
    {
        var each = new BudgetScope(Scope.EachOf(ScopeKind.Run));
        var budget = new Budget("bud_2", "two", each, BudgetUnit.Usd, Window(WindowKind.Day), 100)
        {
            CarryOver = new CarryOver(100, 20),
            Borrow = 10,
        };
        var state = State(Budget(WindowKind.Day, 1_000), budget);
        var run = new ScopeSet([Key, Run]);
        state.Spend(1, run, 105, 1);
        state.Spend(2, run, 5, 25);
        Assert.Equal(110, state.Balances(run, At(48))[1].Limit + state.Balances(run, At(48))[1].Posted - 10);

        var rationed = state.TakeRationed();
        Assert.Equal(
            [
                "grant_borrow0_bud_2_run:pk-1/s_1795478400",
                "grant_lend0_bud_2_run:pk-1/s_1795478400",
                "grant_carry_bud_2_run:pk-1/s_1795651200",
            ],
            rationed.Select(grant => grant.Id)
        );
        Assert.All(rationed, grant => Assert.Equal(new BudgetScope(Run), grant.Instance));
    }

    [Fact]
    public void A_grant_for_a_later_window_waits_for_it_however_often_it_came()
    {
        var state = State(Budget(WindowKind.Day, 100));
        var grant = Grant("grant_1", 50, 30);
        Assert.True(state.AddGrant(grant, Start));
        Assert.True(state.AddGrant(grant, Start));
        Assert.True(state.AddGrant(Grant("grant_2", 7, 24), Start));
        Assert.True(state.AddGrant(Grant("grant_3", 9, 48), Start));

        Assert.Equal(100, state.Balance(23).Limit);
        Assert.Equal(107, state.Balance(24).Limit);
        Assert.Equal(157, state.Balance(30).Limit);
        Assert.Equal(109, state.Balance(48).Limit);
        Assert.Equal(100, state.Balance(72).Limit);
    }

    [Fact]
    public void A_grant_for_a_window_that_was_passed_over_counts_in_none()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.AddGrant(Grant("grant_1", 50, 24), Start);
        state.AddGrant(Grant("grant_2", 7, 48), Start);
        Assert.Equal(107, state.Balance(50).Limit);

        state.AddGrant(Grant("grant_3", 9, 47), At(50));
        Assert.Equal(107, state.Balance(50).Limit);
    }

    [Fact]
    public void A_grant_is_refused_that_has_no_budget_or_names_not_which()
    {
        var each = new BudgetScope(Scope.EachOf(ScopeKind.Run));
        var state = State(Budget(WindowKind.Day, 100), new Budget("bud_2", "two", each, BudgetUnit.Usd, Window(WindowKind.Day), 100));

        Assert.True(state.AddGrant(Grant("grant_1", 1, 0), Start));
        Assert.False(state.AddGrant(Grant("grant_2", 1, 0) with { BudgetId = "bud_3" }, Start));
        Assert.False(state.AddGrant(Grant("grant_3", 1, 0) with { BudgetId = "bud_2" }, Start));
        Assert.True(state.AddGrant(Grant("grant_4", 1, 0) with { BudgetId = "bud_2", Instance = Run }, Start));
        Assert.False(state.AddGrant(Grant("grant_5", 1, 0) with { Instance = Run }, Start));
        // What is given away doesn't come back.
        Assert.False(state.AddGrant(Grant("grant_6", -1, 0, until: 5), Start));
        Assert.True(state.AddGrant(Grant("grant_7", 0, 0, until: 5), Start));

        Assert.Equal([101, 101], state.Balances(Start).Select(balance => balance.Limit));
    }

    [Fact]
    public void Grants_count_from_their_first_instant_to_before_their_last()
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 1, until: 3), Start);
        state.AddGrant(Grant("grant_2", 7, 2), Start);

        Assert.Equal(100, state.Balance(0.99).Limit);
        Assert.Equal(150, state.Balance(1).Limit);
        Assert.Equal(157, state.Balance(2).Limit);
        Assert.Equal(157, state.Balance(2.99).Limit);
        Assert.Equal(107, state.Balance(3).Limit);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(1), scopes, Usd(108), At(3)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(1), scopes, Usd(107), At(3)).Status);
    }

    [Fact]
    public void A_spent_grant_that_ended_is_given_up_as_the_spend_goes()
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", 20, 0, until: 2), Start);
        state.Reserve(Attempt(1), scopes, Usd(70), Start);
        state.Reserve(Attempt(2), scopes, Usd(90), Start);

        // 60 is beyond the limit: 50 of the first, 10 of the second.
        Assert.Equal(170, state.Balance(1).Limit);
        Assert.Equal(160, state.Balance(2).Limit);

        state.Post(Attempt(1), Usd(40));
        Assert.Equal((130, 0), (state.Balance(3).Limit, state.Balance(3).Remaining));
        state.Post(Attempt(2), Usd(10));
        Assert.Equal((100, 50), (state.Balance(3).Limit, state.Balance(3).Remaining));
    }

    [Fact]
    public void What_a_window_has_left_at_its_end_is_without_the_grants_that_ended_before()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(100, 1_000) });
        state.AddGrant(Grant("grant_1", 50, 0, until: 24 - (1.0 / 3600)), Start);
        state.AddGrant(Grant("grant_2", 7, 0), Start);

        Assert.Equal(207, state.Balance(24).Limit);
    }

    [Fact]
    public void A_grant_that_ends_with_its_window_is_left_over_too()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(100, 1_000) });
        state.AddGrant(Grant("grant_1", 50, 0, until: 24), Start);

        Assert.Equal(250, state.Balance(24).Limit);
    }

    [Fact]
    public void A_grant_that_comes_after_its_window_is_not_left_over()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(100, 1_000) });
        state.AddGrant(Grant("grant_1", 50, 23), At(25));

        Assert.Equal(200, state.Balance(25).Limit);
    }

    [Fact]
    public void In_a_replay_a_grant_that_came_after_its_window_counts_in_none_either()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Reserve(Attempt(1), scopes, Usd(100), At(1));
        state.Replaying = true;
        state.AddGrant(Grant("grant_1", 50, 23), At(25));
        state.Replaying = false;

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(1), Usd(1), At(26)).Status);
    }

    [Fact]
    public void In_a_replay_nothing_is_carried_over_but_what_the_journal_has()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(100, 1_000) });
        state.Replaying = true;
        Assert.Equal(100, state.Balance(25).Limit);
        Assert.Empty(state.Rationed);
    }

    [Fact]
    public void What_was_carried_over_is_taken_from_its_window_once()
    {
        var budget = Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(50, 1_000) };
        var live = State(budget);
        live.Reserve(Attempt(1), scopes, Usd(10), Start);
        live.Balance(25);
        var carried = Assert.Single(live.TakeRationed());
        Assert.Equal(45, carried.Amount);

        var replayed = State(budget);
        replayed.Replaying = true;
        replayed.Reserve(Attempt(1), scopes, Usd(10), Start);
        replayed.AddGrant(carried, At(25));
        replayed.AddGrant(carried, At(25));
        replayed.Replaying = false;

        Assert.Equal(145, replayed.Balance(25).Limit);
        Assert.Equal(ReserveStatus.BudgetExceeded, replayed.Extend(Attempt(1), Usd(46), At(25)).Status);
        Assert.Equal(ReserveStatus.Reserved, replayed.Extend(Attempt(1), Usd(45), At(25)).Status);
    }

    [Fact]
    public void A_grant_from_the_beginning_of_a_window_takes_nothing_from_the_one_before()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Reserve(Attempt(1), scopes, Usd(10), At(1));
        state.Balance(25);
        state.AddGrant(Grant("grant_1", 50, 24), At(25));

        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(90), At(26)).Status);
        Assert.Equal(150, state.Balance(26).Limit);
    }

    [Fact]
    public void A_request_borrows_for_each_budget_that_lacks_something()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Borrow = 30 }, Budget(WindowKind.Day, 110) with { Id = "bud_2", Borrow = 30 });
        state.Spend(1, scopes, 120, 1);

        Assert.Equal([20, -20, 10, -10], state.TakeRationed().Select(grant => grant.Amount));
        Assert.Equal([120, 120], state.Balances(At(1)).Select(balance => balance.Limit));
        Assert.Equal([80, 100], state.Balances(At(24)).Select(balance => balance.Limit));
    }
}
