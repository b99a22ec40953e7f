using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>Claude Code: <c>env</c> in <c>~/.claude/settings.json</c> (or in <c>CLAUDE_CONFIG_DIR</c>).</summary>
internal sealed class ClaudeCodeClient : ConnectableClient
{
    private static readonly string[] TokenPath = ["env", "ANTHROPIC_AUTH_TOKEN"];

    /// <inheritdoc/>
    public override string Name => "claude-code";

    /// <inheritdoc/>
    public override string Title => "Claude Code";

    /// <inheritdoc/>
    public override ClientApi Api => ClientApi.Messages;

    /// <inheritdoc/>
    public override string Try => "claude -p \"hi\"";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingsFile> Files(CliContext context, ConnectionTarget target) =>
        [
            new(
                Path.Combine(Folder(context, "CLAUDE_CONFIG_DIR", ".claude"), "settings.json"),
                SettingsFormat.Json,
                [
                    new(["env", "ANTHROPIC_BASE_URL"], JsonValue.Create(target.Address)),
                    new(TokenPath, JsonValue.Create(target.Key), Secret: true),
                ]
            ),
        ];

    /// <inheritdoc/>
    public override string? KeyIn(Func<int, IReadOnlyList<string>, JsonNode?> read) => read(0, TokenPath)?.GetValue<string>();

    /// <inheritdoc/>
    public override string? Conflict(Func<int, IReadOnlyList<string>, JsonNode?> read) =>
        read(0, ["apiKeyHelper"]) is not null ? "its settings have an apiKeyHelper too, which Claude Code may prefer"
        : read(0, ["env", "ANTHROPIC_API_KEY"]) is not null ? "its settings have env.ANTHROPIC_API_KEY too, which Claude Code sends as well"
        : null;
}
