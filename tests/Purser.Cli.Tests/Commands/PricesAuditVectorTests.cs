using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace Purser.Cli.Tests.Commands;

/// <summary>The golden vectors of <c>tests/vectors/audit</c>, worked by hand.</summary>
public sealed class PricesAuditVectorTests
{
    private static readonly string Folder = Path.Combine(Root(), "tests", "vectors", "audit");

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in Directory.GetFiles(Folder, "*.yml").Order(StringComparer.Ordinal))
        {
            foreach (var vector in Load(path))
            {
                cases.Add(Path.GetFileName(path), vector.Name);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_vector_finds_what_was_found_by_hand_and_nothing_else(string file, string name)
    {
        var vector = Load(Path.Combine(Folder, file)).Single(candidate => candidate.Name == name);
        using var run = new CliRun();
        var files = vector.Files.Select((text, index) => run.Write(text.TrimEnd('\n'), $"{index}.json")).ToList();

        var findings = await ListAsync(run, files, "findings", vector);
        var rows = await ListAsync(run, files, "rows", vector);
        var unreadable = await ListAsync(run, files, "unreadable", vector);

        Assert.Equal(
            vector.Findings.Select(finding => finding.ToString()).Order(),
            findings.Where(finding => (string?)finding["kind"] != "saving").Select(Found).Order()
        );
        if (vector.Savings is { } savings)
        {
            Assert.Equal(
                savings.Select(finding => finding.ToString()).Order(),
                findings.Where(finding => (string?)finding["kind"] == "saving").Select(Found).Order()
            );
        }
        if (vector.Rows is { } expected)
        {
            Assert.Equal(expected.Select(row => row.ToString()), rows.Select(Row));
        }
        Assert.Equal(vector.Unreadable, unreadable.Select(row => (string)row["why"]!));
    }

    [Fact]
    public void Each_finding_has_a_vector()
    {
        var found = Directory
            .GetFiles(Folder, "*.yml")
            .SelectMany(Load)
            .SelectMany(vector => vector.Findings.Concat(vector.Savings ?? []))
            .Select(finding => finding.Name)
            .ToHashSet();

        Assert.Empty(Documented().Except(found));
        Assert.Empty(found.Except(Documented()));
    }

    private static async Task<List<JsonNode>> ListAsync(CliRun run, List<string> files, string what, Vector vector)
    {
        var exit = await run.RunAsync([
            "prices",
            "audit",
            .. files,
            "--prices",
            Path.Combine(Folder, "book"),
            "--list",
            what,
            "--format",
            "json",
        ]);
        Assert.True(exit == (vector.Unreadable.Count > 0 ? ExitCode.Failed : ExitCode.Ok), run.Error);
        return [.. JsonNode.Parse(run.Out)!["data"]!.AsArray().OfType<JsonNode>()];
    }

    // The names in the tables of the guide.
    private static HashSet<string> Documented() =>
        [
            .. File.ReadLines(Path.Combine(Root(), "docs", "audit.md"))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Split('`')[1])
                .Where(name => name.All(letter => char.IsAsciiLetterLower(letter) || letter == '_' || char.IsAsciiDigit(letter))),
        ];

    private static string Found(JsonNode finding) =>
        Expected.Text((string?)finding["name"], (string?)finding["kind"], (string?)finding["subject"], (string?)finding["usd"]);

    private static string Row(JsonNode row) =>
        ExpectedRow.Text(
            (string?)row["model"],
            (long)row["requests"]!,
            (string?)row["billed_usd"],
            (string?)row["book_low_usd"],
            (string?)row["book_high_usd"],
            (string?)row["difference_usd"]
        );

    private static List<Vector> Load(string path) =>
        new DeserializerBuilder().Build().Deserialize<VectorFile>(File.ReadAllText(path)).Cases;

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));

    public sealed class VectorFile
    {
        [YamlMember(Alias = "cases")]
        public List<Vector> Cases { get; set; } = [];
    }

    public sealed class Vector
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "because")]
        public string Because { get; set; } = "";

        [YamlMember(Alias = "files")]
        public List<string> Files { get; set; } = [];

        [YamlMember(Alias = "findings")]
        public List<Expected> Findings { get; set; } = [];

        [YamlMember(Alias = "savings")]
        public List<Expected>? Savings { get; set; }

        [YamlMember(Alias = "rows")]
        public List<ExpectedRow>? Rows { get; set; }

        [YamlMember(Alias = "unreadable")]
        public List<string> Unreadable { get; set; } = [];
    }

    public sealed class Expected
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "kind")]
        public string Kind { get; set; } = "";

        [YamlMember(Alias = "subject")]
        public string? Subject { get; set; }

        [YamlMember(Alias = "usd")]
        public string? Usd { get; set; }

        public override string ToString() => Text(Name, Kind, Subject, Usd);

        public static string Text(string? name, string? kind, string? subject, string? usd) => $"{kind} {name} [{subject}] {Plain(usd)}";
    }

    public sealed class ExpectedRow
    {
        [YamlMember(Alias = "model")]
        public string Model { get; set; } = "";

        [YamlMember(Alias = "requests")]
        public long Requests { get; set; }

        [YamlMember(Alias = "billed")]
        public string? Billed { get; set; }

        [YamlMember(Alias = "low")]
        public string? Low { get; set; }

        [YamlMember(Alias = "high")]
        public string? High { get; set; }

        [YamlMember(Alias = "difference")]
        public string? Difference { get; set; }

        public override string ToString() => Text(Model, Requests, Billed, Low, High, Difference);

        public static string Text(string? model, long requests, string? billed, string? low, string? high, string? difference) =>
            $"{model} × {requests}: {Plain(billed)} for {Plain(low)} to {Plain(high)}, {Plain(difference)}";
    }

    private static string Plain(string? amount) =>
        amount is null
            ? "-"
            : decimal.Parse(amount, CultureInfo.InvariantCulture).ToString("0.####################", CultureInfo.InvariantCulture);
}
