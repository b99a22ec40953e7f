using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests;

/// <summary>The clients that come from npm. One that isn't installed is skipped by name, or fails where clients are required.</summary>
internal static class NodeClient
{
    private const string ClaudeCodePackage = "@anthropic-ai/claude-code";

    private static string Node => Environment.GetEnvironmentVariable("PURSER_NODE") is { Length: > 0 } given ? given : "node";

    private static bool Required => Environment.GetEnvironmentVariable("PURSER_REQUIRE_CLIENTS") == "1";

    /// <summary>Runs a script of <c>tests/clients</c> with an npm package.</summary>
    /// <returns>The JSON object that it wrote.</returns>
    public static async Task<JsonElement> RunScriptAsync(
        string package,
        string script,
        string mode,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        var folder = Path.Combine(Repository.Clients, "node_modules", package);
        Needs(Directory.Exists(folder), $"npm {package}");
        ProgramProcess program;
        try
        {
            program = ProgramProcess.Start(Repository.Clients, Node, [script, mode], environment);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Needs(false, $"npm {package} (there is no Node)");
            throw;
        }

        await using (program)
        {
            var code = await program.WaitForExitAsync();
            Assert.True(code == 0, $"{script} {mode} ended with code {code}:\n{program.Output}");
            return JsonSerializer.Deserialize<JsonElement>(program.Output.TrimEnd().Split('\n')[^1]);
        }
    }

    /// <summary>Runs Claude Code's native program.</summary>
    /// <returns>What it wrote, and its exit code.</returns>
    public static async Task<(string Output, int ExitCode)> RunClaudeCodeAsync(
        string folder,
        string[] arguments,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        // npm leaves out install scripts, which would have put the program in its place: the platform's package has it.
        var scope = Path.Combine(Repository.Clients, "node_modules/@anthropic-ai");
        var program = Directory.Exists(scope)
            ? Directory
                .EnumerateDirectories(scope, "claude-code-*")
                .Select(package => Path.Combine(package, "claude"))
                .FirstOrDefault(File.Exists)
            : null;
        Needs(program is not null, $"npm {ClaudeCodePackage}");
        await using var claude = ProgramProcess.Start(folder, program!, arguments, environment);
        var code = await claude.WaitForExitAsync();
        return (claude.Output, code);
    }

    private static void Needs(bool installed, string client)
    {
        if (!installed && Required)
        {
            Assert.Fail($"{client} isn't installed, and PURSER_REQUIRE_CLIENTS=1");
        }

        Assert.SkipUnless(installed, $"{client} isn't installed");
    }
}
