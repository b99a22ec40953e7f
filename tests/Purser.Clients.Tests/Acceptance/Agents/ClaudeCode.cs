using System.Text.Json;

namespace Purser.Clients.Tests.Acceptance.Agents;

/// <summary>Claude Code, with <c>-p</c>.</summary>
internal sealed class ClaudeCode(string model) : Agent
{
    /// <inheritdoc/>
    public override string Name => "Claude Code";

    /// <inheritdoc/>
    public override ClientPackage Package => ClientPackage.Npm(Folder, "@anthropic-ai/claude-code");

    /// <inheritdoc/>
    public override string Model => model;

    /// <inheritdoc/>
    protected override string Connects => "claude-code";

    /// <inheritdoc/>
    public override string Settings => $"./purser connect claude-code\nclaude --model {model}";

    // npm leaves out install scripts, which would have put the program in its place: the platform's package has it.
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Program =>
        [
            Directory
                .EnumerateDirectories(Path.Combine(Package.Root, "node_modules/@anthropic-ai"), "claude-code-*")
                .Select(package => Path.Combine(package, "claude"))
                .First(File.Exists),
        ];

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, string?> Environments =>
        new Dictionary<string, string?> { ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1" };

    /// <inheritdoc/>
    public override async Task<Shown> RunAsync(Errand errand)
    {
        var prompt = errand.Prompt;
        if (errand.Case == ClientCase.Tool)
        {
            await File.WriteAllTextAsync(Path.Combine(errand.Folder, Note), errand.ToolOutput);
            prompt = Errand.ToolPrompt("Bash", new { command = $"cat {Note}", description = "Reads a note" });
        }

        string[] format =
            errand.Case == ClientCase.Streamed ? ["--output-format", "stream-json", "--verbose", "--include-partial-messages"] : [];
        var (output, code) = await RunAsync(
            errand.Session.Home,
            errand.Folder,
            ["-p", prompt, "--model", model, "--allowedTools", "Bash", .. format]
        );
        var pieces = Events(output).Select(Piece).OfType<string>().ToList();
        return new Shown(pieces.Count > 0 ? string.Concat(pieces) : output, code != 0) { Pieces = pieces, Log = output };
    }

    // {"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"…"}}}
    private static string? Piece(JsonElement line) =>
        line.GetProperty("type").GetString() == "stream_event"
        && line.GetProperty("event").TryGetProperty("delta", out var delta)
        && delta.TryGetProperty("text", out var text)
            ? text.GetString()
            : null;
}
