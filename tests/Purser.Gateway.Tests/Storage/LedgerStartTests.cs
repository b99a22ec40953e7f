using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class LedgerStartTests
{
    [Theory]
    [InlineData("UPDATE snapshots SET state = CAST('{}' AS BLOB)")]
    [InlineData("UPDATE snapshots SET state = CAST('null' AS BLOB)")]
    [InlineData("UPDATE snapshots SET state = CAST(replace(state, '\"Posted\":30', '\"Posted\":3') AS BLOB)")]
    [InlineData("UPDATE snapshots SET seq = seq - 1, hash = (SELECT hash FROM journal WHERE journal.seq = snapshots.seq - 1)")]
    [InlineData("DELETE FROM snapshots")]
    public async Task A_snapshot_that_the_journal_does_not_vouch_for_is_passed_over(string alteration)
    {
        await using var fixture = await SpentAsync();
        await fixture.Store.DisposeAsync();
        fixture.Tamper(alteration);

        await fixture.ReopenAsync();

        Assert.Equal((30, 0), await fixture.BalanceAsync());
    }

    [Theory]
    [InlineData("ALTER TABLE main.accounts DROP COLUMN routing; PRAGMA main.user_version = 10")]
    [InlineData("PRAGMA main.user_version = 11")]
    public async Task A_data_folder_from_before_routing_or_before_evaluations_is_carried_over(string alteration)
    {
        await using var fixture = await SpentAsync();
        await fixture.Store.DisposeAsync();
        fixture.Tamper($"DROP TABLE main.evaluations; DROP TABLE main.slices; {alteration}");

        await fixture.ReopenAsync();
        var root = fixture.Store.Control.Accounts.Root.Id;
        await fixture.Store.ChangeAsync(change => change.SetRouting(root, Purser.Gateway.Routing.RoutingMode.On));

        Assert.Equal((30, 0), await fixture.BalanceAsync());
        Assert.Equal(Purser.Gateway.Routing.RoutingMode.On, fixture.Store.Control.Routing.Of(root));
        Assert.Empty(fixture.Store.Control.Slices.All);
    }

    [Fact]
    public async Task An_entry_after_the_snapshot_that_was_altered_stops_the_start()
    {
        await using var fixture = await SpentAsync();
        // As after a crash: entries after the snapshot are carried out again.
        var crashed = Directory.CreateTempSubdirectory("purser-").FullName;
        await fixture.ReopenAsync();
        await fixture.SpendAsync(7);
        using (var reader = fixture.Store.OpenLedgerReader())
        {
            Run(reader, $"PRAGMA query_only = 0; VACUUM INTO '{LedgerStore.FileIn(crashed)}'");
        }

        using (var connection = new SqliteConnection($"Data Source={LedgerStore.FileIn(crashed)};Pooling=false"))
        {
            connection.Open();
            Run(
                connection,
                "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 9) WHERE seq = (SELECT MAX(seq) FROM journal)"
            );
        }

        var exception = Assert.Throws<InvalidDataException>(() => fixture.OpenAt(crashed));

        Assert.StartsWith(
            $"Entry {fixture.Store.HeadSeq} of the journal isn't what was written",
            exception.Message,
            StringComparison.Ordinal
        );
        Assert.EndsWith("purser ledger verify", exception.Message, StringComparison.Ordinal);
        Directory.Delete(crashed, recursive: true);
    }

    [Fact]
    public async Task A_damaged_ledger_stops_the_start_with_what_to_do()
    {
        await using var fixture = await SpentAsync();
        await fixture.Store.DisposeAsync();
        var copy = Directory.CreateTempSubdirectory("purser-").FullName;
        await File.WriteAllTextAsync(LedgerStore.FileIn(copy), new string('x', 8192), TestContext.Current.CancellationToken);

        var exception = Assert.Throws<IOException>(() => fixture.OpenAt(copy));

        Assert.Contains("purser ledger backup", exception.Message, StringComparison.Ordinal);
        Directory.Delete(copy, recursive: true);
    }

    [Fact]
    public void A_full_disk_says_so()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        Run(connection, "CREATE TABLE t(x BLOB); PRAGMA max_page_count = 2");
        using var insert = new Sql(connection.Handle!, "INSERT INTO t VALUES(zeroblob(1000000))");

        var exception = Assert.Throws<IOException>(insert.Run);

        Assert.Equal("The disk of the data folder is full: make room on it, and start Purser again.", exception.Message);
    }

    [Fact]
    public async Task Starts_without_requests_make_the_journal_no_longer()
    {
        await using var fixture = await SpentAsync();
        await fixture.ReopenAsync();
        var head = fixture.Store.HeadSeq;

        await fixture.ReopenAsync();

        Assert.Equal(head, fixture.Store.HeadSeq);
    }

    [Fact]
    public void An_image_without_its_members_is_no_snapshot()
    {
        var whole = new LedgerState().Capture();
        Assert.True(SnapshotShape.IsWhole(whole));
        Assert.False(SnapshotShape.IsWhole(whole with { Budgets = null! }));
        Assert.False(SnapshotShape.IsWhole(whole with { Open = null! }));
        Assert.False(SnapshotShape.IsWhole(whole with { Lines = [null!] }));
        Assert.False(
            SnapshotShape.IsWhole(whole with { Balances = [new BalanceImage(3, default, 0, 0, 0, 0, 0, 0, 0, 0, default, [], [])] })
        );
    }

    private static async Task<StoreFixture> SpentAsync()
    {
        var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(10);
        await fixture.SpendAsync(20);
        return fixture;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
