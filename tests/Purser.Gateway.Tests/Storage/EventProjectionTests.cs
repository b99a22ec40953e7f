using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class EventProjectionTests
{
    private const int Page = 4096;

    [Fact]
    public async Task A_file_that_is_damaged_before_a_start_is_made_again()
    {
        await using var fixture = await SpentAsync();
        await fixture.Store.DisposeAsync();
        Damage(fixture);

        await fixture.ReopenAsync();

        _ = OutputForecasts.From(fixture.Store);
        Assert.Equal(30, Spent(fixture));
    }

    [Fact]
    public async Task A_file_that_is_damaged_under_a_running_store_is_made_again_for_the_next_report()
    {
        await using var fixture = await SpentAsync();
        // Opened again, so that nothing of it is in the log or in a cache.
        await fixture.ReopenAsync();
        Damage(fixture);

        Assert.Equal(30, Spent(fixture));
        await fixture.SpendAsync(5);
        Assert.Equal(35, Spent(fixture));
        Assert.Null(fixture.Store.EventsFault);
    }

    [Fact]
    public async Task Events_are_listed_after_damage()
    {
        await using var fixture = await SpentAsync();
        await fixture.ReopenAsync();
        Damage(fixture);
        var queries = new SpendQueries(fixture.Store);

        try
        {
            _ = queries.Events().Count();
        }
        catch (EventsUnavailableException)
        {
            // Rows that were given away can't be taken back; by the next time it's mended.
        }

        Assert.Equal(2, queries.Events().Count());
    }

    [Fact]
    public async Task A_file_that_is_deleted_under_a_running_store_is_made_again()
    {
        await using var fixture = await SpentAsync();
        Delete(fixture);

        Assert.Equal(30, Spent(fixture));
        await fixture.SpendAsync(5);
        Assert.Equal(35, Spent(fixture));
    }

    [Fact]
    public async Task A_file_that_another_takes_the_place_of_is_made_again()
    {
        await using var fixture = await SpentAsync();
        await using var other = await StoreFixture.CreateAsync();
        await other.Store.DisposeAsync();
        Delete(fixture);
        File.Copy(EventProjection.FileIn(other.Directory), EventProjection.FileIn(fixture.Directory));

        Assert.Equal(30, Spent(fixture));
    }

    [Fact]
    public async Task Where_no_file_can_be_made_reports_say_so_until_it_can()
    {
        await using var fixture = await SpentAsync();
        var path = EventProjection.FileIn(fixture.Directory);
        Delete(fixture);
        Directory.CreateDirectory(path);

        var exception = Assert.Throws<EventsUnavailableException>(() => Spent(fixture));
        Assert.Contains("Move away what is there", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(fixture.Store.EventsFault);
        // Money moves on, and what isn't a report needs no usage events.
        await fixture.SpendAsync(5);
        using (fixture.Store.OpenLedgerReader()) { }

        Directory.Delete(path);
        Assert.Equal(35, Spent(fixture));
        Assert.Null(fixture.Store.EventsFault);
    }

    [Fact]
    public async Task A_folder_in_its_place_stops_a_start_and_says_what_to_do()
    {
        await using var fixture = await SpentAsync();
        await fixture.Store.DisposeAsync();
        var path = EventProjection.FileIn(fixture.Directory);
        Delete(fixture);
        Directory.CreateDirectory(path);

        var exception = Assert.Throws<IOException>(() => fixture.OpenAt(fixture.Directory));

        Assert.StartsWith($"The usage events of reports can't be kept in {path}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Move away what is there", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("junk")]
    [InlineData("folder")]
    public async Task A_verification_names_unreadable_usage_events_and_checks_the_ledger_all_the_same(string what)
    {
        await using var fixture = await SpentAsync();
        await fixture.Store.DisposeAsync();
        var path = EventProjection.FileIn(fixture.Directory);
        switch (what)
        {
            case "damaged":
                Damage(fixture);
                break;
            case "junk":
                File.WriteAllText(path, new string('x', 2 * Page));
                break;
            default:
                Delete(fixture);
                Directory.CreateDirectory(path);
                break;
        }

        var report = LedgerVerifier.Verify(fixture.Directory);

        var problem = Assert.Single(report.Problems);
        Assert.StartsWith("the usage events of reports (events.db) can't be read: ", problem, StringComparison.Ordinal);
        Assert.Equal((2, 30), (report.Posts, report.PostedNanos));
    }

    private static async Task<StoreFixture> SpentAsync()
    {
        var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(10);
        await fixture.SpendAsync(20);
        Assert.Equal(30, Spent(fixture));
        return fixture;
    }

    private static Int128 Spent(StoreFixture fixture) => new SpendQueries(fixture.Store).Spend(new SpendQuery()).Total.CostNanos;

    /// <summary>Random bytes over all pages but the first, whose header still says what the file is.</summary>
    private static void Damage(StoreFixture fixture)
    {
        using var file = new FileStream(EventProjection.FileIn(fixture.Directory), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var bytes = new byte[3 * Page];
        new Random(1).NextBytes(bytes);
        file.Position = Page;
        file.Write(bytes);
    }

    private static void Delete(StoreFixture fixture)
    {
        var path = EventProjection.FileIn(fixture.Directory);
        foreach (var file in (string[])[path, path + "-wal", path + "-shm"])
        {
            File.Delete(file);
        }
    }
}
