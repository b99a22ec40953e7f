using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>Which budgets a request counts in, and what they hold of it.</summary>
public sealed class LedgerStateScopeTests
{
    private static readonly Scope Model = new(ScopeKind.Model, "gpt-x");
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void Each_of_a_kind_has_a_balance_of_its_own()
    {
        var state = State(Budget(WindowKind.Day, 1_000), Of("bud_2", "run:*", 100));
        var (one, two) = (Set(Key, Run("one")), Set(Key, Run("two")));
        state.Spend(1, one, 60, 1);
        state.Spend(2, two, 90, 1);

        Assert.Equal("bud_2", state.Reserve(Attempt(3), one, Usd(41), At(1)).Refusing?.Budget.Id);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(3), one, Usd(40), At(1)).Status);
        Assert.Equal((BudgetScope)Run("two"), state.Reserve(Attempt(4), two, Usd(11), At(1)).Refusing?.Instance);
        Assert.Equal([(150L, "key:pk-1"), (60L, "run:one"), (90L, "run:two")], Posted(state.Balances(At(1))));
    }

    [Fact]
    public void Each_value_of_a_tag_has_a_balance_of_its_own()
    {
        var state = State(Budget(WindowKind.Day, 1_000), Of("bud_2", "tag:team=*", 100));
        state.Spend(1, Set(Key, Tag("team=a=b"), Tag("env=x")), 60, 1);
        state.Spend(2, Set(Key, Tag("teams=a")), 60, 1);
        state.Spend(3, Set(Key, Tag("odd")), 60, 1);

        Assert.Equal([(180L, "key:pk-1"), (60L, "tag:team=a=b")], Posted(state.Balances(At(1))));
    }

    [Theory]
    [InlineData("key:pk-1+model:gpt-x", "key:pk-1+model:gpt-x")]
    [InlineData("key:pk-1+model:*", "key:pk-1+model:gpt-x")]
    [InlineData("key:*+model:gpt-x", "key:pk-1+model:gpt-x")]
    [InlineData("model:*+key:*", "model:gpt-x+key:pk-1")]
    [InlineData("tag:team=*+tag:env=*", "tag:team=a+tag:env=x")]
    [InlineData("key:pk-1+model:other", "key:pk-1+model:other", 0)]
    public void A_pair_counts_what_is_under_both(string scope, string instance, long posted = 60)
    {
        var state = State(Budget(WindowKind.Day, 1_000), Of("bud_2", scope, 100));
        state.Spend(1, Set(Key, Tag("team=a"), Tag("env=x"), Model), 60, 1);
        state.Spend(2, Set(Key, new Scope(ScopeKind.Provider, "east")), 7, 1);

        Assert.Equal([(67L, "key:pk-1"), (posted, instance)], Posted(state.Balances(At(1))));
    }

    [Fact]
    public void A_pair_of_each_with_each_has_a_balance_for_each_pair()
    {
        var state = State(Budget(WindowKind.Day, 1_000), Of("bud_2", "tag:team=*+tag:env=*", 100));
        state.Spend(1, Set(Key, Tag("team=a"), Tag("team=b"), Tag("env=x")), 60, 1);

        Assert.Equal([(60L, "key:pk-1"), (60L, "tag:team=a+tag:env=x"), (60L, "tag:team=b+tag:env=x")], Posted(state.Balances(At(1))));
    }

    [Fact]
    public void A_scope_that_is_named_twice_counts_once()
    {
        var state = State(Budget(WindowKind.Day, 1_000), Of("bud_2", "key:*+model:*", 100));
        var twice = Set(Key, Key, Model, Model);
        state.Spend(1, twice, 60, 1);

        Assert.Equal([(60L, "key:pk-1"), (60L, "key:pk-1+model:gpt-x")], Posted(state.Balances(twice, At(1))));
    }

    [Fact]
    public void The_narrowest_scope_that_lacks_an_amount_is_named()
    {
        var state = State(Of("bud_2", "model:gpt-x", 10), Of("bud_3", "key:*", 10), Of("bud_4", "key:pk-1", 10));

        Assert.Equal("bud_4", state.Reserve(Attempt(1), Set(Key, Model), Usd(11), At(1)).Refusing?.Budget.Id);
        Assert.Equal(["bud_4", "bud_3", "bud_2"], state.Balances(Set(Key, Model), At(1)).Select(balance => balance.Budget.Id));
    }

    [Fact]
    public void A_set_is_asked_again_when_budgets_come_and_go()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Spend(1, scopes, 10, 1);
        var second = Of("bud_2", "key:pk-1", 20);
        state.AddBudget(second, []);
        Assert.Equal("bud_2", state.Reserve(Attempt(2), scopes, Usd(21), At(1)).Refusing?.Budget.Id);

        state.RemoveBudget(second);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), scopes, Usd(21), At(1)).Status);
        Assert.Equal("bud_1", Assert.Single(state.Balances(At(1))).Budget.Id);

        // One that is gone and comes again begins at nothing.
        state.AddBudget(second, []);
        Assert.Equal([(10L, 21L), (0L, 21L)], state.Balances(scopes, At(1)).Select(balance => (balance.Posted, balance.Pending)));
    }

    [Fact]
    public void A_set_that_another_ledger_has_seen_is_this_ones_too()
    {
        var (one, two) = (State(Budget(WindowKind.Day, 100)), State(Budget(WindowKind.Day, 50)));
        one.Spend(1, scopes, 60, 1);

        Assert.Equal(ReserveStatus.BudgetExceeded, two.Reserve(Attempt(1), scopes, Usd(60), At(1)).Status);
        Assert.Equal((60, 0), (one.Balance(1).Posted, two.Balance(1).Posted));
    }

    [Fact]
    public void Removing_a_budget_that_is_not_there_removes_nothing()
    {
        var state = State(Budget(WindowKind.Day, 100), Of("bud_2", "run:*", 100));
        state.Spend(1, Set(Key, Run("one")), 1, 1);
        state.RemoveBudget(Of("bud_3", "key:pk-1", 1));
        Assert.Equal(2, state.Balances(At(1)).Count);

        state.RemoveBudget(Of("bud_2", "run:*", 100));
        Assert.Equal("bud_1", Assert.Single(state.Balances(At(1))).Budget.Id);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), Set(Key, Run("one")), Usd(99), At(1)).Status);
    }

    [Fact]
    public void A_changed_limit_is_that_of_each_one_that_there_is_and_that_comes()
    {
        var state = State(Budget(WindowKind.Day, 1_000), Of("bud_2", "run:*", 100));
        var (one, two) = (Set(Key, Run("one")), Set(Key, Run("two")));
        state.Spend(1, one, 60, 1);
        Assert.True(state.ChangeBudget(Of("bud_2", "run:*", 70)));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), one, Usd(11), At(1)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), one, Usd(10), At(1)).Status);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(3), two, Usd(71), At(1)).Status);
        Assert.Equal([1_000, 70, 70], state.Balances(At(1)).Select(balance => balance.Limit));
    }

    [Fact]
    public void A_budget_that_only_alerts_refuses_nothing_and_is_no_limit()
    {
        var alert = Budget(WindowKind.Day, 100) with { OnExhausted = OnExhausted.Alert };
        var state = State(alert);
        Assert.Equal(ReserveStatus.NoHardLimit, state.Reserve(Attempt(1), scopes, Usd(1), At(1)).Status);

        state.AddBudget(Of("bud_2", "key:pk-1", 1_000), []);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(1), scopes, Usd(101), At(1)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(50), At(1)).Status);
        Assert.Equal((151, 0), (state.Balance(1).Pending, state.Balance(1).Remaining));
    }

    [Fact]
    public void So_many_attempts_are_under_way_as_may_be_whatever_they_cost()
    {
        var state = State(
            Budget(WindowKind.Day, 100),
            new Budget("bud_2", "two", Key, BudgetUnit.Concurrency, Window(WindowKind.Lifetime), 2)
        );
        state.Reserve(Attempt(1), scopes, Usd(10), At(1));
        state.Reserve(Attempt(2), scopes, Usd(0), At(1));
        Assert.Equal("bud_2", state.Reserve(Attempt(3), scopes, Usd(0), At(1)).Refusing?.Budget.Id);

        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(5), At(1)).Status);
        Assert.Equal([(0L, 15L), (0L, 2L)], Figures(state));

        state.Post(Attempt(1), Usd(12));
        Assert.Equal([(12L, 0L), (0L, 1L)], Figures(state));
        state.Void(Attempt(2));
        Assert.Equal([(12L, 0L), (0L, 0L)], Figures(state));
    }

    [Fact]
    public void An_extension_is_held_everywhere_or_nowhere()
    {
        var state = State(Budget(WindowKind.Day, 100), Of("bud_2", "key:pk-1", 50));
        Assert.Equal(ReserveStatus.NotOpen, state.Extend(Attempt(1), Usd(1), At(1)).Status);
        state.Reserve(Attempt(1), scopes, Usd(30), At(1));
        Assert.Equal(ReserveStatus.InvalidAmount, state.Extend(Attempt(1), Usd(-1), At(1)).Status);

        var refused = state.Extend(Attempt(1), Usd(21), At(1));
        Assert.Equal((ReserveStatus.BudgetExceeded, "bud_2"), (refused.Status, refused.Refusing?.Budget.Id));
        Assert.Equal([(0L, 30L), (0L, 30L)], Figures(state));
        Assert.Equal(Usd(30), state.Open[Attempt(1)].Held);

        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(20), At(1)).Status);
        Assert.Equal([(0L, 50L), (0L, 50L)], Figures(state));
        Assert.Equal(new SettleResult(SettleStatus.Settled, Usd(4)), state.Post(Attempt(1), Usd(54)));
        Assert.Equal([(54L, 0L), (54L, 0L)], Figures(state));
    }

    [Fact]
    public void An_extension_by_nothing_is_held_where_the_limit_is_exceeded()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Reserve(Attempt(1), scopes, Usd(60), At(1));
        state.ChangeBudget(Budget(WindowKind.Day, 10));

        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(0), At(1)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), scopes, Usd(0), At(1)).Status);
    }

    [Fact]
    public void An_extension_moves_the_clock_and_belongs_to_the_window_of_its_attempt()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Reserve(Attempt(1), scopes, Usd(60), At(1));

        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(40), At(25)).Status);
        Assert.Equal(At(25), state.HighWater);
        Assert.Equal(0, state.Balance(1).Pending);
    }

    [Fact]
    public void A_settlement_of_less_than_nothing_changes_nothing()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Reserve(Attempt(1), scopes, Usd(60), At(1));

        Assert.Equal(new SettleResult(SettleStatus.InvalidAmount, Amount.Zero), state.Post(Attempt(1), Usd(-1)));
        Assert.Equal([(0L, 60L)], Figures(state));
    }

    [Fact]
    public void Less_than_nothing_is_invalid_whatever_else_is_wrong()
    {
        var state = State();
        Assert.Equal(ReserveStatus.InvalidAmount, state.Reserve(Attempt(1), scopes, Usd(-1), At(1)).Status);
        Assert.Equal(ReserveStatus.InvalidAmount, state.Extend(Attempt(1), Usd(-1), At(1)).Status);
    }

    [Fact]
    public void What_an_attempt_holds_with_its_extensions_is_what_one_attempt_can_cost()
    {
        var state = State(Budget(WindowKind.Day, long.MaxValue));
        var most = Amount.MostCost.Nanos;
        state.Reserve(Attempt(1), scopes, Usd(most - 5), At(1));

        Assert.Equal(ReserveStatus.InvalidAmount, state.Extend(Attempt(1), Usd(6), At(1)).Status);
        Assert.Equal(most - 5, state.Balance(1).Pending);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(5), At(1)).Status);
    }

    [Fact]
    public void The_room_of_a_budget_is_that_of_the_window_of_the_present()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Spend(1, scopes, 60, 1);

        Assert.Equal(((Int128)40, (Int128)100), (state.Room("bud_1", At(1)), state.Room("bud_1", At(25))));
        Assert.Throws<InvalidOperationException>(() => state.Room("bud_2", At(25)));
    }

    private static Budget Of(string id, string scope, long limit) =>
        new(id, id, BudgetScope.Parse(scope), BudgetUnit.Usd, Window(WindowKind.Day), limit);

    private static ScopeSet Set(params Scope[] scopes) => new(scopes);

    private static Scope Run(string id) => new(ScopeKind.Run, id);

    private static Scope Tag(string id) => new(ScopeKind.Tag, id);

    private static IEnumerable<(long Posted, long Pending)> Figures(LedgerState state) =>
        state.Balances(state.HighWater).Select(balance => (balance.Posted, balance.Pending));

    private static IEnumerable<(long Posted, string Instance)> Posted(IEnumerable<BalanceSnapshot> balances) =>
        balances.Select(balance => (balance.Posted, balance.Instance.ToString()));
}
