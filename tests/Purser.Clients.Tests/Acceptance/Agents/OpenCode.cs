namespace Purser.Clients.Tests.Acceptance.Agents;

/// <summary>opencode, with <c>opencode run</c>.</summary>
internal sealed class OpenCode(string model) : Agent
{
    /// <inheritdoc/>
    public override string Name => "opencode";

    /// <inheritdoc/>
    public override ClientPackage Package => ClientPackage.Npm(Folder, "opencode-ai");

    /// <inheritdoc/>
    public override string Model => model;

    /// <inheritdoc/>
    public override string Settings => $"./purser connect opencode\nopencode --model purser/{model}";

    /// <inheritdoc/>
    public override bool ShowsPieces => false;

    /// <inheritdoc/>
    protected override string Connects => "opencode";

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, string?> Environments =>
        new Dictionary<string, string?>
        {
            ["OPENCODE_DISABLE_AUTOUPDATE"] = "1",
            ["OPENCODE_DISABLE_MODELS_FETCH"] = "1",
            ["OPENCODE_DISABLE_LSP_DOWNLOAD"] = "1",
        };

    // An argument with a space in it reaches the model in quotes, with those within it escaped.
    /// <inheritdoc/>
    protected override string ToolPrompt => $$"""[[simulate:tool=bash,args={"command":"cat<{{Note}}","description":"Reads"}]]""";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Program => [Native("", "opencode-*-*", "bin/opencode")];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Arguments(string prompt, ClientCase @case) => ["run", "--model", $"purser/{model}", prompt];
}
