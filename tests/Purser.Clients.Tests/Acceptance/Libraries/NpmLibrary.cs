using System.Text.Json;

namespace Purser.Clients.Tests.Acceptance.Libraries;

/// <summary>A library from npm, driven by a script of <c>tests/clients/libraries</c>.</summary>
/// <param name="name">The client's name for people.</param>
/// <param name="model">The model that it asks for.</param>
/// <param name="script">The script's name, without its ending.</param>
/// <param name="packages">The package, and those that are named beside it.</param>
internal sealed class NpmLibrary(string name, string model, string script, params string[] packages) : Library(name, model)
{
    private const string Folder = "libraries";

    /// <summary>Which of the providers or APIs that the script knows; empty where it knows one.</summary>
    public string Provider { get; init; } = "";

    /// <inheritdoc/>
    public override ClientPackage Package => ClientPackage.Npm(Folder, packages[0]);

    /// <inheritdoc/>
    public override IReadOnlyList<ClientPackage> Companions => [.. packages.Skip(1).Select(package => ClientPackage.Npm(Folder, package))];

    /// <inheritdoc/>
    protected override (string Folder, string Program, string[] Arguments) Command => (Package.Root, Node, [$"{script}.mjs"]);

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, string?> Environments => new Dictionary<string, string?> { ["PROVIDER"] = Provider };

    /// <inheritdoc/>
    public override async Task<string> VersionAsync()
    {
        var json = await File.ReadAllTextAsync(Path.Combine(Package.Installed, "package.json"));
        return JsonSerializer.Deserialize<JsonElement>(json).GetProperty("version").GetString()!;
    }
}
