using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>Qwen Code: <c>env</c> and the way of signing in, in <c>~/.qwen/settings.json</c> (or in <c>QWEN_HOME</c>).</summary>
internal sealed class QwenClient : ConnectableClient
{
    private static readonly string[] KeyPath = ["env", "OPENAI_API_KEY"];

    /// <inheritdoc/>
    public override string Name => "qwen";

    /// <inheritdoc/>
    public override string Title => "Qwen Code";

    /// <inheritdoc/>
    public override ClientApi Api => ClientApi.ChatCompletions;

    /// <inheritdoc/>
    public override string Try => "qwen -p \"hi\"";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingsFile> Files(CliContext context, ConnectionTarget target)
    {
        var edits = new List<SettingsEdit>
        {
            new(["env", "OPENAI_BASE_URL"], JsonValue.Create(target.Address + "/v1")),
            new(KeyPath, JsonValue.Create(target.Key), Secret: true),
            new(["security", "auth", "selectedType"], JsonValue.Create("openai")),
        };
        if (CapableModel(target.Models) is { } model)
        {
            edits.Add(new(["model", "name"], JsonValue.Create(model)));
        }

        return [new(Path.Combine(Folder(context, "QWEN_HOME", ".qwen"), "settings.json"), SettingsFormat.Json, edits)];
    }

    /// <inheritdoc/>
    public override string? KeyIn(Func<int, IReadOnlyList<string>, JsonNode?> read) => read(0, KeyPath)?.GetValue<string>();
}
