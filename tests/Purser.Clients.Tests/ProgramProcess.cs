using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Purser.Clients.Tests;

/// <summary>A program under way: its output is read line by line, and it is gone when this is disposed.</summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<Match> Found)> awaited = [];
    private readonly Task reading;

    private ProgramProcess(Process process)
    {
        this.process = process;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>The built <c>purser</c>, of the configuration that these tests were built with.</summary>
    public static string PurserProgram { get; } =
        Path.Combine(Repository.Root, "src/Purser.Cli/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0/purser.dll");

    /// <summary>Everything that it has written.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Starts <c>purser</c> with a command line.</summary>
    public static ProgramProcess StartPurser(string folder, params string[] arguments) =>
        Start(folder, "dotnet", [PurserProgram, .. arguments], new Dictionary<string, string?>());

    /// <summary>Starts a program in a folder; its standard input is empty.</summary>
    public static ProgramProcess Start(
        string folder,
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new ProgramProcess(process);
    }

    /// <summary>The first match in the output, past or to come.</summary>
    public async Task<Match> WaitForAsync(Regex pattern)
    {
        var found = new TaskCompletionSource<Match>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (output)
        {
            awaited.Add((pattern, found));
            Look();
        }

        var first = await Task.WhenAny(found.Task, reading)
            .WaitAsync(Patience)
            .ContinueWith(_ => found.Task.IsCompleted, TaskScheduler.Default);
        return first ? await found.Task : throw new InvalidOperationException($"'{pattern}' did not come. The output was:\n{Output}");
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="patience">How long; a minute where nothing is said.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan? patience = null)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"It did not end. The output was:\n{Output}");
        }

        await reading;
        return process.ExitCode;
    }

    /// <summary>Asks it to stop, as a terminal or an orchestrator does.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (output)
            {
                output.Append(line).Append('\n');
                Look();
            }
        }
    }

    private void Look()
    {
        foreach (var (pattern, found) in awaited)
        {
            if (pattern.Match(output.ToString()) is { Success: true } match)
            {
                found.TrySetResult(match);
            }
        }
    }
}
