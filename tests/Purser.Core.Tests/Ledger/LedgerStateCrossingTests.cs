using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>What a person is told of, and that it's once in a window.</summary>
public sealed class LedgerStateCrossingTests
{
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void Each_threshold_is_told_once_when_it_is_reached()
    {
        var state = State(Budget(WindowKind.Day, 200));
        state.Spend(1, scopes, 99, 1);
        Assert.Empty(state.TakeCrossings());

        state.Spend(2, scopes, 1, 2);
        var half = Assert.Single(state.TakeCrossings());
        Assert.Equal((CrossingKind.Threshold, 50, At(2)), (half.Kind, half.Percent, half.At));
        Assert.Equal((100, 0, 200), (half.Balance.Posted, half.Balance.Pending, half.Balance.Limit));

        state.Spend(3, scopes, 100, 3);
        Assert.Equal([(CrossingKind.Threshold, 80), (CrossingKind.Threshold, 100)], Taken(state));

        state.Spend(4, scopes, 0, 4);
        Assert.Empty(Taken(state));
    }

    [Fact]
    public void The_next_window_tells_anew()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Thresholds = [50] });
        state.Spend(1, scopes, 50, 1);
        state.Spend(2, scopes, 50, 25);

        Assert.Equal([(CrossingKind.Threshold, 50), (CrossingKind.Threshold, 50)], Taken(state));
    }

    [Fact]
    public void A_threshold_is_of_the_limit_with_its_grants()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Thresholds = [50] });
        state.AddGrant(Grant("grant_1", 100, 0), Start);
        state.Spend(1, scopes, 99, 1);
        Assert.Empty(Taken(state));

        state.Spend(2, scopes, 1, 1);
        Assert.Equal([(CrossingKind.Threshold, 50)], Taken(state));
    }

    [Fact]
    public void Sixteen_thresholds_are_told_apart_from_the_rest()
    {
        var budget = Budget(WindowKind.Day, 100) with { Thresholds = [.. Enumerable.Range(1, 16)], ForecastPercent = 16 };
        var state = State(budget);
        state.Reserve(Attempt(1), scopes, Usd(0), At(23));
        state.NoteRefusal(state.Reserve(Attempt(2), scopes, Usd(101), At(23)).Refusing!);
        state.Post(Attempt(1), Usd(101));

        var expected = Enumerable.Range(1, 16).Select(percent => (CrossingKind.Threshold, percent));
        Assert.Equal([(CrossingKind.Exhausted, 0), .. expected, (CrossingKind.Exceeded, 0), (CrossingKind.Forecast, 16)], Taken(state));
    }

    [Fact]
    public void A_refusal_is_told_once_in_a_window_with_the_figures()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Thresholds = [] });
        state.Reserve(Attempt(1), scopes, Usd(60), At(1));
        var refusing = state.Reserve(Attempt(2), scopes, Usd(41), At(1)).Refusing!;
        Assert.Equal(60, refusing.Pending);
        Assert.Empty(state.TakeCrossings());
        state.NoteRefusal(refusing);
        state.NoteRefusal(state.Reserve(Attempt(3), scopes, Usd(41), At(1)).Refusing!);

        var told = Assert.Single(state.TakeCrossings());
        Assert.Equal((CrossingKind.Exhausted, 0, 60, At(1)), (told.Kind, told.Percent, told.Balance.Pending, told.At));

        state.NoteRefusal(state.Reserve(Attempt(4), scopes, Usd(101), At(25)).Refusing!);
        Assert.Equal([(CrossingKind.Exhausted, 0)], Taken(state));
        state.NoteRefusal(refusing with { Budget = Budget(WindowKind.Day, 100) with { Id = "gone" } });
        Assert.Empty(state.TakeCrossings());
    }

    [Fact]
    public void More_than_the_limit_is_told_and_the_limit_itself_is_not()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Thresholds = [] });
        state.Spend(1, scopes, 100, 1);
        Assert.Empty(Taken(state));

        state.Reserve(Attempt(2), scopes, Usd(0), At(1));
        state.Post(Attempt(2), Usd(1));
        Assert.Equal([(CrossingKind.Exceeded, 0)], Taken(state));
    }

    [Theory]
    [InlineData(WindowKind.Day, 12, 50, false)] // exactly the limit
    [InlineData(WindowKind.Day, 12, 51, true)]
    [InlineData(WindowKind.Day, 1.2, 6, true)] // the first twentieth is over: 120
    [InlineData(WindowKind.Day, 1.19, 6, false)] // too early to tell
    [InlineData(WindowKind.Lifetime, 12, 51, false)]
    [InlineData(WindowKind.Rolling, 12, 51, false)]
    public void A_pace_that_exceeds_the_limit_by_the_end_is_told(WindowKind kind, double hours, long spent, bool told)
    {
        var state = State(Budget(kind, 100, 24) with { Thresholds = [], ForecastPercent = 100 });
        state.Spend(1, scopes, spent, hours);

        Assert.Equal(told ? [(CrossingKind.Forecast, 100)] : [], Taken(state));
    }

    [Fact]
    public void The_pace_of_an_anchored_window_is_from_its_first_use()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 10) with { Thresholds = [], ForecastPercent = 80 });
        state.Spend(1, scopes, 1, 7);
        Assert.Empty(Taken(state));

        state.Spend(2, scopes, 39, 12);
        Assert.Empty(Taken(state));

        state.Spend(3, scopes, 1, 12);
        Assert.Equal([(CrossingKind.Forecast, 80)], Taken(state));
    }

    [Fact]
    public void At_its_very_beginning_a_window_has_no_pace()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Thresholds = [], ForecastPercent = 50 });
        state.Spend(1, scopes, 50, 0);
        Assert.Empty(Taken(state));

        state.Spend(2, scopes, 1, 0);
        Assert.Equal([(CrossingKind.Forecast, 50)], Taken(state));
    }

    [Fact]
    public void A_budget_that_is_made_over_its_threshold_tells_it_then()
    {
        var state = State();
        state.AddBudget(Budget(WindowKind.Day, 100), [new PastCharge(scopes, Start, Usd(85))]);

        Assert.Equal([(CrossingKind.Threshold, 50), (CrossingKind.Threshold, 80)], Taken(state));
    }

    [Fact]
    public void A_correction_that_reaches_a_threshold_tells_it()
    {
        var state = State(Budget(WindowKind.Day, 100));
        state.Spend(1, scopes, 40, 1);
        state.Adjust(scopes, At(1), Usd(10));

        Assert.Equal([(CrossingKind.Threshold, 50)], Taken(state));
    }

    [Fact]
    public void Where_nothing_is_spent_nothing_is_told()
    {
        var state = State(Budget(WindowKind.Day, 1));
        state.AddGrant(Grant("grant_1", -1, 0), Start);
        state.Spend(1, scopes, 0, 1);
        state.Adjust(scopes, At(1), Usd(-5));

        Assert.Equal(0, state.Balance(1).Limit);
        Assert.Empty(Taken(state));
    }

    [Fact]
    public void Attempts_under_way_reach_no_threshold()
    {
        var state = State(
            Budget(WindowKind.Day, 100),
            new Budget("bud_2", "two", Key, BudgetUnit.Concurrency, Window(WindowKind.Lifetime), 1)
        );
        state.Reserve(Attempt(1), scopes, Usd(1), At(1));
        state.Post(Attempt(1), Usd(1));

        Assert.Empty(Taken(state));
    }

    private static IEnumerable<(CrossingKind Kind, int Percent)> Taken(LedgerState state) =>
        state.TakeCrossings().Select(crossing => (crossing.Kind, crossing.Percent));
}
