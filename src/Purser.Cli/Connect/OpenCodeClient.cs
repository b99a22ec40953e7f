using System.Text.Json.Nodes;

namespace Purser.Cli.Connect;

/// <summary>OpenCode: a provider in <c>~/.config/opencode/opencode.json</c> (or <c>.jsonc</c>; or below <c>XDG_CONFIG_HOME</c>).</summary>
internal sealed class OpenCodeClient : ConnectableClient
{
    private static readonly string[] KeyPath = ["provider", "purser", "options", "apiKey"];

    /// <inheritdoc/>
    public override string Name => "opencode";

    /// <inheritdoc/>
    public override string Title => "OpenCode";

    /// <inheritdoc/>
    public override ClientApi Api => ClientApi.ChatCompletions;

    /// <inheritdoc/>
    public override string Try => "opencode run \"hi\"";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingsFile> Files(CliContext context, ConnectionTarget target)
    {
        var folder = Path.Combine(Folder(context, "XDG_CONFIG_HOME", ".config"), "opencode");
        var commented = Path.Combine(folder, "opencode.jsonc");
        var edits = new List<SettingsEdit>
        {
            new(["provider", "purser", "npm"], JsonValue.Create("@ai-sdk/openai-compatible")),
            new(["provider", "purser", "name"], JsonValue.Create("Purser")),
            new(["provider", "purser", "options", "baseURL"], JsonValue.Create(target.Address + "/v1")),
            new(KeyPath, JsonValue.Create(target.Key), Secret: true),
            new(
                ["provider", "purser", "models"],
                new JsonObject(
                    target.Models.Select(model => KeyValuePair.Create<string, JsonNode?>(model, new JsonObject { ["name"] = model }))
                )
            ),
        };
        if (CapableModel(target.Models) is { } model)
        {
            edits.Add(new(["model"], JsonValue.Create($"purser/{model}")));
        }

        return [new(File.Exists(commented) ? commented : Path.Combine(folder, "opencode.json"), SettingsFormat.Json, edits)];
    }

    /// <inheritdoc/>
    public override string? KeyIn(Func<int, IReadOnlyList<string>, JsonNode?> read) => read(0, KeyPath)?.GetValue<string>();
}
