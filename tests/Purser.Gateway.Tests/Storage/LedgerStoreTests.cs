using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class LedgerStoreTests
{
    [Fact]
    public async Task A_reservation_is_held_and_then_posted()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var attempt = fixture.NextAttempt();

        var admission = await fixture.ReserveAsync(attempt, 600);
        Assert.Equal(ReserveStatus.Reserved, admission.Result.Status);
        Assert.Equal((0, 600, 400), (admission.Balances[0].Posted, admission.Balances[0].Pending, admission.Balances[0].Remaining));

        Assert.Equal(SettleStatus.Settled, (await fixture.PostAsync(attempt, 250)).Status);
        Assert.Equal((250, 0), await fixture.BalanceAsync());
        Assert.Equal(SettleStatus.NotOpen, (await fixture.PostAsync(attempt, 250)).Status);
        Assert.Equal((250, 0), await fixture.BalanceAsync());
    }

    [Fact]
    public async Task A_void_gives_back_what_was_held()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 1000);

        await fixture.Store.VoidAsync(fixture.Event(attempt, Outcome.Void));

        Assert.Equal((0, 0), await fixture.BalanceAsync());
        Assert.True(LedgerVerifier.Verify(fixture.Directory).IsClean);
    }

    [Fact]
    public async Task A_store_whose_newest_entry_is_ahead_of_the_clock_says_by_how_much()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(1);
        await fixture.ReopenAsync();
        var inTime = fixture.Store.Ahead;
        fixture.Clock.Advance(TimeSpan.FromDays(3));
        await fixture.SpendAsync(1);
        await fixture.Store.DisposeAsync();

        var earlier = new FakeTimeProvider(fixture.Clock.GetUtcNow() - TimeSpan.FromDays(3));
        await using var store = LedgerStore.Open(fixture.Directory, Durability.ProcessCrash, earlier, NullLogger.Instance);

        Assert.Equal((TimeSpan.Zero, TimeSpan.FromDays(3)), (inTime, store.Ahead));
    }

    [Fact]
    public async Task A_refused_reservation_leaves_nothing_in_the_journal()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var head = fixture.Store.HeadSeq;

        var admission = await fixture.ReserveAsync(fixture.NextAttempt(), 1001);

        Assert.Equal(ReserveStatus.BudgetExceeded, admission.Result.Status);
        Assert.Equal("acme", admission.Result.Refusing?.Budget.Name);
        Assert.Equal(head, fixture.Store.HeadSeq);
        Assert.Equal((0, 0), await fixture.BalanceAsync());
        Assert.Equal(0, await fixture.Store.OpenReservationsAsync());
    }

    [Fact]
    public async Task Two_thousand_reservations_at_once_admit_exactly_what_fits()
    {
        await using var fixture = await StoreFixture.CreateAsync(limit: 1000);
        var attempts = Enumerable.Range(0, 2000).Select(_ => fixture.NextAttempt()).ToList();

        var results = await Task.WhenAll(attempts.Select(attempt => Task.Run(() => fixture.ReserveAsync(attempt, 7))));

        Assert.Equal(142, results.Count(result => result.Result.IsReserved));
        Assert.Equal((0, 994), await fixture.BalanceAsync());
        Assert.Equal(142, LedgerVerifier.Verify(fixture.Directory).OpenReservations);
    }

    [Fact]
    public async Task Balances_survive_a_restart()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(300);

        await fixture.ReopenAsync();

        Assert.Equal(0, fixture.Store.Recovered);
        Assert.Equal((300, 0), await fixture.BalanceAsync());
        Assert.Equal(ReserveStatus.BudgetExceeded, (await fixture.ReserveAsync(fixture.NextAttempt(), 701)).Result.Status);
    }

    [Fact]
    public async Task An_attempt_under_way_in_a_crash_is_posted_at_its_ceiling_as_unconfirmed()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(100);
        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 600);

        // What a kill leaves behind: the database and its log, as they are while the store is open.
        var crashed = Directory.CreateTempSubdirectory("purser-").FullName;
        foreach (var name in (string[])["purser.db", "purser.db-wal"])
        {
            File.Copy(Path.Combine(fixture.Directory, name), Path.Combine(crashed, name));
        }

        await using (var reopened = fixture.OpenAt(crashed))
        {
            Assert.Equal(1, reopened.Recovered);
            var balance = (await reopened.BalancesAsync()).Single(balance => balance.Budget.Scope == fixture.Organization);
            Assert.Equal((700, 0), (balance.Posted, balance.Pending));
            var late = await reopened.PostAsync(fixture.Event(attempt), new Amount(new Money(5), 5, 1));
            Assert.Equal(SettleStatus.NotOpen, late.Status);
        }

        var report = LedgerVerifier.Verify(crashed);
        Assert.Empty(report.Problems);
        Assert.Equal((0, 1, (Int128)700), (report.OpenReservations, report.Unconfirmed, report.PostedNanos));
        Directory.Delete(crashed, recursive: true);
    }

    [Fact]
    public async Task A_budget_made_in_the_middle_of_its_window_counts_what_was_spent_before()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(300);
        var underWay = fixture.NextAttempt();
        await fixture.ReserveAsync(underWay, 50);

        await fixture.SetBudgetAsync(new Scope(ScopeKind.Key, fixture.Key.Id), 400);

        Assert.Equal(ReserveStatus.BudgetExceeded, (await fixture.ReserveAsync(fixture.NextAttempt(), 51)).Result.Status);
        Assert.Equal(ReserveStatus.Reserved, (await fixture.ReserveAsync(fixture.NextAttempt(), 50)).Result.Status);
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_new_day_begins_with_nothing_spent()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SetBudgetAsync(new Scope(ScopeKind.Key, fixture.Key.Id), 100);
        await fixture.SpendAsync(100);
        Assert.False((await fixture.ReserveAsync(fixture.NextAttempt(), 1)).Result.IsReserved);

        fixture.Clock.Advance(TimeSpan.FromHours(12));

        Assert.True((await fixture.ReserveAsync(fixture.NextAttempt(), 100)).Result.IsReserved);
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task The_last_dollar_limit_above_a_key_stays()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var head = fixture.Store.HeadSeq;
        var budget = fixture.Store.Control.Budgets.Single();

        var refusal = await Assert.ThrowsAsync<RefusedChangeException>(() =>
            fixture.Store.ChangeAsync(change =>
            {
                change.CreateAccount("sales", AccountKind.Department, "");
                change.RemoveBudget(budget.Id);
                return true;
            })
        );

        Assert.Equal("last_hard_limit", refusal.Code);
        Assert.Equal(head, fixture.Store.HeadSeq);
        Assert.Null(fixture.Store.Control.Accounts.Resolve("sales"));
        Assert.Single(fixture.Store.Control.Budgets);
        await fixture.SpendAsync(10);
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_text_with_a_NUL_or_a_separator_is_kept_as_it_is()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(1, fixture.Subject("a\u001f+b", "c"), new Route("openai.chat", "gpt\0x", "openai", "m", "p", "v"));
        await fixture.SpendAsync(1, fixture.Subject("a", "b\u001f+c"));

        Assert.Equal(2, fixture.Number("SELECT COUNT(*) FROM subjects"));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task After_a_failed_commit_the_store_takes_nothing_more()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var before = fixture.NextAttempt();
        await fixture.ReserveAsync(before, 10);
        fixture.Tamper("DROP TABLE journal");

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => fixture.ReserveAsync(fixture.NextAttempt(), 10));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => fixture.PostAsync(before, 10));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => fixture.BalanceAsync());
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => fixture.SetBudgetAsync(fixture.Organization, 5));
        Assert.NotNull(fixture.Store.Fault);
    }

    [Fact]
    public async Task A_second_store_on_the_same_folder_says_who_has_it()
    {
        await using var fixture = await StoreFixture.CreateAsync();

        var exception = Assert.Throws<IOException>(() => fixture.OpenAt(fixture.Directory));

        Assert.StartsWith($"Another Purser is using the data folder {fixture.Directory}.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_store_refuses_at_once()
    {
        var fixture = await StoreFixture.CreateAsync();
        var admission = new Admission(
            fixture.NextAttempt(),
            fixture.Key.Subject,
            StoreFixture.Route,
            Amount.Zero,
            fixture.Clock.GetUtcNow()
        );
        await fixture.DisposeAsync();

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => fixture.Store.ReserveAsync(admission));
    }
}
