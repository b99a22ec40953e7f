using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Xunit;
using static Purser.Core.Tests.Ledger.Sample;

namespace Purser.Core.Tests.Ledger;

/// <summary>A ledger made from an image goes on as the one that it was taken of.</summary>
public sealed class LedgerImageTests
{
    private readonly ScopeSet scopes = new([Key]);

    [Fact]
    public void A_window_that_has_begun_goes_on_with_its_grants_and_what_was_told()
    {
        var state = State(Budget(WindowKind.Day, 100) with { Borrow = 30 });
        state.AddGrant(Grant("grant_1", 50, 0, until: 2), Start);
        state.AddGrant(Grant("grant_2", 20, 3), Start);
        state.Spend(1, scopes, 130, 1);
        state.Reserve(Attempt(2), scopes, Usd(25), At(1));
        state.TakeCrossings();
        var again = Again(state);

        Assert.Equal(At(1), again.HighWater);
        Assert.Equal((130, 25, 155), (again.Balance(1).Posted, again.Balance(1).Pending, again.Balance(1).Limit));
        // 5 were borrowed, and 50 are spent of the grant that ends.
        Assert.Equal((155, 175), (again.Balance(2).Limit, again.Balance(3).Limit));
        again.NoteRefusal(again.Reserve(Attempt(3), scopes, Usd(46), At(3)).Refusing!);
        Assert.Equal(ReserveStatus.Reserved, again.Reserve(Attempt(3), scopes, Usd(45), At(3)).Status);
        again.Post(Attempt(3), Usd(45));
        again.Post(Attempt(2), Usd(25));
        // Those at 50 and 80 were told before.
        Assert.Equal(
            [(CrossingKind.Exhausted, 0), (CrossingKind.Threshold, 100)],
            again.TakeCrossings().Select(crossing => (crossing.Kind, crossing.Percent))
        );
        Assert.Equal(70, again.Balance(24).Limit);
    }

    [Fact]
    public void What_an_ended_grant_was_spent_on_and_what_was_given_away_are_kept()
    {
        var state = State(Budget(WindowKind.Lifetime, 100));
        state.AddGrant(Grant("grant_1", 50, 0, until: 1), Start);
        state.AddGrant(Grant("grant_2", -30, 0), Start);
        state.Reserve(Attempt(1), scopes, Usd(110), Start);
        Assert.Equal(110, state.Balance(2).Limit);
        var again = Again(state);

        Assert.Equal(110, again.Balance(2).Limit);
        // 10 less: of the ended grant 30 are left of 40.
        again.Post(Attempt(1), Usd(100));
        Assert.Equal(100, again.Balance(2).Limit);
    }

    [Fact]
    public void A_window_that_is_over_is_kept_for_what_is_under_way_there()
    {
        var state = State(Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(50, 1_000) });
        state.Reserve(Attempt(1), scopes, Usd(10), At(1));
        state.Reserve(Attempt(2), scopes, Usd(5), At(25));
        state.TakeRationed();
        var again = Again(state);

