using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>
/// Balances that a budget for each of a kind made are forgotten once there are many, where nothing would be lost with them.
/// </summary>
public sealed class LedgerStateIdleTests
{
    // With the key's own budget they are 4,096.
    private const int Many = 4_095;

    public static TheoryData<WindowKind, double, double> Ends =>
        new()
        {
            // The window; the hours after which nothing is forgotten yet; those after which all is.
            { WindowKind.Day, 23.9, 24 },
            { WindowKind.Hour, 0.9, 1 },
            { WindowKind.Anchored, 4.9, 5 },
            { WindowKind.Run, 168, 168.1 },
            { WindowKind.Rolling, 5, 5.1 },
        };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Idle_ones_are_forgotten_when_their_window_is_over(WindowKind kind, double before, double after)
    {
        var state = Used(Each(kind), Many, 1);
        Ask(state, before);
        Assert.Equal(Many + 1, state.Balances(At(before)).Count);

        var later = Used(Each(kind), Many, 1);
        Ask(later, after);
        Assert.Single(later.Balances(At(after)));
    }

    [Fact]
    public void A_window_that_has_begun_is_kept_though_nothing_is_spent_in_it()
    {
        var state = new LedgerState(mostIdle: 1);
        state.Advance(Start);
        state.AddBudget(Budget(WindowKind.Lifetime, 1_000_000), []);
        state.AddBudget(Each(WindowKind.Anchored), []);
        state.Reserve(Attempt(1), Run(1), Usd(1), At(1));
        state.Void(Attempt(1));
        state.Spend(2, Run(2), 1, 2);

        Assert.Equal(At(1), state.Balances(Run(1), At(3))[1].Window.Start);
    }

    [Fact]
    public void Fewer_are_kept()
    {
        var state = Used(Each(WindowKind.Day), Many - 1, 1);
        Ask(state, 24);

        Assert.Equal(Many, state.Balances(At(24)).Count);
    }

    [Fact]
    public void What_never_ends_is_kept()
    {
        var state = Used(Each(WindowKind.Lifetime), Many, 1);
        Ask(state, 10_000);

        Assert.Equal(Many + 1, state.Balances(At(10_000)).Count);
    }

    [Fact]
    public void What_carries_over_is_kept()
    {
        var state = Used(Each(WindowKind.Day) with { CarryOver = new CarryOver(50, 10) }, Many, 1);
        Ask(state, 24);

        Assert.Equal(Many + 1, state.Balances(At(24)).Count);
    }

    [Fact]
    public void Concurrency_that_nothing_holds_is_forgotten_at_once()
    {
        var state = Used(Each(WindowKind.Lifetime) with { Unit = BudgetUnit.Concurrency }, Many, 1);
        Ask(state, 0);

        Assert.Single(state.Balances(Start));
    }

    [Fact]
    public void What_holds_money_or_may_yet_is_kept()
    {
        var state = Used(Each(WindowKind.Day), Many - 2, 1);
        state.Reserve(Attempt(Many), Run(Many), Usd(3), At(24));
        // Nothing in dollars: an extension may add some.
        state.Reserve(Attempt(Many - 1), Run(Many - 1), new Amount(new Money(0), 3, 1), At(24));
        Ask(state, 24);

        Assert.Equal(["key:pk-1", $"run:{Many}", $"run:{Many - 1}"], state.Balances(At(24)).Select(balance => $"{balance.Instance}"));
    }

    [Fact]
    public void What_a_grant_waits_for_is_kept()
    {
        var state = Used(Each(WindowKind.Day), Many, 1);
        state.AddGrant(Grant("grant_1", 5, 50) with { BudgetId = "bud_2", Instance = new Scope(ScopeKind.Run, "7") }, At(1));
        Ask(state, 24);

        Assert.Equal(2, state.Balances(At(24)).Count);
        Assert.Equal(15, state.Balances(Run(7), At(50))[1].Limit);
    }

    [Fact]
    public void A_rolling_one_with_a_grant_is_kept()
    {
        var state = Used(Each(WindowKind.Rolling), Many, 1);
        state.AddGrant(Grant("grant_1", 5, 0) with { BudgetId = "bud_2", Instance = new Scope(ScopeKind.Run, "7") }, At(1));
        Ask(state, 24);

        Assert.Equal(2, state.Balances(At(24)).Count);
    }

