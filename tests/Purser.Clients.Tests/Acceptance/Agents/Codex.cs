namespace Purser.Clients.Tests.Acceptance.Agents;

/// <summary>Codex, with <c>codex exec</c>.</summary>
/// <param name="model">The model.</param>
/// <param name="takesScripts">Whether Codex gives this model one tool, <c>exec</c>, that runs a script in plain text; else a command is a function.</param>
internal sealed class Codex(string model, bool takesScripts) : Agent
{
    private static readonly string[] Impatient =
    [
        "--config",
        "model_providers.purser.request_max_retries=1",
        "--config",
        "model_providers.purser.stream_max_retries=1",
    ];

    /// <inheritdoc/>
    public override string Name => "Codex CLI";

    /// <inheritdoc/>
    public override ClientPackage Package => ClientPackage.Npm(Folder, "@openai/codex");

    /// <inheritdoc/>
    public override string Model => model;

    /// <inheritdoc/>
    public override string Settings => $"./purser connect codex\ncodex --model {model}";

    /// <inheritdoc/>
    public override bool ShowsPieces => false;

    /// <inheritdoc/>
    public override string Remark =>
        "In the error's case it's told to try once again (`request_max_retries`, `stream_max_retries`): by itself it tries for minutes.";

    /// <inheritdoc/>
    protected override string Connects => "codex";

    /// <inheritdoc/>
    protected override (string Path, string Text)? Before =>
        (".codex/config.toml", "check_for_update_on_startup = false\n\n[analytics]\nenabled = false\n");

    /// <inheritdoc/>
    protected override string ToolPrompt =>
        takesScripts
            ? $$"""Use a tool. [[simulate:tool=exec,args=const seen = await tools.exec_command({cmd: "cat {{Note}}"}); text(seen.output);]]"""
            : Errand.ToolPrompt("exec_command", new { cmd = $"cat {Note}" });

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Program => [Node, Path.Combine(Package.Installed, "bin/codex.js")];

    // What it writes of itself, such as the folder, comes before.
    /// <inheritdoc/>
    protected override string Visible(string output)
    {
        var errors = output.Split('\n').Where(line => line.StartsWith("ERROR:", StringComparison.Ordinal)).Distinct().ToList();
        return errors.Count > 0 ? string.Join('\n', errors) : output;
    }

    // Its own sandbox wants rights that containers don't give: the folder is the test's own.
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Arguments(string prompt, ClientCase @case) =>
        [
            "exec",
            "--skip-git-repo-check",
            "--dangerously-bypass-approvals-and-sandbox",
            "--model",
            model,
            .. @case == ClientCase.Error ? Impatient : [],
            prompt,
        ];
}
