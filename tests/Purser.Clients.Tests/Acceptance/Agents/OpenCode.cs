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

    // One for the conversation's title, and the question up to six times: see the remark.
    /// <inheritdoc/>
    public override int MostRefused => 7;

    /// <inheritdoc/>
    public override string Remark =>
        "Where the text of an error happens to have 429, 500, 502, 503, 504 or 524 in it, in an amount or an id, it takes it for a failure that passes, and "
        + "asks five times more, within two minutes.";

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