    [Fact]
    public void Budgets_for_one_thing_are_kept()
    {
        var state = Used(Each(WindowKind.Day), Many, 1);
        var other = new Scope(ScopeKind.Key, "pk-2");
        state.AddBudget(new Budget("bud_3", "three", other, BudgetUnit.Usd, Window(WindowKind.Day), 10), []);
        Ask(state, 24);

        Assert.Equal(["bud_1", "bud_3"], state.Balances(At(24)).Select(balance => balance.Budget.Id));
    }

    [Fact]
    public void A_run_that_is_used_again_in_time_lives_on()
    {
        var state = Used(Each(WindowKind.Run), Many - 1, 1);
        state.Spend(Many, Run(7), 2, 100);
        state.Spend(Many + 1, Run(Many), 1, 100);
        Ask(state, 268);

        Assert.Equal(["run:7", $"run:{Many}"], state.Balances(At(268)).Skip(1).Select(balance => $"{balance.Instance}"));
        Assert.Equal(3, state.Balances(Run(7), At(268))[1].Posted);
    }

    [Fact]
    public void A_run_that_was_counted_when_its_budget_was_made_lives_from_then()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000_000));
        state.AddBudget(Each(WindowKind.Run), Enumerable.Range(1, Many).Select(i => new PastCharge(Run(i), Start, Usd(1))));
        Ask(state, 168);

        Assert.Equal(Many + 1, state.Balances(At(168)).Count);
    }

    [Fact]
    public void One_that_was_forgotten_counts_again_when_it_comes_again()
    {
        var state = Used(Each(WindowKind.Day), Many - 1, 1);
        var again = Run(Many);
        state.Spend(Many, again, 1, 1);
        Ask(state, 24);
        state.Spend(Many + 1, again, 4, 25);

        Assert.Equal(4, state.Balances(At(25))[1].Posted);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(Many + 2), again, Usd(7), At(25)).Status);
    }

    [Fact]
    public void Where_few_can_be_forgotten_the_next_look_is_at_twice_as_many()
    {
        var state = Used(Each(WindowKind.Day), Many, 1);
        Ask(state, 1);
        Ask(state, 24);
        Assert.Equal(Many + 1, state.Balances(At(24)).Count);

        for (var i = Many + 1; i <= (2 * Many) + 1; i++)
        {
            state.Spend(i, Run(i), 1, 24);
        }

        Ask(state, 48);
        Assert.Single(state.Balances(At(48)));
    }

    [Fact]
    public void A_limit_that_is_lowered_holds_for_what_is_under_way_in_one_that_was_forgotten()
    {
        var state = Forgotten();
        state.ChangeBudget(Each(WindowKind.Hour) with { Limit = 6 });

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(Many), Usd(3), At(2)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(Many), Usd(2), At(2)).Status);
    }

    [Fact]
    public void A_correction_counts_for_what_is_under_way_in_one_that_was_forgotten()
    {
        var state = Forgotten();
        state.Adjust(Run(Many), At(0), Usd(3));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(Many), Usd(4), At(2)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(Many), Usd(3), At(2)).Status);
    }

    /// <summary>An attempt holds 4 of 10 in a window that is over; its run was used in the next one too, and is forgotten.</summary>
    private static LedgerState Forgotten()
    {
        var state = Used(Each(WindowKind.Hour), Many - 1, 1);
        var run = Run(Many);
        state.Reserve(Attempt(Many), run, Usd(4), Start);
        state.Spend(Many + 1, run, 1, 1);
        Ask(state, 2);
        Assert.Single(state.Balances(At(2)));
        return state;
    }

    private static Budget Each(WindowKind kind) =>
        new("bud_2", "two", Scope.EachOf(ScopeKind.Run), BudgetUnit.Usd, Window(kind, kind is WindowKind.Run ? 0 : 5), 10);

    /// <summary>A ledger in which so many runs have spent.</summary>
    private static LedgerState Used(Budget each, int runs, long nanos)
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000_000), each);
        for (var i = 1; i <= runs; i++)
        {
            state.Spend(i, Run(i), nanos, 0);
        }

        return state;
    }

    private static ScopeSet Run(int number) => new([Key, new Scope(ScopeKind.Run, $"{number}")]);

    /// <summary>A set that the ledger hasn't seen makes it look for budgets, and forget.</summary>
    private static void Ask(LedgerState state, double hours) => state.Balances(new ScopeSet([Key]), At(hours));
}
