using System.Xml.Linq;
using Xunit;

namespace Purser.Architecture.Tests;

/// <summary>
/// References go one way: Core ← FinOps ← Analytics ← Dashboard ← Gateway ← Cli, Core ← Providers ← Gateway, Simulator ← Cli.
/// The simulator shares nothing with Core or Providers, else both could be wrong together and no test would see it.
/// </summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Purser.Core"] = [],
        ["Purser.Providers"] = ["Purser.Core"],
        ["Purser.FinOps"] = ["Purser.Core"],
        ["Purser.Routing"] = ["Purser.Core"],
        ["Purser.Analytics"] = ["Purser.Core", "Purser.FinOps"],
        ["Purser.Dashboard"] = ["Purser.Core", "Purser.FinOps", "Purser.Analytics"],
        ["Purser.Gateway"] = ["Purser.Core", "Purser.Providers", "Purser.FinOps", "Purser.Routing", "Purser.Analytics", "Purser.Dashboard"],
        ["Purser.Simulator"] = [],
        ["Purser.Cli"] =
        [
            "Purser.Core",
            "Purser.Providers",
            "Purser.FinOps",
            "Purser.Routing",
            "Purser.Analytics",
            "Purser.Dashboard",
            "Purser.Gateway",
            "Purser.Simulator",
        ],
    };

    private static readonly string[] Pure = ["Purser.Core", "Purser.Providers", "Purser.FinOps"];

    [Fact]
    public void References_go_one_way()
    {
        Found.Nothing(Projects().SelectMany(project => Wrong(project.Name, project.Xml)));
    }

    [Theory]
    [InlineData("Purser.Core", "../Purser.Gateway/Purser.Gateway.csproj", "Purser.Core may not reference Purser.Gateway")]
    [InlineData("Purser.Simulator", "../Purser.Providers/Purser.Providers.csproj", "Purser.Simulator may not reference Purser.Providers")]
    [InlineData("Purser.Simulator", @"..\Purser.Core\Purser.Core.csproj", "Purser.Simulator may not reference Purser.Core")]
    [InlineData("Purser.Extras", "../Purser.Core/Purser.Core.csproj", "Purser.Extras is not a project that the architecture knows")]
    public void A_reference_the_wrong_way_is_found(string project, string reference, string found)
    {
        var xml = XDocument.Parse($"""<Project><ItemGroup><ProjectReference Include="{reference}" /></ItemGroup></Project>""");
        Assert.Equal([found], Wrong(project, xml));
    }

    [Fact]
    public void The_solution_has_every_project()
    {
        var listed = XDocument
            .Parse(Repository.Read("Purser.slnx"))
            .Descendants("Project")
            .Select(project => project.Attribute("Path")!.Value)
            .Order(StringComparer.Ordinal);
        // Benchmarks that pull in a peer of their own are built by their own command.
        // So is the program that drives the libraries from NuGet: ./test --clients builds it.
        string[] found =
        [
            .. Repository.Files("src", "*.csproj"),
            .. Repository.Files("tests", "*.csproj").Where(path => !path.StartsWith("tests/clients/", StringComparison.Ordinal)),
        ];
        Assert.Equal(found, listed.Where(path => !path.StartsWith("benchmarks/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Pure_projects_are_checked_for_what_they_may_not_call()
    {
        var pure = Projects().Where(project => Pure.Contains(project.Name)).ToList();
        Assert.NotEmpty(pure);
        Assert.All(pure, project => Assert.Equal("true", project.Xml.Descendants("PurserPure").SingleOrDefault()?.Value));
    }

    private static IEnumerable<(string Name, XDocument Xml)> Projects() =>
        Repository
            .Files("src", "*.csproj")
            .Select(path => (Path.GetFileNameWithoutExtension(path), XDocument.Parse(Repository.Read(path))));

    private static IEnumerable<string> Wrong(string project, XDocument xml)
    {
        if (!Allowed.TryGetValue(project, out var allowed))
        {
            return [$"{project} is not a project that the architecture knows"];
        }

        return xml.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Where(name => !allowed.Contains(name))
            .Select(name => $"{project} may not reference {name}");
    }
}
