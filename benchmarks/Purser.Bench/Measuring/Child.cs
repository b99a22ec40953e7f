using System.Diagnostics;

namespace Purser.Bench.Measuring;

/// <summary>A process pinned to one core, its output in a log file. Disposing it kills it and what it started.</summary>
internal sealed class Child : IDisposable
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<Child> Alive = [];

    private readonly Process process;

    private Child(Process process, string log)
    {
        this.process = process;
        Log = log;
    }

    public int Pid => process.Id;
    public bool HasExited => process.HasExited;
    public int ExitCode => process.ExitCode;

    /// <summary>The file with what it printed, both streams.</summary>
    public string Log { get; }

    public static Child Start(int core, string log, IReadOnlyDictionary<string, string> environment, IEnumerable<string> command)
    {
        // exec, twice: the pid that we hold is the program's own.
        var start = new ProcessStartInfo("/bin/sh");
        foreach (
            var word in (string[])
                ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", log, "taskset", "-c", $"{core}", .. command]
        )
        {
            start.ArgumentList.Add(word);
        }
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        var child = new Child(Process.Start(start)!, log);
        lock (Gate)
        {
            Alive.Add(child);
        }
        return child;
    }

    /// <summary>Runs a program to its end and returns what it printed; kills it when it takes longer than it may.</summary>
    public static async Task<string> RunAsync(
        int core,
        string log,
        IReadOnlyDictionary<string, string> environment,
        IEnumerable<string> command,
        TimeSpan limit
    )
    {
        using var child = Start(core, log, environment, command);
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await child.process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new BenchException($"{string.Join(' ', command)} took more than {limit.TotalSeconds:0} s");
        }
        var printed = await File.ReadAllTextAsync(log);
        return child.ExitCode == 0
            ? printed
            : throw new BenchException($"{string.Join(' ', command)} ended with {child.ExitCode}:\n{printed}");
    }

    /// <summary>Kills all children that are still there.</summary>
    public static void KillAll()
    {
        Child[] all;
        lock (Gate)
        {
            all = [.. Alive];
        }
        foreach (var child in all)
        {
            child.Dispose();
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (!Alive.Remove(this))
            {
                return;
            }
        }
        process.Kill(entireProcessTree: true);
        process.WaitForExit(5000);
        process.Dispose();
    }
}
