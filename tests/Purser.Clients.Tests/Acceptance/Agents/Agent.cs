using System.Collections;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Purser.Clients.Tests.Acceptance.Agents;

/// <summary>A coding agent: a program with tools of its own, run without a terminal, in a home folder of its own.</summary>
internal abstract partial class Agent : InstalledClient
{
    /// <summary>The folder below <c>tests/clients</c> that the agents are installed in.</summary>
    protected const string Folder = "agents";

    /// <summary>The file that the agent's tool is to read.</summary>
    protected const string Note = "note.txt";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly string[] Kept = ["PATH", "LANG", "TMPDIR", "DOTNET_ROOT"];

    /// <summary>The node that runs agents of npm that are scripts.</summary>
    protected static string Node => Environment.GetEnvironmentVariable("PURSER_NODE") is { Length: > 0 } given ? given : "node";

    /// <summary>The client's name in <c>purser connect</c>.</summary>
    protected abstract string Connects { get; }

    /// <summary>The program, and the arguments that start it.</summary>
    protected abstract IReadOnlyList<string> Program { get; }

    /// <inheritdoc/>
    public override string Settings => $"./purser connect {Connects}";

    /// <inheritdoc/>
    public override async Task<string> VersionAsync()
    {
        var home = Directory.CreateTempSubdirectory("purser-version-");
        try
        {
            var (output, _) = await RunAsync(home.FullName, home.FullName, ["--version"]);
            return Version().Match(output).Value;
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    /// <inheritdoc/>
    public override async Task PointAsync(ClientSession session)
    {
        await using var connect = ProgramProcess.Start(
            session.Home,
            "dotnet",
            [
                ProgramProcess.PurserProgram,
                "connect",
                Connects,
                "--account",
                session.Team,
                "--gateway",
                session.AnthropicBaseUrl,
                "--admin-key",
                session.Purser.AdminKey,
            ],
            Surroundings(session.Home)
        );
        var code = await connect.WaitForExitAsync();
        Assert.True(code == 0, $"connect {Connects} ended with code {code}:\n{connect.Output}");
    }

    /// <summary>Variables of the environment beside the settings, such as those that switch telemetry off.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Environments => new Dictionary<string, string?>();

    /// <summary>Runs the agent.</summary>
    /// <returns>What it wrote, and its exit code.</returns>
    protected async Task<(string Output, int ExitCode)> RunAsync(string home, string folder, IEnumerable<string> arguments)
    {
        var surroundings = Surroundings(home);
        foreach (var (name, value) in Environments)
        {
            surroundings[name] = value;
        }

        await using var agent = ProgramProcess.Start(folder, Program[0], [.. Program.Skip(1), .. arguments], surroundings);
        var code = await agent.WaitForExitAsync(Patience);
        return (agent.Output, code);
    }

    /// <summary>The lines that are JSON objects.</summary>
    protected static IEnumerable<JsonElement> Events(string output)
    {
        foreach (var line in output.Split('\n').Where(line => line.StartsWith('{')))
        {
            JsonElement read;
            try
            {
                read = JsonSerializer.Deserialize<JsonElement>(line);
            }
            catch (JsonException)
            {
                continue;
            }

            yield return read;
        }
    }

    // What is set where these tests are run, such as an agent's own variables and keys, doesn't reach the agent under test.
    private static Dictionary<string, string?> Surroundings(string home)
    {
        var surroundings = new Dictionary<string, string?>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (!Kept.Contains((string)variable.Key))
            {
                surroundings[(string)variable.Key] = null;
            }
        }

        surroundings["HOME"] = home;
        surroundings["TERM"] = "dumb";
        surroundings["NO_COLOR"] = "1";
        return surroundings;
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex Version();
}
