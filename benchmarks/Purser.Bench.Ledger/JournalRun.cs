using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Core.Ledger;
using Purser.Gateway.Storage;

namespace Purser.Bench.Ledger;

/// <summary>
/// Callers that each reserve, wait until it's durable, settle, wait until that is durable, and begin again; in turn with the baseline.
/// </summary>
internal static class JournalRun
{
    public static async Task RunAsync(int callers, int rounds, double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        await BareAsync(callers, TimeSpan.FromSeconds(1));
        await LedgerAsync(callers, TimeSpan.FromSeconds(2));
        Console.WriteLine($"{callers} callers; what one awaited call took, in microseconds");
        Console.WriteLine("round  what        calls/s    pairs/s     p50     p99   p99.9   longest   p99 / bare");
        var ratios = new List<double>();
        for (var round = 1; round <= rounds; round++)
        {
            var bare = await BareAsync(callers, time);
            Print(round, "bare commit", bare, null);
            var ledger = await LedgerAsync(callers, time);
            Print(round, "ledger", ledger, bare);
            ratios.Add(ledger.P99 / bare.P99);
        }

        ratios.Sort();
        Console.WriteLine($"p99 of the ledger over p99 of a bare commit: {ratios[rounds / 2]:F2} (median of {rounds})");
    }

    /// <summary>Reserves and settles without end.</summary>
    public static async Task PairAsync(LedgerStore store, Subject subject, Action<long> record)
    {
        var now = DateTimeOffset.UtcNow;
        var attempt = Company.NextAttempt();
        var from = Stopwatch.GetTimestamp();
        var admitted = await store.ReserveAsync(new Admission(attempt, subject, Company.Route, Company.Held, now));
        record(from);
        if (!admitted.Result.IsReserved)
        {
            throw new InvalidOperationException($"Not reserved: {admitted.Result.Status}.");
        }

        from = Stopwatch.GetTimestamp();
        var settled = await store.PostAsync(Company.Event(attempt, now), Company.Spent);
        record(from);
        if (settled.Status != SettleStatus.Settled)
        {
            throw new InvalidOperationException($"Not settled: {settled.Status}.");
        }
    }

    private static async Task<Latencies> BareAsync(int callers, TimeSpan time)
    {
        await using var commits = new BareCommits();
        var free = new System.Collections.Concurrent.ConcurrentBag<BareCommits.Waiter>();
        return await Latencies.MeasureAsync(
            callers,
            time,
            async record =>
            {
                var waiter = free.TryTake(out var found) ? found : new BareCommits.Waiter();
                for (var i = 0; i < 2; i++)
                {
                    var from = Stopwatch.GetTimestamp();
                    await commits.WriteAsync(waiter);
                    record(from);
                }

                free.Add(waiter);
            }
        );
    }

    private static async Task<Latencies> LedgerAsync(int callers, TimeSpan time)
    {
        var directory = Directory.CreateTempSubdirectory("purser-bench-").FullName;
        try
        {
            await using var store = LedgerStore.Open(directory, Durability.ProcessCrash, TimeProvider.System, NullLogger.Instance);
            var subject = await Company.MakeAsync(store);
            return await Latencies.MeasureAsync(callers, time, record => PairAsync(store, subject, record));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Print(int round, string what, Latencies run, Latencies? bare) =>
        Console.WriteLine(
            $"{round, 5}  {what, -11} {run.PerSecond, 8:N0}   {(bare is null ? "" : (run.PerSecond / 2).ToString("N0")), 8}  {run.P50, 6:N0}  {run.P99, 6:N0}  {run.P999, 6:N0}  {run.Longest, 8:N0}   {(bare is null ? "" : (run.P99 / bare.P99).ToString("F2"))}"
        );
}
