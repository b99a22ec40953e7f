using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

/// <summary>Attempts whose price was corrected after they were charged, in a ledger of 1,000 nano-dollars a month.</summary>
public sealed class RerateTests
{
    private static readonly PriceName New = new("openai/gpt-x@2", "book 2");

    [Fact]
    public async Task The_difference_is_posted_up_and_down_and_the_originals_stay()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var dearer = await fixture.SpendAsync(100);
        var cheaper = await fixture.SpendAsync(50);
        var before = Posts(fixture);

        var rerated = await RerateAsync(fixture, posted => posted.Attempt == dearer ? 130 : 20);

        Assert.Equal([30, -30], rerated.Select(one => one.Difference.Nanos));
        Assert.Equal((150, 0), await fixture.BalanceAsync());
        Assert.Equal(before, Posts(fixture));
        Assert.Equal(
            [(dearer, 30, 0), (cheaper, -30, 0)],
            Adjustments(fixture).Select(one => (one.Attempt, one.Amount.Cost.Nanos, one.Amount.Tokens))
        );
        var posted = before[0].Seq;
        Assert.Equal(
            $$$"""{"cause":"rerate","by":"ana","reason":"the page was misread","posted":{{{posted}}},"from":{"entry":"openai/gpt-x","book":"2026-11-01"},"to":{"entry":"openai/gpt-x@2","book":"book 2"}}""",
            Adjustments(fixture)[0].Text
        );
        Assert.Equal(150, new SpendQueries(fixture.Store).Spend(new SpendQuery { By = ["model"] }).Rows.Single().Sums.CostNanos);
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task The_second_time_nothing_is_posted_and_a_third_price_is_from_the_second()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(100);
        await RerateAsync(fixture, _ => 130);
        var head = fixture.Store.HeadSeq;

        var again = await RerateAsync(fixture, _ => 130);

        Assert.Equal((LeftReason.Unchanged, head), (again.Single().Left, fixture.Store.HeadSeq));
        var third = await RerateAsync(fixture, _ => 90, new PriceName("openai/gpt-x@3", "book 3"));
        Assert.Equal((-40, New), (third.Single().Difference.Nanos, third.Single().Stood.Price));
        Assert.Equal((90, 0), await fixture.BalanceAsync());
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task Two_at_once_correct_each_attempt_once()
    {
        await using var fixture = await StoreFixture.CreateAsync(100_000);
        for (var i = 0; i < 50; i++)
        {
            await fixture.SpendAsync(100);
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RerateAsync(fixture, _ => 101)));

