using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>Claude Code: <c>env</c> in <c>~/.claude/settings.json</c> (or in <c>CLAUDE_CONFIG_DIR</c>).</summary>
internal sealed class ClaudeCodeClient : ConnectableClient
{
    private const string KeyHeader = "x-purser-key:";

    private static readonly string[] TokenPath = ["env", "ANTHROPIC_AUTH_TOKEN"];

    // One header a line.
    private static readonly string[] HeadersPath = ["env", "ANTHROPIC_CUSTOM_HEADERS"];

    /// <inheritdoc/>
    public override string Name => "claude-code";

    /// <inheritdoc/>
    public override string Title => "Claude Code";

    /// <inheritdoc/>
    public override ClientApi Api => ClientApi.Messages;

    /// <inheritdoc/>
    public override bool TakesSubscription => true;

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
                    // A token in the settings goes before the person's own login.
                    new(TokenPath, target.Subscription ? null : JsonValue.Create(target.Key), Secret: true),
                    new(HeadersPath, null, Secret: true) { Merge = present => Headers(present, target) },
                ]
            ),
        ];

    /// <inheritdoc/>
    public override string? KeyIn(Func<int, IReadOnlyList<string>, JsonNode?> read) =>
        read(0, TokenPath)?.GetValue<string>() ?? Lines(read(0, HeadersPath)).FirstOrDefault(IsKey)?[KeyHeader.Length..].Trim();

    /// <inheritdoc/>
    public override string? Conflict(Func<int, IReadOnlyList<string>, JsonNode?> read) =>
        read(0, ["apiKeyHelper"]) is not null ? "its settings have an apiKeyHelper too, which Claude Code may prefer"
        : read(0, ["env", "ANTHROPIC_API_KEY"]) is not null ? "its settings have env.ANTHROPIC_API_KEY too, which Claude Code sends as well"
        : null;

    /// <summary>The person's own headers, with the key's behind them where it goes beside the login.</summary>
    private static JsonValue? Headers(JsonNode? present, ConnectionTarget target)
    {
        var others = Lines(present).Where(line => !IsKey(line));
        List<string> lines = [.. others, .. target.Subscription ? [$"{KeyHeader} {target.Key}"] : (string[])[]];
        return lines.Count == 0 ? null : JsonValue.Create(string.Join('\n', lines));
    }

    private static string[] Lines(JsonNode? headers) =>
        headers is JsonValue value && value.TryGetValue<string>(out var text)
            ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [];

    private static bool IsKey(string line) => line.StartsWith(KeyHeader, StringComparison.OrdinalIgnoreCase);
}
