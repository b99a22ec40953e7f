using System.Text.Json;

namespace Purser.Clients.Tests.Acceptance.Agents;

/// <summary>Qwen Code, with <c>-p</c>.</summary>
internal sealed class QwenCode(string model) : Agent
{
    /// <inheritdoc/>
    public override string Name => "Qwen Code";

    /// <inheritdoc/>
    public override ClientPackage Package => ClientPackage.Npm(Folder, "@qwen-code/qwen-code");

    /// <inheritdoc/>
    public override string Model => model;

    /// <inheritdoc/>
    public override string Settings => $"./purser connect qwen\nqwen --model {model}";

    /// <inheritdoc/>
    public override string Fault => "refused";

    /// <inheritdoc/>
    public override string Remark =>
        "In the error's case the provider refuses the request (400): where it fails with 500 the client tries again for more than four minutes.";

    /// <inheritdoc/>
    protected override string Connects => "qwen";

    /// <inheritdoc/>
    protected override (string Path, string Text)? Before =>
        (".qwen/settings.json", """{ "general": { "enableAutoUpdate": false }, "privacy": { "usageStatisticsEnabled": false } }""");

    /// <inheritdoc/>
    protected override string ToolPrompt => Errand.ToolPrompt("run_shell_command", new { command = $"cat {Note}", is_background = false });

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Program => [Node, Path.Combine(Package.Installed, "cli.js")];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Arguments(string prompt, ClientCase @case) =>
        [
            "--yolo",
            "--model",
            model,
            .. @case == ClientCase.Streamed ? (string[])["--output-format", "stream-json", "--include-partial-messages"] : [],
            "--prompt",
            prompt,
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
