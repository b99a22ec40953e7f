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

    /// <summary>
    /// Settings that the person had before, below the home folder: they switch off what a test must not wait for (updates, statistics), and what
    /// <c>connect</c> writes comes beside them. Null for none.
    /// </summary>
    protected virtual (string Path, string Text)? Before => null;

    /// <inheritdoc/>
    public override async Task PointAsync(ClientSession session)
    {
        if (Before is var (path, text))
        {
            var file = Path.Combine(session.Home, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text);
        }

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

    /// <summary>What to ask so that the model calls a tool of the agent's which reads the note.</summary>
    protected abstract string ToolPrompt { get; }

    /// <summary>The arguments that make the agent do without a terminal what a prompt asks.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="case">The case: a streamed answer may have to be asked for.</param>
    protected abstract IReadOnlyList<string> Arguments(string prompt, ClientCase @case);

    /// <summary>A piece of a streamed answer, from a line of the agent's own events; null where the line has none.</summary>
    protected virtual string? Piece(JsonElement line) => null;

    /// <summary>What a person sees of what the agent wrote.</summary>
    protected virtual string Visible(string output) => output;

    /// <inheritdoc/>
    public override async Task<Shown> RunAsync(Errand errand)
    {
        await File.WriteAllTextAsync(Path.Combine(errand.Folder, Note), errand.ToolOutput);
        var prompt = errand.Case == ClientCase.Tool ? ToolPrompt : errand.Prompt;
        var (output, code) = await RunAsync(errand.Session.Home, errand.Folder, Arguments(prompt, errand.Case));
        List<string> pieces = errand.Case == ClientCase.Streamed ? [.. Events(output).Select(Piece).OfType<string>()] : [];
        return new Shown(pieces.Count > 0 ? string.Concat(pieces) : Visible(output), code != 0) { Pieces = pieces, Log = output };
    }

    /// <summary>Runs the agent.</summary>
    /// <returns>What it wrote, and its exit code.</returns>
    private async Task<(string Output, int ExitCode)> RunAsync(string home, string folder, IEnumerable<string> arguments)
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

    /// <summary>The program of an agent that is no script, in the package for this platform.</summary>
    protected string Native(string scope, string packages, string program) =>
        Directory
            .EnumerateDirectories(Path.Combine(Package.Root, "node_modules", scope), packages)
            .Select(package => Path.Combine(package, program))
            .Order(StringComparer.Ordinal)
            .First(File.Exists);

    /// <summary>The lines that are JSON objects.</summary>
    private static IEnumerable<JsonElement> Events(string output)
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
