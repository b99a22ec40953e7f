using System.Buffers;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

/// <summary>Each kind of budget is as it was after a restart, and the ledger's own verification agrees with it.</summary>
public sealed class BudgetKindsTests
{
    [Fact]
    public async Task An_anchored_window_begins_with_its_first_use_and_outlives_a_restart()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        await fixture.SetBudgetAsync(Budget(fixture.Organization, WindowKind.Anchored, 100, TimeSpan.FromHours(5)));
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        await fixture.SpendAsync(90);
        fixture.Clock.Advance(TimeSpan.FromHours(4));
        await fixture.ReopenAsync();

        var refused = await fixture.ReserveAsync(fixture.NextAttempt(), 20);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        var admitted = await fixture.ReserveAsync(fixture.NextAttempt(), 20);

        Assert.Equal((ReserveStatus.BudgetExceeded, ReserveStatus.Reserved), (refused.Result.Status, admitted.Result.Status));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_rolling_window_forgets_what_is_older_than_its_length_and_no_sooner()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        await fixture.SetBudgetAsync(Budget(fixture.Organization, WindowKind.Rolling, 100, TimeSpan.FromDays(7)));
        await fixture.SpendAsync(60);
        fixture.Clock.Advance(TimeSpan.FromDays(4));
        await fixture.SpendAsync(30);
        await fixture.ReopenAsync();
        fixture.Clock.Advance(TimeSpan.FromDays(3));

        // To the second seven days after the first: it counts still.
        var early = await fixture.ReserveAsync(fixture.NextAttempt(), 20);
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        var late = await fixture.ReserveAsync(fixture.NextAttempt(), 70);

        Assert.Equal((ReserveStatus.BudgetExceeded, ReserveStatus.Reserved), (early.Result.Status, late.Result.Status));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task Each_run_has_a_balance_of_its_own()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        var each = new BudgetScope(fixture.Organization, Scope.EachOf(ScopeKind.Run));
        await fixture.SetBudgetAsync(new NewBudget(each, BudgetUnit.Usd, new BudgetWindow(WindowKind.Run, TimeZoneInfo.Utc), 50));
        await fixture.SpendAsync(40, fixture.Subject(session: "one"));
        await fixture.ReopenAsync();

        var same = await fixture.ReserveAsync(fixture.NextAttempt(), 20, fixture.Subject(session: "one"));
        var other = await fixture.ReserveAsync(fixture.NextAttempt(), 20, fixture.Subject(session: "two"));
        var none = await fixture.ReserveAsync(fixture.NextAttempt(), 60);

        Assert.Equal(
            (ReserveStatus.BudgetExceeded, ReserveStatus.Reserved, ReserveStatus.Reserved),
            (same.Result.Status, other.Result.Status, none.Result.Status)
        );
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_team_on_a_model_is_limited_where_both_are_meant()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        var pair = new BudgetScope(fixture.Organization, new Scope(ScopeKind.Model, StoreFixture.Route.Model));
        await fixture.SetBudgetAsync(new NewBudget(pair, BudgetUnit.Usd, new BudgetWindow(WindowKind.Day, TimeZoneInfo.Utc), 50));
        var elsewhere = new Route("openai", "other", "openai", "other", "entry", "1");

        var limited = await fixture.ReserveAsync(fixture.NextAttempt(), 60);
        var free = await fixture.ReserveAsync(fixture.NextAttempt(), 60, route: elsewhere);

