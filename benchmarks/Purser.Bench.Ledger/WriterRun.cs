using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;

namespace Purser.Bench.Ledger;

internal static class WriterRun
{
    public static async Task RunAsync()
    {
        var directory = Directory.CreateTempSubdirectory("purser-bench-").FullName;
        Subject subject;
        await using (var store = LedgerStore.Open(directory, Durability.ProcessCrash, TimeProvider.System, NullLogger.Instance))
        {
            subject = await Company.MakeAsync(store);
        }

        using var connection = new SqliteConnection($"Data Source={LedgerStore.FileIn(directory)};Pooling=false");
        connection.Open();
        using (var c = connection.CreateCommand())
        {
            c.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0";
            c.ExecuteNonQuery();
        }
        using var journal = new JournalWriter(connection, TimeProvider.System);
        Recovery.Run(journal);
        const int batch = 16;
        for (var round = 0; round < 6; round++)
        {
            long tr = 0,
                tp = 0,
                tb = 0,
                tc = 0;
            long n = 0;
            var ids = new AttemptId[batch];
            var begin = Stopwatch.GetTimestamp();
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var alloc = GC.GetAllocatedBytesForCurrentThread();
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds < 2)
            {
                var now = DateTimeOffset.UtcNow;
                for (var i = 0; i < batch; i++)
                    ids[i] = new AttemptId(Guid.CreateVersion7(now), 1);
                var t0 = Stopwatch.GetTimestamp();
                journal.BeginTransaction();
                var t1 = Stopwatch.GetTimestamp();
                for (var i = 0; i < batch; i++)
                    journal.Reserve(new Admission(ids[i], subject, Company.Route, Company.Held, now));
                var t2 = Stopwatch.GetTimestamp();
                for (var i = 0; i < batch; i++)
                    journal.Post(Company.Event(ids[i], now), Company.Spent);
                var t3 = Stopwatch.GetTimestamp();
                journal.CommitTransaction();
                var t4 = Stopwatch.GetTimestamp();
                tb += t1 - t0;
                tr += t2 - t1;
                tp += t3 - t2;
                tc += t4 - t3;
                n += batch;
            }
            alloc = GC.GetAllocatedBytesForCurrentThread() - alloc;
            double us(long t) => t * 1e6 / Stopwatch.Frequency / n;
            var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / n;
            Console.WriteLine(
                $"cpu {used:F2} us/pair {n / 2}/s  begin {us(tb):F2}  reserve {us(tr):F2}  post {us(tp):F2}  commit {us(tc):F2} us/pair, {alloc / n} B/pair"
            );
        }
        Directory.Delete(directory, true);
    }
}
