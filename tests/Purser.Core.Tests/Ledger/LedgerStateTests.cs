using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Ledger;

public sealed class LedgerStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly Scope Key = new(ScopeKind.Key, "pk-1");
    private static readonly Scope Team = new(ScopeKind.Account, "acct_team");
    private static readonly ScopeSet Scopes = new([Key, Team]);

    public static TheoryData<string, long, long, long, ReserveStatus, string?> Reservations =>
        new()
        {
            { "all that there is", 100, 50, 2, ReserveStatus.Reserved, null },
            { "nothing", 0, 0, 0, ReserveStatus.Reserved, null },
            { "a nano-dollar too much", 101, 50, 2, ReserveStatus.BudgetExceeded, "usd" },
            { "a token too much", 100, 51, 2, ReserveStatus.BudgetExceeded, "tokens" },
            { "a request too much", 100, 50, 3, ReserveStatus.BudgetExceeded, "requests" },
            { "more than fits into a sum", long.MaxValue, 0, 0, ReserveStatus.BudgetExceeded, "usd" },
            { "a negative cost", -1, 0, 0, ReserveStatus.InvalidAmount, null },
            { "negative tokens", 0, -1, 0, ReserveStatus.InvalidAmount, null },
            { "negative requests", 0, 0, -1, ReserveStatus.InvalidAmount, null },
        };

    [Theory]
    [MemberData(nameof(Reservations))]
    public void A_reservation_takes_all_or_names_what_refused_it(
        string what,
        long nanos,
        long tokens,
        long requests,
        ReserveStatus status,
        string? refusing
    )
    {
        var state = State(
            Daily("usd", Key, BudgetUnit.Usd, 100),
            Daily("tokens", Team, BudgetUnit.Tokens, 50),
            Daily("requests", Team, BudgetUnit.Requests, 2)
        );
        var amount = new Amount(new Money(nanos), tokens, requests);

        var result = state.Reserve(Attempt(1), Scopes, amount, Noon);

        Assert.True(status == result.Status, what);
        Assert.Equal(refusing, result.Refusing?.Budget.Id);
        var expected = status == ReserveStatus.Reserved ? (long[])[nanos, tokens, requests] : [0, 0, 0];
        Assert.Equal(expected, state.Balances(Scopes, Noon).Select(balance => balance.Pending));
    }

    [Fact]
    public void Without_a_dollar_limit_nothing_is_reserved()
    {
        var state = State(Daily("tokens", Team, BudgetUnit.Tokens, 50));

        Assert.Equal(ReserveStatus.NoHardLimit, state.Reserve(Attempt(1), Scopes, Usd(1), Noon).Status);
        Assert.Empty(state.Open);
    }

    [Fact]
    public void The_same_attempt_reserves_once()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));

        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(1), Scopes, Usd(60), Noon).Status);
        Assert.Equal(ReserveStatus.AlreadyReserved, state.Reserve(Attempt(1), Scopes, Usd(60), Noon).Status);
        Assert.Equal(ReserveStatus.AttemptIdReused, state.Reserve(Attempt(1), Scopes, Usd(61), Noon).Status);
        Assert.Equal(60, Balance(state).Pending);
    }

    [Fact]
    public void A_second_settlement_changes_nothing()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, Usd(60), Noon);

        Assert.Equal(new SettleResult(SettleStatus.Settled, Amount.Zero), state.Post(Attempt(1), Usd(25)));
        Assert.Equal(SettleStatus.NotOpen, state.Post(Attempt(1), Usd(25)).Status);
        Assert.Equal(SettleStatus.NotOpen, state.Void(Attempt(1)).Status);
        Assert.Equal((25, 0, 75), (Balance(state).Posted, Balance(state).Pending, Balance(state).Remaining));
    }

    [Fact]
    public void A_cost_above_the_reservation_is_posted_whole_and_the_excess_is_told()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, new Amount(new Money(60), 10, 1), Noon);

        var result = state.Post(Attempt(1), new Amount(new Money(130), 4, 1));

        Assert.Equal(new Amount(new Money(70), 0, 0), result.Overage);
        Assert.Equal((130, 0, 0), (Balance(state).Posted, Balance(state).Pending, Balance(state).Remaining));
        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), Scopes, Usd(1), Noon).Status);
    }

    [Fact]
    public void A_void_gives_everything_back()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, Usd(100), Noon);

        Assert.Equal(SettleStatus.Settled, state.Void(Attempt(1)).Status);
        Assert.Equal(100, Balance(state).Remaining);
    }

    [Fact]
    public void A_charge_belongs_to_the_window_that_it_was_admitted_in()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, Usd(100), Noon);

        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(2), Scopes, Usd(100), Noon.AddHours(12)).Status);
        state.Post(Attempt(1), Usd(90));

        Assert.Equal((0, 100), (Balance(state).Posted, Balance(state).Pending));
    }

    [Fact]
    public void A_clock_that_steps_back_opens_no_window_again()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, Usd(100), Noon.AddHours(12));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), Scopes, Usd(1), Noon).Status);
    }

    [Fact]
    public void A_lowered_limit_keeps_what_is_spent_and_admits_no_more()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, Usd(60), Noon);

        Assert.True(state.ChangeBudget(Daily("usd", Key, BudgetUnit.Usd, 50)));
        Assert.False(state.ChangeBudget(Daily("other", Key, BudgetUnit.Usd, 50)));

        Assert.Equal(ReserveStatus.BudgetExceeded, state.Reserve(Attempt(2), Scopes, Usd(1), Noon).Status);
        Assert.Equal((60, 0), (Balance(state).Pending, Balance(state).Remaining));
    }

    [Fact]
    public void A_budget_made_while_attempts_are_under_way_holds_their_money()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, Usd(60), Noon);
        var late = Daily("late", Team, BudgetUnit.Usd, 70);
        state.AddBudget(late, [new PastCharge(Scopes, Noon.AddHours(-1), Usd(5)), new PastCharge(Scopes, Noon.AddHours(-13), Usd(9))]);

        Assert.Equal("late", state.Reserve(Attempt(2), Scopes, Usd(6), Noon).Refusing?.Budget.Id);
        state.Post(Attempt(1), Usd(20));

        var balance = Assert.Single(state.Balances(new ScopeSet([Team]), Noon));
        Assert.Equal((25, 0), (balance.Posted, balance.Pending));
    }

    [Fact]
    public void A_removed_budget_limits_nothing()
    {
        var extra = Daily("extra", Team, BudgetUnit.Usd, 10);
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100), extra);
        state.Reserve(Attempt(1), Scopes, Usd(10), Noon);
        state.RemoveBudget(extra);

        Assert.True(state.Reserve(Attempt(2), Scopes, Usd(90), Noon).IsReserved);
        Assert.Equal(SettleStatus.Settled, state.Post(Attempt(1), Usd(10)).Status);
    }

    [Fact]
    public void A_ledger_made_from_an_image_goes_on_as_the_one_before()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100));
        state.Reserve(Attempt(1), Scopes, Usd(60), Noon);

        var again = LedgerState.From(state.Capture(), (_, _) => Scopes);

        Assert.Equal(ReserveStatus.BudgetExceeded, again.Reserve(Attempt(2), Scopes, Usd(41), Noon).Status);
        again.Post(Attempt(1), Usd(60));
        Assert.Equal((60, 0), (Balance(again).Posted, Balance(again).Pending));
    }

    [Fact]
    public void A_correction_beyond_all_counting_changes_every_budget_in_scope()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100), Daily("team", Team, BudgetUnit.Usd, 1_000));
        state.Reserve(Attempt(1), Scopes, Usd(60), Noon);
        state.Post(Attempt(1), Usd(60));
        state.Adjust(Scopes, Noon, Usd(long.MaxValue));
        state.Adjust(Scopes, Noon, Usd(long.MaxValue));

        Assert.All(state.Balances(Noon), balance => Assert.Equal(long.MaxValue, balance.Posted));
        state.Adjust(Scopes, Noon, Usd(-long.MaxValue));
        state.Adjust(Scopes, Noon, Usd(-long.MaxValue));
        Assert.All(state.Balances(Noon), balance => Assert.Equal(60, balance.Posted));
    }

    [Fact]
    public void Holds_beyond_all_counting_are_refused_and_nothing_is_held()
    {
        var tokens = Daily("tokens", Team, BudgetUnit.Tokens, 10) with { OnExhausted = OnExhausted.Alert };
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100), tokens);
        var absurd = Usd(10) with { Tokens = long.MaxValue };

        Assert.Equal(ReserveStatus.InvalidAmount, state.Reserve(Attempt(1), Scopes, absurd, Noon).Status);
        Assert.Equal(ReserveStatus.Reserved, state.Reserve(Attempt(1), Scopes, Usd(10), Noon).Status);
        Assert.Equal(ReserveStatus.InvalidAmount, state.Extend(Attempt(1), absurd, Noon).Status);
        Assert.Equal([10L, 0L], state.Balances(Noon).Select(balance => balance.Pending).OrderDescending());
    }

    [Fact]
    public void A_settlement_beyond_all_counting_releases_its_hold_everywhere()
    {
        var state = State(Daily("usd", Key, BudgetUnit.Usd, 100), Daily("team", Team, BudgetUnit.Usd, 1_000));
        foreach (var number in (int[])[1, 2])
        {
            state.Reserve(Attempt(number), Scopes, Usd(10), Noon);
        }

        foreach (var number in (int[])[1, 2])
        {
            Assert.Equal(SettleStatus.Settled, state.Post(Attempt(number), Usd(long.MaxValue)).Status);
        }

        Assert.All(state.Balances(Noon), balance => Assert.Equal((long.MaxValue, 0), (balance.Posted, balance.Pending)));
        Assert.Empty(state.Open);
    }

    private static LedgerState State(params Budget[] budgets)
    {
        var state = new LedgerState();
        state.Advance(Noon);
        foreach (var budget in budgets)
        {
            state.AddBudget(budget, []);
        }

        return state;
    }

    private static Budget Daily(string id, Scope scope, BudgetUnit unit, long limit) =>
        new(id, id, scope, unit, new BudgetWindow(WindowKind.Day, TimeZoneInfo.Utc), limit);

    private static BalanceSnapshot Balance(LedgerState state) => state.Balances(new ScopeSet([Key]), state.HighWater).Single();

    private static Amount Usd(long nanos) => new(new Money(nanos), 0, 0);

    private static AttemptId Attempt(int number) => new(new Guid(number, 0, 0, new byte[8]), 1);
}