        // Of the first window's 90, 45 are the second's.
        Assert.Equal((145, 5), (again.Balance(25).Limit, again.Balance(25).Pending));
        Assert.Equal(ReserveStatus.BudgetExceeded, again.Extend(Attempt(1), Usd(46), At(25)).Status);
        Assert.Equal(ReserveStatus.Reserved, again.Extend(Attempt(1), Usd(45), At(25)).Status);
        again.Post(Attempt(1), Usd(55));
        Assert.Equal((0, 5), (again.Balance(25).Posted, again.Balance(25).Pending));
    }

    [Fact]
    public void A_replayed_grant_is_taken_from_the_window_before_also_after_an_image()
    {
        var budget = Budget(WindowKind.Day, 100) with { CarryOver = new CarryOver(50, 1_000) };
        var live = State(budget);
        live.Reserve(Attempt(1), scopes, Usd(10), Start);
        live.Balance(25);
        var carried = Assert.Single(live.TakeRationed());

        var replayed = State(budget);
        replayed.Replaying = true;
        replayed.Reserve(Attempt(1), scopes, Usd(10), Start);
        replayed.Balance(25);
        var again = Again(replayed);
        again.Replaying = true;
        again.AddGrant(carried, At(25));
        again.Replaying = false;

        Assert.Equal(ReserveStatus.BudgetExceeded, again.Extend(Attempt(1), Usd(46), At(25)).Status);
        Assert.Equal(ReserveStatus.Reserved, again.Extend(Attempt(1), Usd(45), At(25)).Status);
    }

    [Fact]
    public void A_rolling_window_forgets_on()
    {
        var state = State(Budget(WindowKind.Rolling, 100, hours: 5));
        state.Spend(1, scopes, 30, 0);
        state.Spend(2, scopes, 20, 2);
        state.Reserve(Attempt(3), scopes, Usd(7), At(2));
        var again = Again(state);

        Assert.Equal((50, 7), (again.Balance(2).Posted, again.Balance(2).Pending));
        Assert.Equal((20, 7), (again.Balance(6).Posted, again.Balance(6).Pending));
        Assert.Equal((0, 7), (again.Balance(8).Posted, again.Balance(8).Pending));
        again.Void(Attempt(3));
        Assert.Equal((0, 0), (again.Balance(8).Posted, again.Balance(8).Pending));
    }

    [Fact]
    public void An_anchored_window_goes_on_and_knows_its_grants()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.AddGrant(Grant("grant_1", 50, 0), Start);
        state.Spend(1, scopes, 60, 2);
        state.AddGrant(Grant("grant_2", 7, 7), At(3));
        var again = Again(state);

        Assert.Equal((new WindowSpan(At(2), At(7)), 60, 150), (again.Balance(6).Window, again.Balance(6).Posted, again.Balance(6).Limit));
        // The first was that window's; the second waits.
        again.AddGrant(Grant("grant_1", 50, 0), At(7));
        Assert.Equal(ReserveStatus.BudgetExceeded, again.Reserve(Attempt(2), scopes, Usd(108), At(7)).Status);
        Assert.Equal(ReserveStatus.Reserved, again.Reserve(Attempt(2), scopes, Usd(107), At(7)).Status);
    }

    [Fact]
    public void The_same_ledger_has_the_same_image_whatever_the_order_of_its_grants()
    {
        var state = State(Budget(WindowKind.Anchored, 100, hours: 5));
        state.AddGrant(Grant("grant_2", 7, 7), Start);
        state.AddGrant(Grant("grant_1", 50, 0), Start);

        var image = state.Capture();

        Assert.Equal(["grant_1", "grant_2"], Assert.Single(image.Lines).Known);
        Assert.Empty(Assert.Single(image.Balances).Buckets);
    }

    [Fact]
    public void Budgets_their_order_and_each_of_a_kind_are_kept()
    {
        var each = new Budget("bud_2", "two", Scope.EachOf(ScopeKind.Run), BudgetUnit.Usd, Window(WindowKind.Run), 100);
        var state = State(Budget(WindowKind.Day, 1_000), each, Budget(WindowKind.Day, 2_000) with { Id = "bud_0" });
        var run = new ScopeSet([Key, new Scope(ScopeKind.Run, "one")]);
        state.Spend(1, run, 60, 1);
        state.ChangeBudget(each with { Limit = 70 });
        var again = Again(state);

        Assert.Equal((3, 3), (state.LineCount, again.LineCount));
        Assert.Equal(["bud_1", "bud_2", "bud_0"], again.Capture().Budgets.Select(budget => budget.Id));
        Assert.Equal(
            [("bud_1", "key:pk-1", 60L), ("bud_0", "key:pk-1", 60L), ("bud_2", "run:one", 60L)],
            again.Balances(At(1)).Select(balance => (balance.Budget.Id, $"{balance.Instance}", balance.Posted))
        );
        Assert.Equal("bud_2", again.Reserve(Attempt(2), run, Usd(11), At(1)).Refusing?.Budget.Id);
        Assert.True(again.Reserve(Attempt(2), run, Usd(10), At(1)).IsReserved);
    }

    [Fact]
    public void What_is_under_way_is_kept_with_whom_it_is_for()
    {
        var state = State(Budget(WindowKind.Day, 100));
        var reservation = state.Reserve(Attempt(1), scopes, Usd(60), At(1)).Reservation;
        Assert.Same(state.Open[Attempt(1)], reservation);
        (reservation!.SubjectId, reservation.RouteId) = (7, 8);
        var other = new ScopeSet([Key]);

        var again = LedgerState.From(state.Capture(), (subject, route) => (subject, route) == (7, 8) ? other : scopes);

        var open = Assert.Single(again.Open).Value;
        Assert.Equal((Attempt(1), Usd(60), At(1), 7, 8), (open.Id, open.Held, open.AdmittedAt, open.SubjectId, open.RouteId));
        Assert.Same(other, open.Scopes);
        Assert.Equal(ReserveStatus.AlreadyReserved, again.Reserve(Attempt(1), other, Usd(60), At(1)).Status);
    }

    [Fact]
    public void A_line_that_is_forgotten_but_holds_something_is_kept_for_that_alone()
    {
        const int many = 4_095;
        var each = new Budget("bud_2", "two", Scope.EachOf(ScopeKind.Run), BudgetUnit.Usd, Window(WindowKind.Hour), 10);
        var state = State(Budget(WindowKind.Lifetime, 1_000_000), each);
        var long1 = new ScopeSet([Key, new Scope(ScopeKind.Run, "long")]);
        state.Reserve(Attempt(1), long1, Usd(4), Start);
        state.Spend(2, long1, 1, 1);
        for (var i = 3; i <= many + 1; i++)
        {
            state.Spend(i, new ScopeSet([Key, new Scope(ScopeKind.Run, $"{i}")]), 1, 1);
        }

        state.Balances(new ScopeSet([Key]), At(2));
        Assert.Equal(1, state.LineCount);
        var again = Again(state, long1);

        Assert.Equal(1, again.LineCount);
        Assert.Equal(ReserveStatus.BudgetExceeded, again.Extend(Attempt(1), Usd(7), At(2)).Status);
        Assert.Equal(ReserveStatus.Reserved, again.Extend(Attempt(1), Usd(6), At(2)).Status);
        Assert.Equal(SettleStatus.Settled, again.Post(Attempt(1), Usd(10)).Status);
        Assert.Equal(1, again.LineCount);
    }

    [Fact]
    public void A_run_lives_from_its_last_use_before_the_image()
    {
        var each = new Budget("bud_2", "two", Scope.EachOf(ScopeKind.Run), BudgetUnit.Usd, Window(WindowKind.Run), 10);
        var state = State(Budget(WindowKind.Lifetime, 1_000_000), each);
        for (var i = 1; i <= 4_095; i++)
        {
            state.Spend(i, new ScopeSet([Key, new Scope(ScopeKind.Run, $"{i}")]), 1, 0);
        }

        state.Advance(At(100));
        var again = Again(state);
        again.Balances(new ScopeSet([Key]), At(168.1));
        Assert.Equal(1, again.LineCount);
    }

    [Fact]
    public void An_image_without_one_of_its_budgets_is_refused()
    {
        var image = State(Budget(WindowKind.Day, 100)).Capture();

        var error = Assert.Throws<FormatException>(() => LedgerState.From(image with { Budgets = [] }, (_, _) => scopes));
        Assert.Contains("bud_1", error.Message, StringComparison.Ordinal);
    }

    private LedgerState Again(LedgerState state, ScopeSet? set = null) => LedgerState.From(state.Capture(), (_, _) => set ?? scopes);
}
