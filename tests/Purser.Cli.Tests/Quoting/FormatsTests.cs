using System.Runtime.CompilerServices;
using System.Text;
using Purser.Cli.Commands;
using Purser.Providers.Bodies;

namespace Purser.Cli.Tests.Quoting;

/// <summary>What is said of the formats of usage is complete, and said the same everywhere.</summary>
public sealed class FormatsTests
{
    private static readonly string Root = Folder();
    private static readonly IReadOnlyList<PricesFormatsCommand.Entry> Entries = PricesFormatsCommand.Read(
        Path.Combine(Root, "prices", "formats.yml")
    );

    [Fact]
    public void Each_reader_is_listed_once_and_nothing_else_is()
    {
        var listed = Entries
            .SelectMany(entry => entry.Providers.SelectMany(provider => entry.Apis.Select(api => $"{provider}/{api}")))
            .Order(StringComparer.Ordinal);
        var known = BodyReaders.Known.Select(reader => $"{reader.Provider}/{reader.Api}").Order(StringComparer.Ordinal);

        Assert.Equal(known, listed);
        Assert.All(Entries, entry => Assert.NotEmpty(entry.Priced));
    }

    [Fact]
    public void The_table_of_the_documentation_says_the_same()
    {
        var expected = new StringBuilder("| provider | api | priced | refused, and why |\n|---|---|---|---|\n");
        IEnumerable<string> before = [];
        foreach (var entry in Entries)
        {
            var providers = entry.Providers.SequenceEqual(before) ? "" : $"{Names(entry.Providers)} ";
            expected.Append(
                $"| {providers}| {Names(entry.Apis)} | {entry.Priced} | {(entry.Refused is null ? "" : $"{entry.Refused} ")}|\n"
            );
            before = entry.Providers;
        }

        Assert.Contains(expected.ToString(), File.ReadAllText(Path.Combine(Root, "docs", "pricing.md")), StringComparison.Ordinal);
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static string Folder([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
