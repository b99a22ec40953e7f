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
    public override string Settings => $"./purser connect claude-code\nclaude --model {model}";

    /// <inheritdoc/>
    public override string Remark =>
        "In the error's case it's told to try twice again (`CLAUDE_CODE_MAX_RETRIES`): by itself it tries for minutes.";

    /// <inheritdoc/>
    protected override string Connects => "claude-code";

    /// <inheritdoc/>
    protected override string ToolPrompt => Errand.ToolPrompt("Bash", new { command = $"cat {Note}", description = "Reads a note" });

    // npm leaves out install scripts, which would have put the program in its place: the platform's package has it.
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Program => [Native("@anthropic-ai", "claude-code-*", "claude")];

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, string?> Environments =>
        new Dictionary<string, string?> { ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1", ["CLAUDE_CODE_MAX_RETRIES"] = "2" };

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Arguments(string prompt, ClientCase @case) =>
        [
            "-p",
            prompt,
            "--model",
            model,
            "--allowedTools",
            "Bash",
            .. @case == ClientCase.Streamed ? (string[])["--output-format", "stream-json", "--verbose", "--include-partial-messages"] : [],
        ];

    // {"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"…"}}}
    /// <inheritdoc/>
    protected override string? Piece(JsonElement line) =>
        line.GetProperty("type").GetString() == "stream_event"
        && line.GetProperty("event").TryGetProperty("delta", out var delta)
        && delta.TryGetProperty("text", out var text)
            ? text.GetString()
            : null;
}
