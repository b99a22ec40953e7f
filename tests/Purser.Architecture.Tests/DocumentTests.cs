using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Purser.Architecture.Tests;

/// <summary>What the documents point at exists, and the commands that they tell people to run are commands.</summary>
public sealed class DocumentTests
{
    private static readonly string[] Documents =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal),
        .. Repository.Files("docs", "*.md"),
        .. Repository.Files("benchmarks", "*.md"),
        .. Repository.Files("samples", "*.md"),
    ];

    [Fact]
    public void Relative_links_lead_somewhere()
    {
        Assert.Contains("README.md", Documents);
        Found.Nothing(Documents.SelectMany(path => DocumentText.BrokenLinks(path, Repository.Read(path))));
    }

    [Fact]
    public void A_broken_link_is_found()
    {
        const string text = "See [the licence](LICENSE), [part](README.md#run), [web](https://example.org/x), [nothing](docs/nothing.md).";
        Assert.Equal(["README.md: docs/nothing.md"], DocumentText.BrokenLinks("README.md", text));
    }

    [Fact]
    public async Task Commands_in_the_documents_exist()
    {
        var commands = Documents.SelectMany(path => DocumentText.Commands(Repository.Read(path))).Distinct().ToList();
        Assert.NotEmpty(commands);
        var missing = new List<string>();
        foreach (var command in commands)
        {
            if (!await ExistsAsync(command))
            {
                missing.Add($"./purser {command}");
            }
        }

        Found.Nothing(missing);
    }

    [Fact]
    public void Commands_are_read_without_their_arguments()
    {
        const string text = """
            Run `./purser keys create --account research`, or:
            ```sh
            $ ./purser report spend --by team,model   # by team
            ./purser apply samples/organization.yml
            key=$(./purser keys create ci)
            ```
            """;
        Assert.Equal(["keys create", "report spend", "apply", "keys create"], DocumentText.Commands(text));
    }

    [Theory]
    [InlineData("embezzle")]
    [InlineData("keys steal")]
    public async Task A_command_that_does_not_exist_is_found(string command)
    {
        Assert.False(await ExistsAsync(command));
    }

    /// <summary>Asks the built program for a command's help. For one that it doesn't know, it shows the help of what it does know.</summary>
    private static async Task<bool> ExistsAsync(string command)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(Repository.Root, "src/Purser.Cli/bin", configuration, "net10.0/purser.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. command.Split(' '), "--help"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        await Task.WhenAll(output, process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
        return process.ExitCode == 0 && (await output).Contains($"  purser {command} ", StringComparison.Ordinal);
    }
}

/// <summary>Reads Markdown as far as these tests need it.</summary>
internal static partial class DocumentText
{
    // Commands that have commands of their own; what follows any other one is an argument.
    private static readonly string[] Groups =
    [
        "accounts",
        "keys",
        "budgets",
        "asks",
        "alerts",
        "report",
        "prices",
        "contracts",
        "tokens",
        "router",
        "ledger",
        "analytics",
        "admin-key",
    ];

    public static IEnumerable<string> BrokenLinks(string document, string text) =>
        from match in Link().Matches(text)
        let target = match.Groups[1].Value.Split('#')[0]
        where
            target.Length > 0
            && !target.Contains("://", StringComparison.Ordinal)
            && !target.StartsWith("mailto:", StringComparison.Ordinal)
        let path = Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, target)
        where !Path.Exists(path)
        select $"{document}: {target}";

    public static IEnumerable<string> Commands(string text) =>
        from match in Command().Matches(text)
        let first = match.Groups[1].Value
        let second = match.Groups[2].Value
        select second.Length > 0 && Groups.Contains(first) ? $"{first} {second}" : first;

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\./purser ([a-z][a-z-]*)(?: ([a-z][a-z-]*)(?=[\s`)]|$))?")]
    private static partial Regex Command();
}
