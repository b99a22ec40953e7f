using System.Text.Json;
using System.Xml.Linq;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>A package that a client comes in, and the version that the repository pins.</summary>
/// <param name="Registry"><c>npm</c> or <c>NuGet</c>.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Folder">Below <c>tests/clients</c>: where the <c>package.json</c> is that pins it. Empty for NuGet.</param>
internal sealed record ClientPackage(string Registry, string Name, string Folder = "")
{
    /// <summary>A package of npm, pinned by <c>tests/clients/FOLDER/package.json</c>.</summary>
    public static ClientPackage Npm(string folder, string name) => new("npm", name, folder);

    /// <summary>A package of NuGet, pinned by <c>Directory.Packages.props</c>.</summary>
    public static ClientPackage NuGet(string name) => new("NuGet", name);

    /// <summary>Where npm has put it.</summary>
    public string Installed => Path.Combine(Root, "node_modules", Name);

    /// <summary>The folder of npm's project that it's in.</summary>
    public string Root => Path.Combine(Repository.Clients, Folder);

    /// <summary>The version that the repository pins.</summary>
    public string Pinned => Registry == "npm" ? PinnedByNpm() : PinnedByNuGet();

    private string PinnedByNpm()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "package.json")));
        return json.RootElement.GetProperty("dependencies").GetProperty(Name).GetString()!;
    }

    private string PinnedByNuGet() =>
        XDocument
            .Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Single(package => package.Attribute("Include")!.Value == Name)
            .Attribute("Version")!
            .Value;
}
