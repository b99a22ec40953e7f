using Microsoft.Data.Sqlite;
using Purser.Gateway.Alerts;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class LedgerBackupTests
{
    [Fact]
    public async Task A_copy_under_concurrent_writes_is_a_valid_prefix_of_the_journal()
    {
        await using var fixture = await StoreFixture.CreateAsync(limit: 1_000_000_000);
        using var folder = new Folder();
        using var enough = new CancellationTokenSource();
        await SpendManyAsync(fixture, 2000);
        var before = fixture.Store.HeadSeq;
        var writing = Task.Run(
            async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    await SpendManyAsync(fixture, 50);
                }
            },
            TestContext.Current.CancellationToken
        );

        // The writer must be at it while pages are copied: the first step waits for an entry that is newer than the copy's moment.
        var waited = false;
        var made = LedgerBackup.Make(
            fixture.Directory,
            folder.Copy,
            (_, _) =>
            {
                var head = fixture.Store.HeadSeq;
                waited = waited || SpinWait.SpinUntil(() => fixture.Store.HeadSeq > head, TimeSpan.FromSeconds(30));
            },
            TestContext.Current.CancellationToken
        );
        await enough.CancelAsync();
        await writing;

        Assert.True(waited);
        Assert.True(made.Report.Entries >= before, $"{made.Report.Entries} of at least {before}");
        Assert.True(made.Report.Entries < fixture.Store.HeadSeq);
        Assert.Equal(Chain(fixture.Directory, made.Report.Entries), Chain(folder.Copy, long.MaxValue));
        Assert.Empty(LedgerVerifier.Verify(folder.Copy).Problems);
    }

    [Fact]
    public async Task A_store_opens_on_the_copy_with_the_balances_of_its_moment()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        using var folder = new Folder();
        await fixture.SpendAsync(100);
        await fixture.ReserveAsync(fixture.NextAttempt(), 30);

        var made = LedgerBackup.Make(fixture.Directory, folder.Copy, null, TestContext.Current.CancellationToken);
        await fixture.SpendAsync(500);

        await using var copy = fixture.OpenAt(folder.Copy);
        var balance = (await copy.BalancesAsync()).Single();
        Assert.Equal((1, 1), (made.Report.OpenReservations, copy.Recovered));
        Assert.Equal((130, 0), (balance.Posted, balance.Pending));
        Assert.Equal(fixture.Key.Id, copy.Control.Keys.Single().Id);
    }

    [Fact]
    public async Task The_folder_holds_the_databases_alone_and_is_its_owners_alone()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        using var folder = new Folder();
        using (AlertOutbox.Open(fixture.Directory, [], fixture.Clock))
        {
            Directory.CreateDirectory(folder.Copy);

            var made = LedgerBackup.Make(fixture.Directory, folder.Copy, null, TestContext.Current.CancellationToken);

            var files = new DirectoryInfo(folder.Copy).GetFileSystemInfos().OrderBy(file => file.Name).ToList();
            Assert.Equal(["alerts.db", "purser.db"], files.Select(file => file.Name));
            Assert.Equal(files.Sum(file => ((FileInfo)file).Length), made.Bytes);
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                new DirectoryInfo(folder.Copy).UnixFileMode
            );
        }

        using (AlertOutbox.Open(folder.Copy, [], fixture.Clock)) { }
    }

    [Fact]
    public async Task A_folder_that_holds_anything_is_refused_and_left_alone()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        using var folder = new Folder();
        Directory.CreateDirectory(folder.Copy);
        await File.WriteAllTextAsync(Path.Combine(folder.Copy, "purser.db"), "mine", TestContext.Current.CancellationToken);

        Assert.Throws<IOException>(() => LedgerBackup.Make(fixture.Directory, folder.Copy, null, TestContext.Current.CancellationToken));

        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(folder.Copy, "purser.db"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_altered_ledger_leaves_no_copy()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        using var folder = new Folder();
        await fixture.SpendAsync(100);
        fixture.Tamper("UPDATE journal SET hash = zeroblob(32) WHERE seq = 9");

        var problem = Assert.Throws<InvalidDataException>(() =>
            LedgerBackup.Make(fixture.Directory, folder.Copy, null, TestContext.Current.CancellationToken)
        );

        Assert.Contains("the chain is broken", problem.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Copy));
    }

    [Fact]
    public async Task One_that_is_stopped_leaves_no_copy()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        using var folder = new Folder();
        using var stopped = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() =>
            LedgerBackup.Make(fixture.Directory, folder.Copy, (_, _) => stopped.Cancel(), stopped.Token)
        );

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Copy));
    }

    [Fact]
    public void A_folder_without_a_ledger_is_refused_before_anything_is_made()
    {
        using var folder = new Folder();

        Assert.Throws<FileNotFoundException>(() =>
            LedgerBackup.Make(folder.Root, folder.Copy, null, TestContext.Current.CancellationToken)
        );

        Assert.False(Directory.Exists(folder.Copy));
    }

    private static Task SpendManyAsync(StoreFixture fixture, int attempts) =>
        Task.WhenAll(Enumerable.Range(0, attempts).Select(_ => fixture.SpendAsync(1)).ToList());

    /// <summary>The hashes of the journal's first entries, in order.</summary>
    private static List<string> Chain(string directory, long entries)
    {
        using var connection = LedgerStore.OpenReader(LedgerStore.FileIn(directory));
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hex(hash) FROM journal WHERE seq <= $entries ORDER BY seq";
        command.Parameters.AddWithValue("$entries", entries);
        using var row = command.ExecuteReader();
        var hashes = new List<string>();
        while (row.Read())
        {
            hashes.Add(row.GetString(0));
        }

        return hashes;
    }

    private sealed class Folder : IDisposable
    {
        public string Root { get; } = Directory.CreateTempSubdirectory("purser-backup-").FullName;

        public string Copy => Path.Combine(Root, "copy");

        public void Dispose()
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(Root, recursive: true);
        }
    }
}
