using System.Text.Json;
using Xunit;

namespace Purser.Clients.Tests.Acceptance.Libraries;

/// <summary>A client library, driven by a small program that calls it as its users do and writes what it gave.</summary>
/// <param name="name">The client's name for people.</param>
/// <param name="model">The model that it asks for.</param>
internal abstract class Library(string name, string model) : InstalledClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override string Model => model;

    /// <inheritdoc/>
    public override string Settings => Code;

    /// <summary>How its client is made in a program, with the gateway and the key.</summary>
    public required string Code { get; init; }

    /// <inheritdoc/>
    public override string? Remark => Note;

    /// <summary>The remark; null for none.</summary>
    public string? Note { get; init; }

    /// <inheritdoc/>
    public override int RefusedInTool => Replays ? 1 : 0;

    /// <summary>Whether its tool runner keeps the conversation where the model's provider can't, so that it must send it again.</summary>
    public bool Replays { get; init; }

    /// <summary>The tool's name as the library sends it to the model.</summary>
    public string Tool { get; init; } = "get_weather";

    /// <summary>The folder, the program and its first arguments; the case, the model and the prompt follow.</summary>
    protected abstract (string Folder, string Program, string[] Arguments) Command { get; }

    /// <summary>Variables of the environment beside the gateway's.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Environments => new Dictionary<string, string?>();

    /// <inheritdoc/>
    public override async Task<Shown> RunAsync(Errand errand)
    {
        var prompt = errand.Case == ClientCase.Tool ? Errand.ToolPrompt(Tool, new { city = "Bremen" }) : errand.Prompt;
        var (folder, program, arguments) = Command;
        var environment = new Dictionary<string, string?>(Environments)
        {
            ["HOME"] = errand.Session.Home,
            ["PURSER_URL"] = errand.Session.AnthropicBaseUrl,
            ["PURSER_KEY"] = errand.Session.Key,
            ["TOOL_RESULT"] = errand.ToolOutput,
            // What its users may have set, and what is set where an agent runs these tests.
            ["OPENAI_API_KEY"] = null,
            ["OPENAI_BASE_URL"] = null,
            ["ANTHROPIC_API_KEY"] = null,
            ["ANTHROPIC_AUTH_TOKEN"] = null,
            ["ANTHROPIC_BASE_URL"] = null,
        };
        string[] command = [.. arguments, errand.Case.ToString().ToLowerInvariant(), Model, prompt];
        await using var run = ProgramProcess.Start(folder, program, command, environment);
        var code = await run.WaitForExitAsync(Patience);
        Assert.True(code == 0, $"{Row} ended with code {code}:\n{run.Output}");
        return Read(run.Output);
    }

    // {"text":…,"pieces":[…],"calls":[…]} or {"error":{"kind":…,"message":…},"calls":[…]}, in the last line.
    private Shown Read(string output)
    {
        var seen = JsonSerializer.Deserialize<JsonElement>(output.TrimEnd().Split('\n')[^1]);
        if (seen.TryGetProperty("error", out var error))
        {
            var message = $"{error.GetProperty("kind").GetString()}: {error.GetProperty("message").GetString()}";
            return new Shown(message, Failed: true) { Log = output };
        }

        string[] pieces = seen.TryGetProperty("pieces", out var list) ? [.. list.EnumerateArray().Select(piece => piece.GetString()!)] : [];
        return new Shown(seen.GetProperty("text").GetString() ?? "", Failed: false) { Pieces = pieces, Log = output };
    }
}
