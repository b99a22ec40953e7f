using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Purser.Cli.Soak;

/// <summary>This program, started once more as a process of its own: one that can be killed.</summary>
internal sealed class ChildPurser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<Match> Found)> awaited = [];

    private ChildPurser(Process process) => this.process = process;

    /// <summary>Starts a command line in a folder.</summary>
    public static ChildPurser Start(string folder, params string[] arguments)
    {
        var (host, program) = Program();
        var start = new ProcessStartInfo(host, [.. program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var child = new ChildPurser(new Process { StartInfo = start });
        child.process.OutputDataReceived += (_, line) => child.Take(line.Data);
        child.process.ErrorDataReceived += (_, line) => child.Take(line.Data);
        child.process.Start();
        child.process.StandardInput.Close();
        child.process.BeginOutputReadLine();
        child.process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The first match in its output, past or to come.</summary>
    /// <exception cref="CliException">It ended, or a minute passed, without one.</exception>
    public async Task<Match> WaitForAsync(Regex pattern, TimeProvider time, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<Match>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (output)
        {
            awaited.Add((pattern, found));
            Look();
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = process.WaitForExitAsync(over.Token);
        try
        {
            await Task.WhenAny(found.Task, ended).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Said below.
        }

        await over.CancelAsync();
        return found.Task.IsCompletedSuccessfully
            ? await found.Task
            : throw CliException.Failed($"`purser {process.StartInfo.ArgumentList[^1]}` did not start; its output was:\n{Output()}");
    }

    /// <summary>Kills it as <c>kill -9</c> does: it can do nothing about it.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop, as an orchestrator does.</summary>
    /// <returns>The exit code; null where it had to be killed, or on a system without signals.</returns>
    public async Task<int?> StopAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            await KillAsync();
            return null;
        }

        using var signal = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
            return process.ExitCode;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    // Started as `dotnet purser.dll` or as the program itself, and by tests as neither.
    private static (string Host, string[] Arguments) Program()
    {
        var self = Environment.ProcessPath;
        return Path.GetFileNameWithoutExtension(self) == "purser"
            ? (self!, [])
            : (
                Path.GetFileNameWithoutExtension(self) == "dotnet" ? self! : "dotnet",
                ["exec", Path.Combine(AppContext.BaseDirectory, "purser.dll")]
            );
    }

    private string Output()
    {
        lock (output)
        {
            return output.ToString();
        }
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (output)
            {
                output.Append(line).Append('\n');
                Look();
            }
        }
    }

    // Nobody waits for what comes later, and a long run says much.
    private void Look()
    {
        foreach (var (pattern, found) in awaited)
        {
            if (!found.Task.IsCompleted && pattern.Match(output.ToString()) is { Success: true } match)
            {
                found.TrySetResult(match);
            }
        }
    }
}
