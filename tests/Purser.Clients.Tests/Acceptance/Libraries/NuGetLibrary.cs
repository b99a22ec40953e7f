using System.Text.Json;

namespace Purser.Clients.Tests.Acceptance.Libraries;

/// <summary>A library from NuGet, driven by the program in <c>tests/clients/dotnet</c>.</summary>
/// <param name="name">The client's name for people.</param>
/// <param name="model">The model that it asks for.</param>
/// <param name="library">Its name in the program.</param>
/// <param name="packages">The package, and those that are named beside it.</param>
internal sealed class NuGetLibrary(string name, string model, string library, params string[] packages) : Library(name, model)
{
    private const string Program = "Purser.Clients.Libraries";

    // It's built in the configuration of these tests.
    private static string Built =>
        Path.Combine(Repository.Clients, "dotnet/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0");

    /// <inheritdoc/>
    public override ClientPackage Package => ClientPackage.NuGet(packages[0]);

    /// <inheritdoc/>
    public override IReadOnlyList<ClientPackage> Companions => [.. packages.Skip(1).Select(ClientPackage.NuGet)];

    /// <inheritdoc/>
    protected override (string Folder, string Program, string[] Arguments) Command =>
        (Built, "dotnet", [Path.Combine(Built, $"{Program}.dll"), library]);

    /// <inheritdoc/>
    public override async Task<string> VersionAsync()
    {
        // {"libraries":{"OpenAI/2.15.0":{…},…}}: what it was built and runs with.
        var json = await File.ReadAllTextAsync(Path.Combine(Built, $"{Program}.deps.json"));
        return JsonSerializer
            .Deserialize<JsonElement>(json)
            .GetProperty("libraries")
            .EnumerateObject()
            .Select(entry => entry.Name.Split('/'))
            .Single(entry => entry[0] == Package.Name)[1];
    }
}
