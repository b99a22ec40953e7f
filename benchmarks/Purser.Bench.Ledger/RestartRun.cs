using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Purser.Gateway.Storage;

namespace Purser.Bench.Ledger;

/// <summary>How long a start takes on a journal of so many entries whose process was killed under load.</summary>
internal static class RestartRun
{
    private const int Callers = 64;

    public static async Task RunAsync(long entries)
    {
        var directory = Directory.CreateTempSubdirectory("purser-bench-").FullName;
        try
        {
            await ChildAsync("fill", directory, "--entries", $"{entries}");
            for (var i = 0; i < 3; i++)
            {
                await ChildAsync("open", directory);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Fills a journal until it has so many entries, then kills the process it runs in.</summary>
    public static async Task FillAsync(string directory, long entries)
    {
        var store = LedgerStore.Open(directory, Durability.ProcessCrash, TimeProvider.System, NullLogger.Instance);
        var subject = await Company.MakeAsync(store);
        var begin = Stopwatch.GetTimestamp();
        var callers = Enumerable
            .Range(0, Callers)
            .Select(_ =>
                Task.Run(async () =>
                {
                    while (true)
                    {
                        await JournalRun.PairAsync(store, subject, _ => { });
                    }
                })
            )
            .ToList();
        while (store.HeadSeq < entries)
        {
            await Task.WhenAny([.. callers, Task.Delay(100)]);
            if (callers.Find(caller => caller.IsFaulted) is { } failed)
            {
                await failed;
            }
        }

        Console.WriteLine($"{store.HeadSeq:N0} entries in {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s; killed");
        Process.GetCurrentProcess().Kill();
    }

    public static async Task OpenAsync(string directory)
    {
        var begin = Stopwatch.GetTimestamp();
        var store = LedgerStore.Open(directory, Durability.ProcessCrash, TimeProvider.System, NullLogger.Instance);
        var opened = Stopwatch.GetElapsedTime(begin);
        Console.WriteLine($"start on {store.HeadSeq:N0} entries: {opened.TotalSeconds:F2} s, {store.Recovered} attempts found open");
        await Task.CompletedTask;
        // As hard an end as the first.
        Process.GetCurrentProcess().Kill();
    }

    private static async Task ChildAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(RestartRun).Assembly.Location, .. arguments]);
        using var child = Process.Start(start)!;
        await child.WaitForExitAsync();
    }
}
