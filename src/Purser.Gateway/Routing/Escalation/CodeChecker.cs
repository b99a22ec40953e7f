using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Purser.Gateway.Configuration;
using Purser.Routing.Checks;

namespace Purser.Gateway.Routing.Escalation;

/// <summary>
/// Asks the operator's commands whether the blocks of code in an answer compile or parse. Each runs without a shell, without the gateway's environment, and
/// gets the code on its standard input. One that can't be started, or takes too long, says nothing, nor does any once the client has left. Safe for parallel
/// calls.
/// </summary>
internal static class CodeChecker
{
    // What is looked at of one answer.
    private const int MostBlocks = 4;
    private const int LongestCode = 256 * 1024;

    // Each is a process beside the gateway: who finds no place isn't checked.
    private static readonly SemaphoreSlim Places = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>What an answer fails; null where all its blocks pass, or nothing checks them.</summary>
    /// <param name="commands">The commands.</param>
    /// <param name="choices">The answer. Of several choices a client takes the best: all have to fail.</param>
    /// <param name="stop">The client left.</param>
    public static async Task<CheckFailure?> FaultAsync(
        IReadOnlyList<CodeCommand> commands,
        IReadOnlyList<CheckedChoice> choices,
        CancellationToken stop
    )
    {
        var first = default(CheckFailure);
        foreach (var choice in choices)
        {
            if (await FaultOfAsync(commands, choice.Text, stop) is not { } fault)
            {
                return null;
            }

            first ??= fault;
        }

        return first;
    }

    private static async Task<CheckFailure?> FaultOfAsync(IReadOnlyList<CodeCommand> commands, string text, CancellationToken stop)
    {
        foreach (var block in CodeBlocks.Of(text).Take(MostBlocks))
        {
            var command = commands.FirstOrDefault(command => command.Languages.Contains(block.Language));
            if (command is not null && block.Code.Length <= LongestCode && await PassesAsync(command, block.Code, stop) == false)
            {
                return new CheckFailure(AnswerChecks.Code, $"a block of code ({command.Languages[0]}) doesn't pass its checker");
            }
        }

        return null;
    }

    private static async Task<bool?> PassesAsync(CodeCommand command, string code, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(command.Timeout);
        var hasPlace = false;
        try
        {
            await Places.WaitAsync(limit.Token);
            hasPlace = true;
            return await RunAsync(command, code, limit.Token);
        }
        catch (Exception unknown) when (SaysNothing(unknown))
        {
            return null;
        }
        finally
        {
            if (hasPlace)
            {
                Places.Release();
            }
        }
    }

    /// <summary>Whether an exception means that nothing is known of the code. What gets past here is a bug, and costs the attempt its whole ceiling.</summary>
    internal static bool SaysNothing(Exception exception) =>
        exception
            is Win32Exception
                or InvalidOperationException
                or IOException
                or OperationCanceledException
                // Some process of a command's tree couldn't be ended.
                or AggregateException;

    private static async Task<bool> RunAsync(CodeCommand command, string code, CancellationToken limit)
    {
        var start = new ProcessStartInfo(command.Command[0], command.Command.Skip(1))
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        // The gateway's environment has its secrets.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        try
        {
            var said = Task.WhenAll(
                process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, limit),
                process.StandardError.BaseStream.CopyToAsync(Stream.Null, limit)
            );
            await WriteAsync(process.StandardInput, code, limit);
            await said;
            await process.WaitForExitAsync(limit);
            return process.ExitCode == 0;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task WriteAsync(StreamWriter input, string code, CancellationToken limit)
    {
        try
        {
            await input.WriteAsync(code.AsMemory(), limit);
            input.Close();
        }
        catch (IOException)
        {
            // It has seen enough: its exit code says what it thinks.
        }
    }
}
