using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>Codex: a model provider in <c>~/.codex/config.toml</c> (or in <c>CODEX_HOME</c>).</summary>
internal sealed class CodexClient : ConnectableClient
{
    private const string Bearer = "Bearer ";
    private static readonly string[] TablePath = ["model_providers", "purser"];

    /// <inheritdoc/>
    public override string Name => "codex";

    /// <inheritdoc/>
    public override string Title => "Codex";

    /// <inheritdoc/>
    public override ClientApi Api => ClientApi.Responses;

    /// <inheritdoc/>
    public override string Try => "codex exec \"hi\"";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingsFile> Files(CliContext context, ConnectionTarget target) =>
        [
            new(
                Path.Combine(Folder(context, "CODEX_HOME", ".codex"), "config.toml"),
                SettingsFormat.Toml,
                [
                    new(["model_provider"], JsonValue.Create("purser")),
                    new(
                        TablePath,
                        new JsonObject
                        {
                            ["name"] = "Purser",
                            ["base_url"] = target.Address + "/v1",
                            ["wire_api"] = "responses",
                            // A header rather than env_key: the key then needs no variable in every shell that starts Codex.
                            ["http_headers"] = new JsonObject { ["Authorization"] = Bearer + target.Key },
                        },
                        Secret: true
                    ),
                ]
            ),
        ];

    /// <inheritdoc/>
    public override string? KeyIn(Func<int, IReadOnlyList<string>, JsonNode?> read) =>
        (read(0, TablePath)?["http_headers"] as JsonObject)?["Authorization"]?.GetValue<string>() is { } header
        && header.StartsWith(Bearer, StringComparison.Ordinal)
            ? header[Bearer.Length..]
            : null;
}
