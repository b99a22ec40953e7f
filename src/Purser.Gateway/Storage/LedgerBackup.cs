using System.Globalization;
using Microsoft.Data.Sqlite;
using Purser.Gateway.Alerts;
using SQLitePCL;

namespace Purser.Gateway.Storage;

/// <summary>What <see cref="LedgerBackup"/> made.</summary>
/// <param name="Report">What the verification of the copy found; the copy was kept only where that is nothing.</param>
/// <param name="Bytes">The size of all its files.</param>
public sealed record LedgerBackup(LedgerReport Report, long Bytes)
{
    // 4 MiB a step: often enough for progress and Ctrl+C, seldom enough to cost nothing.
    private const int PagesAStep = 1024;
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Copies a data folder's databases into another folder, which a gateway can be started on, while a gateway may be running on the first:
    /// 1. the target is made, for its owner alone, and the copy grows in a folder inside it, so that a half copy is never taken for one;
    /// 2. the alerts are copied, then the ledger, each as of one moment: alerts that are older than the ledger are raised again at the
    ///    start, alerts newer than it would be missed;
    /// 3. the copy is verified as <see cref="LedgerVerifier"/> does, and only then moved to its place.
    /// The gateway's writer waits for none of it; its write-ahead log grows while the ledger is read.
    /// </summary>
    /// <param name="dataDirectory">The folder that holds <c>purser.db</c>. It is only read.</param>
    /// <param name="output">The folder to fill: one that isn't there, or an empty one.</param>
    /// <param name="progress">Is told how many steps of how many are done (pages, then entries), now and then; null for nobody.</param>
    /// <param name="cancellationToken">Stops it, and leaves no copy.</param>
    /// <exception cref="FileNotFoundException">There is no ledger in the folder.</exception>
    /// <exception cref="InvalidDataException">The database can't be read by this version, or the copy has problems; no copy is left.</exception>
    /// <exception cref="IOException">The target isn't empty, or can't be written; no copy is left.</exception>
    public static LedgerBackup Make(string dataDirectory, string output, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        // Step 1: nothing is made where there is nothing to copy.
        using var ledger = LedgerReader.Open(dataDirectory);
        MakeFolder(output);
        var growing = Path.Combine(output, ".incomplete");
        MakeFolder(growing);
        try
        {
            // Step 2
            var alerts = AlertOutbox.FileIn(dataDirectory);
            if (File.Exists(alerts))
            {
                using var source = LedgerStore.OpenReader(alerts);
                Copy(source, AlertOutbox.FileIn(growing), null, cancellationToken);
            }

            Copy(ledger, LedgerStore.FileIn(growing), progress, cancellationToken);

            // Step 3
            return Finish(growing, output, Verified(growing, progress, cancellationToken));
        }
        catch (SqliteException exception)
        {
            throw new IOException($"The copy can't be made: {exception.Message}", exception);
        }
        finally
        {
            // Readers are pooled, and hold files that are moved.
            SqliteConnection.ClearAllPools();
            Directory.Delete(growing, recursive: true);
        }
    }

    private static void MakeFolder(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new IOException($"{folder} isn't an empty folder. A backup is never written over anything.");
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        // Who spent what is nobody else's business; an empty folder that was there may be open to others.
        Directory.CreateDirectory(folder, OwnerAlone);
        File.SetUnixFileMode(folder, OwnerAlone);
    }

    private static void Copy(SqliteConnection source, string path, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        // One read transaction for all steps: what is committed meanwhile isn't in it. Without it, each commit would begin the copy anew.
        using var moment = source.BeginTransaction(deferred: true);
        Execute(source, "SELECT COUNT(*) FROM sqlite_schema");
        var target = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();
        using (var copy = new SqliteConnection(target))
        {
            copy.Open();
            // Nothing of a failed copy is kept, so there is nothing to roll back to.
            Execute(copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL");
            CopyPages(source.Handle!, copy.Handle!, progress, cancellationToken);
        }

        // Self-contained, without a write-ahead log, for whoever takes the one file elsewhere. A store makes one again.
        using var made = new SqliteConnection(target);
        made.Open();
        Execute(made, "PRAGMA journal_mode = DELETE");
        using var check = made.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (Convert.ToString(check.ExecuteScalar(), CultureInfo.InvariantCulture) is not "ok" and var problem)
        {
            throw new InvalidDataException($"The copy of {Path.GetFileName(path)} is damaged, and so may be the original: {problem}");
        }
    }

    private static void CopyPages(sqlite3 source, sqlite3 target, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        using var backup = raw.sqlite3_backup_init(target, "main", source, "main");
        if (backup is null || backup.IsInvalid)
        {
            throw new IOException($"SQLite: {raw.sqlite3_errmsg(target).utf8_to_string()}.");
        }

        int code;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            code = raw.sqlite3_backup_step(backup, PagesAStep);
            var pages = raw.sqlite3_backup_pagecount(backup);
            progress?.Invoke(pages - raw.sqlite3_backup_remaining(backup), pages);
        } while (code == raw.SQLITE_OK);

        if (code != raw.SQLITE_DONE)
        {
            throw new IOException($"SQLite: {raw.sqlite3_errstr(code).utf8_to_string()} (code {code}).");
        }
    }

    private static LedgerReport Verified(string copy, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        var report = LedgerVerifier.Verify(
            copy,
            (done, total) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Invoke(done, total);
            }
        );
        return report.IsClean
            ? report
            : throw new InvalidDataException($"The copy isn't valid, and so may be the original: {report.Problems[0]}");
    }

    private static LedgerBackup Finish(string from, string to, LedgerReport report)
    {
        SqliteConnection.ClearAllPools();
        long bytes = 0;
        // The ledger comes last: a folder that has one has everything.
        foreach (var file in (string[])[AlertOutbox.FileIn(from), LedgerStore.FileIn(from)])
        {
            if (File.Exists(file))
            {
                bytes += new FileInfo(file).Length;
                File.Move(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }

        return new LedgerBackup(report, bytes);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