        Assert.Equal((ReserveStatus.BudgetExceeded, ReserveStatus.Reserved), (limited.Result.Status, free.Result.Status));
    }

    [Fact]
    public async Task What_is_left_over_is_carried_into_the_next_window_and_what_is_borrowed_is_missing_there()
    {
        await using var fixture = await StoreFixture.CreateAsync(100_000);
        var day = new BudgetWindow(WindowKind.Day, TimeZoneInfo.Utc);
        var wanted = new NewBudget(fixture.Organization, BudgetUnit.Usd, day, 100) { CarryOver = new CarryOver(50, 30), Borrow = 40 };
        var budget = await fixture.SetBudgetAsync(wanted);
        await fixture.SpendAsync(80);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        // 100, and half of the 20 that were left, and 25 of tomorrow's.
        await fixture.SpendAsync(135);
        await fixture.ReopenAsync();
        fixture.Clock.Advance(TimeSpan.FromDays(1));

        var tooMuch = await fixture.ReserveAsync(fixture.NextAttempt(), 116);
        var all = await fixture.ReserveAsync(fixture.NextAttempt(), 115);

        Assert.Equal((ReserveStatus.BudgetExceeded, ReserveStatus.Reserved), (tooMuch.Result.Status, all.Result.Status));
        var report = LedgerVerifier.Verify(fixture.Directory);
        Assert.Empty(report.Problems);
        var balance = (await fixture.Store.BalancesAsync()).Single(balance => balance.Budget.Id == budget.Id);
        // 75 of its own after the loan, and 40 borrowed again.
        Assert.Equal(115, balance.Limit);
    }

    [Fact]
    public async Task More_is_held_for_an_attempt_under_way_or_nothing_and_a_crash_posts_all_of_it()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 100);

        var more = await fixture.Store.ExtendAsync(attempt, new Amount(new Money(400), 0, 0), fixture.Clock.GetUtcNow());
        var tooMuch = await fixture.Store.ExtendAsync(attempt, new Amount(new Money(501), 0, 0), fixture.Clock.GetUtcNow());

        Assert.Equal((ReserveStatus.Reserved, ReserveStatus.BudgetExceeded), (more.Status, tooMuch.Status));
        Assert.Equal((0, 500), await fixture.BalanceAsync());
        var crashed = Directory.CreateTempSubdirectory("purser-").FullName;
        foreach (var name in (string[])["purser.db", "purser.db-wal"])
        {
            File.Copy(Path.Combine(fixture.Directory, name), Path.Combine(crashed, name));
        }

        await using (var reopened = fixture.OpenAt(crashed))
        {
            var balance = (await reopened.BalancesAsync()).Single();
            Assert.Equal((500, 0), (balance.Posted, balance.Pending));

            var confirmed = await reopened.ChangeAsync(change => change.Confirm(attempt, new Money(120), "ana", "the bill"));
            Assert.Equal("-0.000000380", confirmed.DifferenceUsd);
            balance = (await reopened.BalancesAsync()).Single();
            Assert.Equal((120, 0), (balance.Posted, balance.Pending));
            var refused = await Assert.ThrowsAsync<RefusedChangeException>(() =>
                reopened.ChangeAsync(change => change.Confirm(attempt, new Money(1), "ana", ""))
            );
            Assert.Equal("not_unconfirmed", refused.Code);
            Assert.Equal(120, new SpendQueries(reopened).Spend(new SpendQuery()).Total.CostNanos);
        }

        await using (var again = fixture.OpenAt(crashed))
        {
            Assert.Equal(120, (await again.BalancesAsync()).Single().Posted);
        }

        var report = LedgerVerifier.Verify(crashed);
        Assert.Empty(report.Problems);
        Assert.Equal((1, 1, (Int128)120), (report.Extensions, report.Adjustments, report.PostedNanos));
        Directory.Delete(crashed, recursive: true);
    }

    [Theory]
    [InlineData("s")]
    [InlineData("s+model:x")]
    [InlineData("s+key:*")]
    [InlineData("*")]
    [InlineData("100%2B+")]
    public async Task A_run_keeps_its_window_over_a_restart_whatever_its_client_called_it(string session)
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        await fixture.SetBudgetAsync(Budget(Scope.EachOf(ScopeKind.Run), WindowKind.Anchored, 50, TimeSpan.FromHours(5)));
        await fixture.SpendAsync(40, fixture.Subject(session: session));
        await fixture.ReopenAsync();

        var result = await fixture.ReserveAsync(fixture.NextAttempt(), 20, fixture.Subject(session: session));

        Assert.Equal(ReserveStatus.BudgetExceeded, result.Result.Status);
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Theory]
    [InlineData("a+model:gpt-x-2026")]
    [InlineData("a=*")]
    [InlineData("50%+")]
    public async Task A_budget_for_one_tag_limits_that_tag_alone_before_and_after_a_restart(string value)
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        var day = new BudgetWindow(WindowKind.Day, TimeZoneInfo.Utc);
        await fixture.SetBudgetAsync(new NewBudget(new Scope(ScopeKind.Tag, $"x={value}"), BudgetUnit.Usd, day, 50));
        var meant = fixture.Subject(tags: new KeyValuePair<string, string>("x", value));
        var other = fixture.Subject(tags: new KeyValuePair<string, string>("x", "a"));
        await fixture.SpendAsync(40, meant);
        for (var restarts = 0; restarts < 2; restarts++)
        {
            var refused = await fixture.ReserveAsync(fixture.NextAttempt(), 20, meant);
            var passed = await fixture.ReserveAsync(fixture.NextAttempt(), 60, other);
            Assert.Equal((ReserveStatus.BudgetExceeded, ReserveStatus.Reserved), (refused.Result.Status, passed.Result.Status));
            await fixture.ReopenAsync();
        }

        // Three admissions under the organization's limit, and one of them under the tag's.
        var report = LedgerVerifier.Verify(fixture.Directory);
        Assert.Empty(report.Problems);
        Assert.Equal(4, report.LimitChecks);
    }

    [Fact]
    public async Task What_a_rolling_budget_gave_comes_back_after_its_length_also_over_a_restart()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        var budget = await fixture.SetBudgetAsync(Budget(fixture.Organization, WindowKind.Rolling, 100, TimeSpan.FromHours(5)));
        await fixture.Store.ChangeAsync(change =>
            change.AddGrant(new Grant("grant_1", budget.Id, null, -40, change.Now, change.Now.AddHours(5), GrantCause.Gift, "ana", "help"))
        );
        await fixture.ReopenAsync();

        var refused = await fixture.ReserveAsync(fixture.NextAttempt(), 61);
        fixture.Clock.Advance(TimeSpan.FromHours(5));
        var admitted = await fixture.ReserveAsync(fixture.NextAttempt(), 100);

        Assert.Equal((ReserveStatus.BudgetExceeded, ReserveStatus.Reserved), (refused.Result.Status, admitted.Result.Status));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_tag_whose_value_is_a_star_is_one_of_each()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        var day = new BudgetWindow(WindowKind.Day, TimeZoneInfo.Utc);
        var budget = await fixture.SetBudgetAsync(new NewBudget(Scope.EachTag("x"), BudgetUnit.Usd, day, 50));
        var star = fixture.Subject(tags: new KeyValuePair<string, string>("x", "*"));
        var other = fixture.Subject(tags: new KeyValuePair<string, string>("x", "a"));
        await fixture.SpendAsync(40, star);
        await fixture.SpendAsync(30, other);
        await fixture.ReopenAsync();

        var balances = (await fixture.Store.BalancesAsync()).Where(balance => balance.Budget.Id == budget.Id);

        Assert.Equal(
            [("tag:x=%2A", 40L), ("tag:x=a", 30L)],
            balances.Select(balance => (balance.Instance.ToString(), balance.Posted)).Order()
        );
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task What_is_under_way_longer_than_a_rolling_window_is_counts_there_until_it_ends()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        await fixture.SetBudgetAsync(Budget(fixture.Organization, WindowKind.Rolling, 100, TimeSpan.FromHours(1)));
        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 60);
        fixture.Clock.Advance(TimeSpan.FromHours(2));

        var more = await fixture.Store.ExtendAsync(attempt, new Amount(new Money(30), 0, 0), fixture.Clock.GetUtcNow());
        var refused = await fixture.ReserveAsync(fixture.NextAttempt(), 20);
        await fixture.PostAsync(attempt, 90);
        var admitted = await fixture.ReserveAsync(fixture.NextAttempt(), 100);

        Assert.Equal(
            (ReserveStatus.Reserved, ReserveStatus.BudgetExceeded, ReserveStatus.Reserved),
            (more.Status, refused.Result.Status, admitted.Result.Status)
        );
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_ledger_with_a_hold_above_the_limit_of_a_rolling_window_is_found_out()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        await fixture.SetBudgetAsync(Budget(fixture.Organization, WindowKind.Rolling, 100, TimeSpan.FromHours(1)));
        await fixture.ReserveAsync(fixture.NextAttempt(), 60);
        fixture.Clock.Advance(TimeSpan.FromHours(2));
        await fixture.ReserveAsync(fixture.NextAttempt(), 30);
        await fixture.Store.DisposeAsync();

        // As if 20 more had been let in.
        JournalEntry entry;
        using (var connection = LedgerStore.OpenReader(LedgerStore.FileIn(fixture.Directory)))
        {
            entry = JournalReader.Entries(connection).Last(entry => entry.Kind == JournalKind.Reserve);
        }

        var body = new ArrayBufferWriter<byte>();
        JournalCodec.Write(body, entry with { Amount = new Amount(new Money(50), 50, 1) });
        fixture.Tamper($"UPDATE journal SET body = x'{Convert.ToHexString(body.WrittenSpan)}' WHERE seq = {entry.Seq}");

        Assert.Contains(
            LedgerVerifier.Verify(fixture.Directory).Problems,
            problem => problem.Contains("above the limit", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_run_ends_after_seven_idle_days_whoever_else_was_refused_meanwhile()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        await fixture.SetBudgetAsync(Budget(Scope.EachOf(ScopeKind.Run), WindowKind.Run, 50, TimeSpan.Zero));
        await fixture.SpendAsync(40, fixture.Subject(session: "victim"));
        await RefuseManyAsync(fixture);
        fixture.Clock.Advance(TimeSpan.FromDays(6));
        var same = await fixture.ReserveAsync(fixture.NextAttempt(), 20, fixture.Subject(session: "victim"));
        fixture.Clock.Advance(TimeSpan.FromDays(2));
        await RefuseManyAsync(fixture);

        var other = await fixture.ReserveAsync(fixture.NextAttempt(), 20, fixture.Subject(session: "victim"));
        await fixture.ReopenAsync();

        Assert.Equal((ReserveStatus.BudgetExceeded, ReserveStatus.Reserved), (same.Result.Status, other.Result.Status));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
        var balance = (await fixture.Store.BalancesAsync()).Single(balance =>
            $"{balance.Instance}".EndsWith("/victim", StringComparison.Ordinal)
        );
        Assert.Equal((20, 0), (balance.Posted, balance.Pending));
    }

    [Fact]
    public async Task A_grant_to_one_of_a_kind_is_kept_however_many_others_come()
    {
        await using var fixture = await StoreFixture.CreateAsync(1_000_000);
        var window = new BudgetWindow(WindowKind.Lifetime, TimeZoneInfo.Utc);
        var budget = await fixture.SetBudgetAsync(new NewBudget(Scope.EachOf(ScopeKind.Run), BudgetUnit.Concurrency, window, 1));
        BudgetScope run = new Scope(ScopeKind.Run, Subject.RunId(fixture.Key.Id, "granted"));
        var now = fixture.Clock.GetUtcNow();
        await fixture.Store.ChangeAsync(change =>
            change.AddGrant(new Grant("grant_1", budget.Id, run, 1, now, now.AddDays(2), GrantCause.Approved, "ana", ""))
        );
        for (var i = 0; i < 5000; i++)
        {
            await fixture.SpendAsync(1, fixture.Subject(session: $"other {i}"));
        }

        await fixture.ReopenAsync();
        var one = await fixture.ReserveAsync(fixture.NextAttempt(), 1, fixture.Subject(session: "granted"));
        var two = await fixture.ReserveAsync(fixture.NextAttempt(), 1, fixture.Subject(session: "granted"));

        Assert.Equal((ReserveStatus.Reserved, ReserveStatus.Reserved), (one.Result.Status, two.Result.Status));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task Whoever_looks_after_the_last_entry_leaves_a_snapshot_that_verifies()
    {
        await using var fixture = await StoreFixture.CreateAsync(1000);
        await fixture.SetBudgetAsync(Budget(fixture.Organization, WindowKind.Minute, 100, TimeSpan.Zero));
        await fixture.SetBudgetAsync(Budget(fixture.Organization, WindowKind.Rolling, 100, TimeSpan.FromSeconds(10)));
        await fixture.SpendAsync(40);
        fixture.Clock.Advance(TimeSpan.FromMinutes(2));
        await fixture.Store.BalancesAsync();
        await fixture.Store.DisposeAsync();

        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    /// <summary>More names than the ledger remembers without a need.</summary>
    private static async Task RefuseManyAsync(StoreFixture fixture)
    {
        for (var i = 0; i < 5000; i++)
        {
            var refused = await fixture.ReserveAsync(fixture.NextAttempt(), 60, fixture.Subject(session: $"refused {i}"));
            Assert.Equal(ReserveStatus.BudgetExceeded, refused.Result.Status);
        }
    }

    private static NewBudget Budget(Scope scope, WindowKind kind, long limit, TimeSpan length) =>
        new(scope, BudgetUnit.Usd, new BudgetWindow(kind, TimeZoneInfo.Utc) { Length = length }, limit);
}
