using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>Gemini CLI: <c>~/.gemini/.env</c> and <c>~/.gemini/settings.json</c> (or in <c>GEMINI_CLI_HOME</c>).</summary>
internal sealed class GeminiClient : ConnectableClient
{
    private static readonly string[] KeyPath = ["GEMINI_API_KEY"];

    /// <inheritdoc/>
    public override string Name => "gemini";

    /// <inheritdoc/>
    public override string Title => "Gemini CLI";

    /// <inheritdoc/>
    public override ClientApi Api => ClientApi.GenerateContent;

    /// <inheritdoc/>
    // It reads its settings in folders alone that the person trusts.
    public override string Try => "gemini --skip-trust -p \"hi\"";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingsFile> Files(CliContext context, ConnectionTarget target)
    {
        var folder = Path.Combine(Folder(context, "GEMINI_CLI_HOME"), ".gemini");
        return
        [
            new(
                Path.Combine(folder, ".env"),
                SettingsFormat.DotEnv,
                [
                    new(["GOOGLE_GEMINI_BASE_URL"], JsonValue.Create(target.Address)),
                    new(KeyPath, JsonValue.Create(target.Key), Secret: true),
                ]
            ),
            new(
                Path.Combine(folder, "settings.json"),
                SettingsFormat.Json,
                [new(["security", "auth", "selectedType"], JsonValue.Create("gemini-api-key"))]
            ),
        ];
    }

    /// <inheritdoc/>
    public override string? KeyIn(Func<int, IReadOnlyList<string>, JsonNode?> read) => read(0, KeyPath)?.GetValue<string>();
}