        Assert.Equal(50, Adjustments(fixture).Count);
        Assert.Equal((5050, 0), await fixture.BalanceAsync());
    }

    [Fact]
    public async Task What_is_unconfirmed_or_was_confirmed_stays()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var (waiting, settled) = (fixture.NextAttempt(), fixture.NextAttempt());
        foreach (var attempt in (AttemptId[])[waiting, settled])
        {
            await fixture.ReserveAsync(attempt, 100);
            await fixture.PostAsync(attempt, 100, usage => usage with { Marks = JournalMarks.Unconfirmed });
        }

        await fixture.Store.ChangeAsync(change => change.Confirm(settled, new Money(70), "ana", "the bill"));

        var rerated = await RerateAsync(fixture, _ => 10);

        Assert.Equal(
            [(LeftReason.Unconfirmed, 100), (LeftReason.Confirmed, 70)],
            rerated.Select(one => (one.Left!.Value, one.Stood.Cost.Nanos))
        );
        Assert.Equal((170, 0), await fixture.BalanceAsync());
    }

    [Fact]
    public async Task A_rise_beyond_the_limit_is_posted_marked_and_told_and_nothing_more_is_admitted()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var told = new List<Crossing>();
        await fixture.SpendAsync(900);
        await fixture.Store.FlushAsync();
        fixture.Store.Crossed = told.AddRange;

        await RerateAsync(fixture, _ => 1200);
        await fixture.Store.FlushAsync();

        var budget = fixture.Store.Control.Budgets.Single();
        Assert.Contains($"\"over_limit\":[\"{budget.Id}\"]", Adjustments(fixture).Single().Text, StringComparison.Ordinal);
        Assert.Contains(told, crossing => crossing.Kind == CrossingKind.Exceeded && crossing.Balance.Posted == 1200);
        Assert.Equal(ReserveStatus.BudgetExceeded, (await fixture.ReserveAsync(fixture.NextAttempt(), 1)).Result.Status);
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_charge_is_corrected_in_the_windows_that_it_was_admitted_in()
    {
        await using var fixture = await StoreFixture.CreateAsync(100_000);
        var day = await fixture.SetBudgetAsync(fixture.Organization, 100_000);
        var rolling = await fixture.Store.ChangeAsync(change =>
            change.SetBudget(
                new NewBudget(
                    new Scope(ScopeKind.Key, fixture.Key.Id),
                    BudgetUnit.Usd,
                    new BudgetWindow(WindowKind.Rolling, TimeZoneInfo.Utc) { Length = TimeSpan.FromDays(2) },
                    100_000
                )
            )
        );
        await fixture.SpendAsync(100);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await fixture.SpendAsync(100);

        await RerateAsync(fixture, _ => 1000);

        Assert.Equal((2000, 1000, 2000), (await PostedAsync(), await PostedAsync(day), await PostedAsync(rolling)));
        Assert.Equal(
            [1000, 1000],
            new SpendQueries(fixture.Store).Spend(new SpendQuery { By = ["day"] }).Rows.Select(row => (long)row.Sums.CostNanos)
        );
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);

        async Task<long> PostedAsync(Budget? budget = null) =>
            (await fixture.Store.BalancesAsync())
                .Single(balance => budget is null ? balance.Budget.Window.Kind == WindowKind.Month : balance.Budget.Id == budget.Id)
                .Posted;
    }

    [Fact]
    public async Task What_a_correction_gives_back_in_a_window_that_is_over_serves_what_is_under_way_there()
    {
        await using var fixture = await StoreFixture.CreateAsync(100_000);
        await fixture.SetBudgetAsync(fixture.Organization, 1000);
        await fixture.SpendAsync(900);
        var underWay = fixture.NextAttempt();
        await fixture.ReserveAsync(underWay, 100);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await RerateAsync(fixture, _ => 500);

        var more = await fixture.Store.ExtendAsync(underWay, new Amount(new Money(400), 0, 0), fixture.Clock.GetUtcNow());
        var tooMuch = await fixture.Store.ExtendAsync(underWay, new Amount(new Money(1), 0, 0), fixture.Clock.GetUtcNow());

        Assert.Equal((ReserveStatus.Reserved, ReserveStatus.BudgetExceeded), (more.Status, tooMuch.Status));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_start_finds_what_was_corrected_with_and_without_its_snapshot(bool snapshot)
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(100);
        await fixture.SpendAsync(100);
        await RerateAsync(fixture, _ => 130);
        await fixture.Store.DisposeAsync();
        if (!snapshot)
        {
            fixture.Tamper("DELETE FROM snapshots");
        }

        await fixture.ReopenAsync();

        Assert.Equal((260, 0), await fixture.BalanceAsync());
        Assert.All(await RerateAsync(fixture, _ => 130), one => Assert.Equal(LeftReason.Unchanged, one.Left));
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task After_a_crash_in_the_middle_the_rest_is_posted_and_nothing_twice()
    {
        await using var fixture = await StoreFixture.CreateAsync(100_000);
        for (var i = 0; i < 10; i++)
        {
            await fixture.SpendAsync(100);
        }

        await fixture.Store.RerateAsync([.. Repricings(fixture.Store, _ => 130, New).Take(4)], "ana", null);
        var crashed = Directory.CreateTempSubdirectory("purser-").FullName;
        foreach (var name in (string[])["purser.db", "purser.db-wal"])
        {
            File.Copy(Path.Combine(fixture.Directory, name), Path.Combine(crashed, name));
        }

        await using (var reopened = fixture.OpenAt(crashed))
        {
            var rerated = await reopened.RerateAsync(Repricings(reopened, _ => 130, New), "ana", null);
            Assert.Equal((4, 6), (rerated.Count(one => one.Left == LeftReason.Unchanged), rerated.Count(one => one.Left is null)));
            Assert.Equal(1300, (await reopened.BalancesAsync()).Single().Posted);
            Assert.Equal(1300, new SpendQueries(reopened).Spend(new SpendQuery()).Total.CostNanos);
        }

        var report = LedgerVerifier.Verify(crashed);
        Assert.Empty(report.Problems);
        Assert.Equal((10, (Int128)1300), (report.Adjustments, report.PostedNanos));
        Directory.Delete(crashed, recursive: true);
    }

    [Fact]
    public async Task A_new_budget_begins_with_what_was_corrected_and_a_backup_has_it()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(100);
        await RerateAsync(fixture, _ => 130);
        var folder = Directory.CreateTempSubdirectory("purser-").FullName;

        var budget = await fixture.SetBudgetAsync(fixture.Organization, 500);
        var made = LedgerBackup.Make(fixture.Directory, folder, null, TestContext.Current.CancellationToken);

        Assert.Equal(130, (await fixture.Store.BalancesAsync()).Single(balance => balance.Budget.Id == budget.Id).Posted);
        Assert.Equal((1, (Int128)130), (made.Report.Adjustments, made.Report.PostedNanos));
        await using (var copy = fixture.OpenAt(folder))
        {
            var again = await copy.RerateAsync(Repricings(copy, _ => 130, New), "ana", null);
            Assert.Equal(LeftReason.Unchanged, again.Single().Left);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_cannot_be_worked_out_posts_nothing_and_the_ledger_goes_on()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var attempt = await fixture.SpendAsync(100);
        fixture.Tamper($"INSERT INTO adjusted VALUES(x'{Convert.ToHexString(attempt.Request.ToByteArray(bigEndian: true))}', 1, 1)");

        await Assert.ThrowsAsync<InvalidDataException>(() => RerateAsync(fixture, _ => 130));

        await fixture.SpendAsync(10);
        Assert.Equal((110, 0), await fixture.BalanceAsync());
    }

    [Theory]
    [InlineData("DELETE FROM adjusted", "the list of corrections lacks this one of req_")]
    [InlineData("UPDATE adjusted SET seq = seq - 1", "the list of corrections lacks this one of req_")]
    [InlineData("INSERT INTO adjusted VALUES(zeroblob(16), 1, 9)", "1 rows of the list of corrections are of no entry")]
    [InlineData("UPDATE adjustments SET nanos = 31", "reports don't have this correction of req_")]
    [InlineData("DELETE FROM adjustments", "reports don't have this correction of req_")]
    [InlineData(
        "INSERT INTO adjustments SELECT seq + 1, at, request, attempt, nanos, why FROM adjustments",
        "1 corrections that reports have are of no entry"
    )]
    public async Task Lists_that_differ_from_the_journal_are_found(string alteration, string problem)
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(100);
        await RerateAsync(fixture, _ => 130);
        fixture.Store.OpenReader().Dispose();
        await fixture.Store.DisposeAsync();
        Assert.Empty(LedgerVerifier.Verify(fixture.Directory).Problems);

        fixture.Tamper(alteration);

        Assert.Contains(LedgerVerifier.Verify(fixture.Directory).Problems, text => text.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_export_says_why()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(100);
        await RerateAsync(fixture, _ => 130);
        using var writer = new StringWriter();

        LedgerExport.Write(fixture.Directory, writer, ExportFormat.JsonLines);

        var line = writer.ToString().Split('\n').Single(line => line.Contains("\"kind\":\"adjust\"", StringComparison.Ordinal));
        Assert.Contains("\"usd\":\"0.000000030\"", line, StringComparison.Ordinal);
        Assert.Contains("the page was misread", line, StringComparison.Ordinal);
    }

    private static Task<IReadOnlyList<Rerated>> RerateAsync(StoreFixture fixture, Func<JournalEntry, long> cost, PriceName? price = null) =>
        fixture.Store.RerateAsync(Repricings(fixture.Store, cost, price ?? New), "ana", "the page was misread");

    private static List<Repricing> Repricings(LedgerStore store, Func<JournalEntry, long> cost, PriceName price)
    {
        using var connection = store.OpenLedgerReader();
        var definitions = new Definitions(connection);
        return
        [
            .. Entries(connection, JournalKind.Post)
                .Select(posted => new Repricing(
                    posted,
                    definitions.Route(posted.RouteId),
                    new PriceName(StoreFixture.Route.PriceEntry, StoreFixture.Route.PriceBookVersion)
                )
                {
                    Cost = new Money(cost(posted)),
                    Price = price,
                }),
        ];
    }

    private static List<JournalEntry> Posts(StoreFixture fixture)
    {
        using var connection = fixture.Store.OpenLedgerReader();
        return Entries(connection, JournalKind.Post);
    }

    private static List<JournalEntry> Adjustments(StoreFixture fixture)
    {
        using var connection = fixture.Store.OpenLedgerReader();
        return Entries(connection, JournalKind.Adjust);
    }

    private static List<JournalEntry> Entries(Microsoft.Data.Sqlite.SqliteConnection connection, JournalKind kind) =>
        [.. JournalReader.Entries(connection, withEvents: true, only: found => found == kind)];
}
