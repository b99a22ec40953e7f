using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Ledger;

/// <summary>What grants add, when they end, and what a window gives to the next. Times are hours from the start of 24 November.</summary>
public sealed class LedgerStateGrantTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly Scope Key = new(ScopeKind.Key, "pk-1");
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void What_was_carried_over_cannot_be_spent_in_the_old_window_as_well()
    {
        var state = State(Daily(100) with { CarryOver = new CarryOver(100, 1_000) });
        state.Reserve(Attempt(1), scopes, Usd(10), Start);
        Assert.Equal(190, Balance(state, 25).Limit);

        // 90 of the old window's 100 are the new one's.
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(1), Usd(1), At(26)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), scopes, Usd(190), At(26)).Status);
    }

    [Fact]
    public void A_replay_knows_what_was_carried_over_out_of_a_window()
    {
        var budget = Daily(100) with { CarryOver = new CarryOver(100, 1_000) };
        var live = State(budget);
        live.Reserve(Attempt(1), scopes, Usd(10), Start);
        live.Balances(At(49));
        var carried = live.TakeRationed();
        Assert.Equal([90, 190], carried.Select(grant => grant.Amount));

        var replayed = State(budget);
        replayed.Replaying = true;
        replayed.Reserve(Attempt(1), scopes, Usd(10), Start);
        Assert.All(carried, grant => Assert.True(replayed.AddGrant(grant, At(49))));
        replayed.Replaying = false;

        Assert.Equal(290, Balance(replayed, 49).Limit);
        Assert.Equal(ReserveStatus.BudgetExceeded, replayed.Extend(Attempt(1), Usd(1), At(50)).Status);
    }

    [Fact]
    public void A_gift_that_begins_later_leaves_no_room_before()
    {
        var state = State(Lifetime(100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", -30, 10), Start);
        state.Reserve(Attempt(1), scopes, Usd(20), Start);
        state.Reserve(Attempt(2), scopes, Usd(120), Start);
        Assert.Equal(140, Balance(state, 2).Limit);

        state.Void(Attempt(1));

        // The ended grant is spent to 20: there is nothing left.
        Assert.Equal((120, 0), (Balance(state, 2).Limit, Balance(state, 2).Remaining));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_looks_meanwhile_grants_end_as_they_end(bool looked)
    {
        var state = State(Lifetime(100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", -30, 3), Start);
        state.Reserve(Attempt(1), scopes, Usd(120), Start);
        if (looked)
        {
            Balance(state, 2);
        }

        // At 1, 20 of the first were spent; at 3, the second takes 30.
        Assert.Equal(90, Balance(state, 4).Limit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_grant_that_ended_before_the_limit_changed_was_spent_by_the_old_limit(bool looked)
    {
        var state = State(Lifetime(120));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.Reserve(Attempt(1), scopes, Usd(140), Start);
        if (looked)
        {
            Balance(state, 2);
        }

        state.Advance(At(2));
        Assert.True(state.ChangeBudget(Lifetime(100)));
        Assert.Equal(120, Balance(state, 3).Limit);
    }

    [Fact]
    public void A_raised_limit_takes_the_place_of_an_ended_grant_in_an_old_window_too()
    {
        var state = State(Daily(100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.Reserve(Attempt(1), scopes, Usd(140), Start);
        Balance(state, 2);
        Balance(state, 25);
        Assert.True(state.ChangeBudget(Daily(150)));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(1), Usd(11), At(26)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(10), At(26)).Status);
    }

    [Fact]
    public void A_grant_counts_in_one_anchored_window_however_often_it_comes()
    {
        var state = State(
            Lifetime(100) with
            {
                Window = new BudgetWindow(WindowKind.Anchored, TimeZoneInfo.Utc) { Length = TimeSpan.FromHours(5) },
            }
        );
        var grant = Grant("grant_1", 50, 0);
        state.AddGrant(grant, Start);
        state.Reserve(Attempt(1), scopes, Usd(150), Start);
        state.AddGrant(grant, At(6));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), scopes, Usd(101), At(7)).Status);
    }

    [Fact]
    public void A_grant_that_has_ended_when_it_comes_counts_for_nothing()
    {
        var state = State(Lifetime(100));
        state.Reserve(Attempt(1), scopes, Usd(60), Start);
        state.Post(Attempt(1), Usd(130));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), At(2));

        Assert.Equal(100, Balance(state, 2).Limit);
    }

    [Fact]
    public void A_rolling_window_shows_what_it_has_forgotten_as_forgotten()
    {
        var window = new BudgetWindow(WindowKind.Rolling, TimeZoneInfo.Utc) { Length = TimeSpan.FromHours(5) };
        var state = State(Lifetime(100) with { Window = window });
        state.Reserve(Attempt(1), scopes, Usd(60), Start);
        state.Post(Attempt(1), Usd(60));

        Assert.Equal((60, 0), (Balance(state, 5).Posted, Balance(state, 6).Posted));
    }

    [Fact]
    public void A_correction_of_a_window_that_is_over_counts_for_what_is_still_under_way_there()
    {
        var state = State(Daily(100));
        state.Reserve(Attempt(1), scopes, Usd(10), Start);
        state.Reserve(Attempt(2), scopes, Usd(50), Start);
        state.Post(Attempt(2), Usd(50));
        Balance(state, 25);
        state.Adjust(scopes, Start, Usd(30));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(1), Usd(11), At(26)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(10), At(26)).Status);
        Assert.Equal(0, Balance(state, 26).Posted);
    }

    [Fact]
    public void What_a_rolling_budget_gave_away_comes_back_when_its_length_is_over()
    {
        var state = State(Rolling(100));
        Assert.True(state.AddGrant(Grant("grant_1", -40, 0, until: 5), Start));
        state.Reserve(Attempt(1), scopes, Usd(60), Start);
        state.Post(Attempt(1), Usd(60));

        Assert.Equal((60, 60, 100), (Balance(state, 1).Limit, Balance(state, 4).Limit, Balance(state, 5).Limit));
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), scopes, Usd(41), At(5)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), scopes, Usd(100), At(6)).Status);
    }

    [Fact]
    public void What_another_budget_gave_away_never_comes_back_in_its_window() =>
        Assert.False(State(Daily(100)).AddGrant(Grant("grant_1", -40, 0, until: 5), Start));

    [Fact]
    public void The_room_of_a_window_that_has_not_begun_counts_what_waits_for_it()
    {
        var state = State(Rolling(100) with { Window = new BudgetWindow(WindowKind.Anchored, TimeZoneInfo.Utc) { Length = Hours(5) } });
        state.AddGrant(Grant("grant_1", -70, 0), Start);
        state.AddGrant(Grant("grant_2", 20, 0), Start);

        Assert.Equal((Int128)50, state.Room("bud_1", Start));
        Assert.Equal((Int128)20, state.Added(Start)["bud_1"]);
    }

    [Fact]
    public void What_grants_can_add_are_those_in_force_and_those_to_come()
    {
        var state = State(Daily(100));
        state.AddGrant(Grant("grant_1", 1, 0), Start);
        state.AddGrant(Grant("grant_2", 20, 0, until: 2), Start);
        state.AddGrant(Grant("grant_3", 300, 4), Start);
        state.AddGrant(Grant("grant_4", 4000, 30), Start);
        state.AddGrant(Grant("grant_5", -50_000, 0), Start);

        // The second has ended at 3; at 25 only the next day's is left.
        Assert.Equal([(Int128)4321, (Int128)4301, (Int128)4000], new[] { 1, 3, 25 }.Select(hours => state.Added(At(hours))["bud_1"]));
    }

    [Fact]
    public void What_is_under_way_counts_in_a_rolling_window_until_it_ends_however_long_it_takes()
    {
        var state = State(Rolling(100));
        state.Reserve(Attempt(1), scopes, Usd(60), Start);

        Assert.Equal(60, Balance(state, 8).Pending);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Extend(Attempt(1), Usd(41), At(8)).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Extend(Attempt(1), Usd(30), At(8)).Status);
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), scopes, Usd(11), At(8)).Status);
        state.Post(Attempt(1), Usd(90));

        // Its charge is of an instant that the window has forgotten.
        Assert.Equal((0, 0), (Balance(state, 8).Posted, Balance(state, 8).Pending));
    }

    private static TimeSpan Hours(int hours) => TimeSpan.FromHours(hours);

    private static Budget Rolling(long limit) =>
        Lifetime(limit) with
        {
            Window = new BudgetWindow(WindowKind.Rolling, TimeZoneInfo.Utc) { Length = Hours(5) },
        };

    private static DateTimeOffset At(int hours) => Start.AddHours(hours);

    private static LedgerState State(Budget budget)
    {
        var state = new LedgerState();
        state.Advance(Start);
        state.AddBudget(budget, []);
        return state;
    }

    private static Budget Daily(long limit) => Lifetime(limit) with { Window = new BudgetWindow(WindowKind.Day, TimeZoneInfo.Utc) };

    private static Budget Lifetime(long limit) =>
        new("bud_1", "", Key, BudgetUnit.Usd, new BudgetWindow(WindowKind.Lifetime, TimeZoneInfo.Utc), limit);

    private static Grant Grant(string id, long amount, int from, int? until = null) =>
        new(id, "bud_1", null, amount, At(from), until is { } hours ? At(hours) : null, GrantCause.Approved, "someone", "");

    private static BalanceSnapshot Balance(LedgerState state, int hours) => Assert.Single(state.Balances(At(hours)));

    private static Amount Usd(long nanos) => new(new Money(nanos), 0, 0);

    private static AttemptId Attempt(int number) => new(new Guid(number, 0, 0, new byte[8]), 1);
}
