using System.Text.Json;

namespace Purser.Clients.Tests.Acceptance.Agents;

/// <summary>Gemini CLI, with <c>-p</c>.</summary>
internal sealed class GeminiCli(string model) : Agent
{
    /// <inheritdoc/>
    public override string Name => "Gemini CLI";

    /// <inheritdoc/>
    public override ClientPackage Package => ClientPackage.Npm(Folder, "@google/gemini-cli");

    /// <inheritdoc/>
    public override string Model => model;

    /// <inheritdoc/>
    public override string Settings => $"./purser connect gemini\ngemini --model {model}";

    /// <inheritdoc/>
    public override string Remark =>
        "It reads these settings in folders that the person trusts, and asks for that at the first start; without a terminal `--skip-trust` says so.";

    /// <inheritdoc/>
    protected override string Connects => "gemini";

    /// <inheritdoc/>
    protected override (string Path, string Text)? Before =>
        (
            ".gemini/settings.json",
            """{ "general": { "enableAutoUpdate": false, "enableAutoUpdateNotification": false }, "privacy": { "usageStatisticsEnabled": false } }"""
        );

    /// <inheritdoc/>
    protected override string ToolPrompt => Errand.ToolPrompt("run_shell_command", new { command = $"cat {Note}" });

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Program => [Node, Path.Combine(Package.Installed, "bundle/gemini.js")];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Arguments(string prompt, ClientCase @case) =>
        [
            "--skip-trust",
            "--yolo",
            "--model",
            model,
            .. @case == ClientCase.Streamed ? (string[])["--output-format", "stream-json"] : [],
            "--prompt",
            prompt,
        ];

    // {"type":"message","role":"assistant","content":"…","delta":true}
    /// <inheritdoc/>
    protected override string? Piece(JsonElement line) =>
        line.TryGetProperty("delta", out var delta) && delta.ValueKind == JsonValueKind.True
            ? line.GetProperty("content").GetString()
            : null;
}
