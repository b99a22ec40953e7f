using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>A run ends when it wasn't used for seven days, 168 hours; the same name is then another run.</summary>
public sealed class LedgerStateRunTests
{
    private const double Over = 1 + 169;

    private static readonly ScopeSet scopes = new([Key, new Scope(ScopeKind.Run, "one")]);
    private static readonly Budget run = new(
        "bud_2",
        "two",
        Scope.EachOf(ScopeKind.Run),
        BudgetUnit.Usd,
        new BudgetWindow(WindowKind.Run, TimeZoneInfo.Utc),
        100
    );

    [Fact]
    public void A_correction_counts_in_the_run_that_its_attempt_was_in()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000), run);
        state.Spend(1, scopes, 60, 1);
        state.Spend(2, scopes, 10, 3);

        state.Adjust(scopes, At(1), Usd(5));

        Assert.Equal(75, Posted(state, 3));
    }

    [Fact]
    public void A_correction_of_a_run_that_is_over_counts_in_no_other()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000), run);
        state.Spend(1, scopes, 60, 1);
        state.Advance(At(Over));
        // Nobody has used the name again yet.
        state.Adjust(scopes, At(1), Usd(5));
        Assert.Equal(0, Posted(state, Over));

        state.Spend(2, scopes, 10, Over);
        state.Adjust(scopes, At(1), Usd(5));

        Assert.Equal(10, Posted(state, Over));
        Assert.Equal(80, state.Balance(Over).Posted);
    }

    [Fact]
    public void What_was_voided_holds_no_run()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000), run);
        state.Spend(1, scopes, 60, 1);
        state.Reserve(Attempt(2), scopes, Usd(10), At(1));
        state.Void(Attempt(2));

        Assert.Equal(60, Posted(state, 1));
        Assert.Equal(0, Posted(state, Over));
    }

    [Fact]
    public void A_new_budget_goes_on_with_a_run_that_is_under_way()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000));
        state.Reserve(Attempt(1), scopes, Usd(60), At(1));
        state.AddBudget(run, []);

        state.Post(Attempt(1), Usd(40));
        state.Adjust(scopes, At(1), Usd(5));

        Assert.Equal(45, Posted(state, 1));
    }

    [Fact]
    public void A_run_that_a_new_budget_found_held_isnt_over_before_that_ends()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000));
        state.Reserve(Attempt(1), scopes, Usd(60), At(1));
        state.AddBudget(run, []);

        Assert.Equal(60, state.Balances(scopes, At(Over))[1].Pending);
        state.Post(Attempt(1), Usd(40));
        Assert.Equal(0, Posted(state, Over));
    }

    [Fact]
    public void A_new_budget_goes_on_with_a_run_that_was_used()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000));
        state.AddBudget(run, [new PastCharge(scopes, Start, Usd(20))]);

        state.Adjust(scopes, Start, Usd(5));

        Assert.Equal(25, Posted(state, 1));
        Assert.Equal(0, Posted(state, 200));
    }

    [Fact]
    public void A_grant_counts_once_in_a_run()
    {
        var state = State(Budget(WindowKind.Lifetime, 1_000), run);
        state.Spend(1, scopes, 1, 1);
        var grant = Grant("grant_1", 5, 1) with { BudgetId = "bud_2", Instance = new Scope(ScopeKind.Run, "one") };

        state.AddGrant(grant, At(1));
        state.AddGrant(grant, At(1));

        Assert.Equal(105, state.Balances(scopes, At(1))[1].Limit);
        // Nor in the next one of the same name.
        state.AddGrant(grant, At(Over));
        Assert.Equal(100, state.Balances(scopes, At(Over))[1].Limit);
    }

    private static long Posted(LedgerState state, double hours) => state.Balances(scopes, At(hours))[1].Posted;
}
