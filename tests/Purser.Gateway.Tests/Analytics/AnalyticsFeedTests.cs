using Purser.Analytics;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Analytics;
using Purser.Gateway.Storage;
using Purser.Gateway.Tests.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Analytics;

public sealed class AnalyticsFeedTests
{
    [Fact]
    public async Task An_hour_is_sealed_with_its_hash_in_the_journal_and_a_day_becomes_one_file()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await ThreeHoursAsync(fixture);
        Assert.Equal(2, Segments(fixture).Count);

        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await fixture.SpendAsync(8);
        fixture.Store.Analytics.SealWhatIsOver();

        var day = Assert.Single(Segments(fixture));
        Assert.Equal((3, 7), (day.Rows, (long)day.Nanos));
        var entry = fixture.Number($"SELECT COUNT(*) FROM journal WHERE seq = {day.SealedBy}");
        Assert.Equal(1, entry);
        var report = AnalyticsVerifier.Verify(fixture.Directory);
        Assert.Empty(report.Problems);
        Assert.Equal((1, 3, 7, 7), (report.Segments, report.Rows, (long)report.JournalNanos, (long)report.SegmentNanos));
        Assert.True(LedgerVerifier.Verify(fixture.Directory).IsClean);
        Assert.Equal("0.000000015", Spend(fixture));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(5, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(5, true)]
    public async Task A_crash_at_any_step_of_a_segment_loses_nothing(int step, bool ofDay)
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await ThreeHoursAsync(fixture);
        fixture.Clock.Advance(ofDay ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1));
        await fixture.SpendAsync(8);
        var writes = 0;
        fixture.Store.Analytics.Step = at =>
        {
            // The first segment is the hour, the second one the day.
            writes += at == 2 ? 1 : 0;
            if (at == step && writes == (ofDay ? 2 : 1))
            {
                throw new CrashException();
            }
        };
        Assert.Throws<CrashException>(fixture.Store.Analytics.SealWhatIsOver);

        // What a killed process leaves is what is on the disk at that moment.
        var left = CopyOf(fixture.Directory);
        await using (var store = fixture.OpenAt(left))
        {
            Assert.Equal("0.000000015", new SpendQueries(store).Spend(new SpendQuery()).Total.CostUsd);
            store.Analytics.SealWhatIsOver();
            Assert.Equal("0.000000015", new SpendQueries(store).Spend(new SpendQuery()).Total.CostUsd);
        }

        var report = AnalyticsVerifier.Verify(left);
        Assert.Empty(report.Problems);
        Assert.Equal(7, (long)report.SegmentNanos);
        Assert.Equal(report.Segments, Directory.GetFiles(AnalyticsStore.FolderIn(left), "*.parquet", SearchOption.AllDirectories).Length);
        Directory.Delete(left, recursive: true);
    }

    [Fact]
    public async Task A_rebuild_from_the_journal_gives_the_same_bytes_and_needs_no_new_hash()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await ThreeHoursAsync(fixture);
        var before = Segments(fixture);
        var head = fixture.Store.HeadSeq;

        var made = fixture.Store.Analytics.Rebuild(null, TestContext.Current.CancellationToken);

        Assert.Equal(new AnalyticsRebuilt(2, 2, Same: 2, Changed: 0), made);
        Assert.Equal(before, Segments(fixture));
        Assert.Equal(head, fixture.Store.HeadSeq);
    }

    [Fact]
    public async Task A_correction_counts_where_the_attempt_does_and_verifies()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var attempt = await fixture.SpendAsync(10);
        fixture.Clock.Advance(TimeSpan.FromHours(30));
        var posted = Posted(fixture, attempt);
        var price = new PriceName("openai/gpt-x@2", "book 2");
        var old = new PriceName(StoreFixture.Route.PriceEntry, StoreFixture.Route.PriceBookVersion);
        var repricing = new Repricing(posted, StoredRoute.Of(StoreFixture.Route), old) { Cost = new Money(4), Price = price };
        await fixture.Store.RerateAsync([repricing], "ann", null);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        await fixture.SpendAsync(1);
        fixture.Store.Analytics.SealWhatIsOver();

        var report = new SpendQueries(fixture.Store).Spend(new SpendQuery { By = ["day"] });

        Assert.Equal(
            [("2026-11-24", "0.000000004", 1L), ("2026-11-25", "0.000000001", 1L)],
            report.Rows.Select(row => (row.Values[0]!, row.Sums.CostUsd, row.Sums.Requests))
        );
        Assert.Empty(AnalyticsVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_changed_segment_is_found_and_made_again()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await ThreeHoursAsync(fixture);
        var file = Path.Combine(AnalyticsStore.FolderIn(fixture.Directory), Segments(fixture)[0].File);
        await File.WriteAllBytesAsync(file, new byte[100], TestContext.Current.CancellationToken);

        var found = AnalyticsVerifier.Verify(fixture.Directory);
        var spent = Spend(fixture);
        fixture.Store.Analytics.SealWhatIsOver();

        Assert.Contains("isn't what was written", Assert.Single(found.Problems), StringComparison.Ordinal);
        Assert.Equal("0.000000007", spent);
        Assert.Empty(AnalyticsVerifier.Verify(fixture.Directory).Problems);
    }

    [Fact]
    public async Task A_list_that_says_other_than_the_journal_is_found()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await ThreeHoursAsync(fixture);
        var list = Path.Combine(AnalyticsStore.FolderIn(fixture.Directory), AnalyticsStore.ListName);
        var first = Segments(fixture)[0];
        var text = await File.ReadAllTextAsync(list, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            list,
            text.Replace(first.Sha256, new string('0', 64), StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );

        var found = AnalyticsVerifier.Verify(fixture.Directory);

        Assert.Equal([$"{first.File}: the journal has another hash of it"], found.Problems);
    }

    [Fact]
    public async Task Segments_of_another_journal_do_not_count()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await using var other = await StoreFixture.CreateAsync();
        await ThreeHoursAsync(fixture);
        await other.SpendAsync(100);
        var copy = CopyOf(fixture.Directory);
        await other.Store.DisposeAsync();
        File.Copy(LedgerStore.FileIn(other.Directory), LedgerStore.FileIn(copy), overwrite: true);
        File.Delete(LedgerStore.FileIn(copy) + "-wal");
        File.Delete(LedgerStore.FileIn(copy) + "-shm");

        await using var store = fixture.OpenAt(copy);

        Assert.Equal("0.000000100", new SpendQueries(store).Spend(new SpendQuery()).Total.CostUsd);
    }

    [Fact]
    public async Task Refusals_and_routes_are_dimensions()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var refused = fixture.NextAttempt(0);
        var route = new Route("openai.chat", "auto", "", "", "", "2026-11-01");
        var usageEvent = fixture.Event(refused, Outcome.Refused) with
        {
            Detail =
                """{"route":{"asked":"auto","mode":"on","candidates":[{"policy":"x"}],"policy":"cheap"},"refusal":{"code":"budget_exceeded"}}""",
        };
        await fixture.Store.RecordRefusalAsync(fixture.Key.Subject, route, usageEvent);

        var report = new SpendQueries(fixture.Store).Spend(
            new SpendQuery
            {
                By = ["refusal", "route_mode", "route_policy", "account", "model"],
                Where = new Dictionary<string, string> { ["team"] = "search" },
            }
        );

        var row = Assert.Single(report.Rows);
        Assert.Equal(["budget_exceeded", "on", "cheap", "research/search", null], row.Values);
        Assert.Equal((0, 1), (row.Sums.Requests, row.Sums.RefusedRequests));
    }

    private static async Task ThreeHoursAsync(StoreFixture fixture)
    {
        await fixture.SpendAsync(1);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        await fixture.SpendAsync(2);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        await fixture.SpendAsync(4);
        await fixture.Store.FlushAsync();
        Assert.Equal("0.000000007", Spend(fixture));
        fixture.Store.Analytics.SealWhatIsOver();
    }

    private static string Spend(StoreFixture fixture) => new SpendQueries(fixture.Store).Spend(new SpendQuery()).Total.CostUsd;

    private static IReadOnlyList<Segment> Segments(StoreFixture fixture) =>
        AnalyticsStore.SegmentsIn(AnalyticsStore.FolderIn(fixture.Directory));

    private static JournalEntry Posted(StoreFixture fixture, AttemptId attempt)
    {
        using var connection = fixture.Store.OpenLedgerReader();
        return JournalReader
            .Entries(connection, withEvents: true, only: kind => kind == JournalKind.Post)
            .Single(entry => entry.Attempt == attempt);
    }

    private static string CopyOf(string directory)
    {
        var copy = Directory.CreateTempSubdirectory("purser-").FullName;
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            if (!file.EndsWith("purser.lock", StringComparison.Ordinal))
            {
                File.Copy(file, to);
            }
        }

        return copy;
    }

    private sealed class CrashException : Exception;
}
