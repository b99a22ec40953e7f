using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Cli.Quoting;
using Purser.Core.Pricing;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Purser.Cli.Tests.Quoting;

/// <summary>Reads the cases of <c>tests/vectors/book</c> and <c>tests/vectors/readers</c>, and quotes them.</summary>
internal static class QuoteVectors
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .IgnoreUnmatchedProperties()
        .Build();

    /// <summary>The cases of a folder, with the names of their files.</summary>
    public static IReadOnlyList<(string File, QuoteVector Vector)> In(string folder) =>
        [
            .. Directory
                .GetFiles(PathOf(folder), "*.yml")
                .Order(StringComparer.Ordinal)
                .SelectMany(path => Read<VectorFile>(path).Cases.Select(vector => (Path.GetFileName(path), vector))),
        ];

    /// <summary>Reads a file.</summary>
    public static T Read<T>(string path) => Yaml.Deserialize<T>(File.ReadAllText(path));

    /// <summary>A path in <c>tests/vectors</c>.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, "tests", "vectors", .. parts]);

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>What <c>prices quote --usage</c> says. The usage goes in as it is written, members that are there twice too.</summary>
    public static JsonNode Quote(PriceBook book, QuoteVector vector, string provider, string api)
    {
        var line = new JsonObject { ["provider"] = provider, ["api"] = api };
        foreach (var (member, value) in vector.Line)
        {
            line[member] = value;
        }
        var text = line.ToJsonString()[..^1] + $",\"usage\":{vector.Usage}}}";
        using var output = new MemoryStream();
        UsageQuotes.Run(book, default, new MemoryStream(Encoding.UTF8.GetBytes(text)), output);
        return JsonNode.Parse(output.ToArray())!;
    }

    /// <summary>A line of a quote as the cases write it: <c>input 800 × 0.25 = 0.0002</c>.</summary>
    public static string Line(JsonNode line) =>
        $"{line["class"]} {line["quantity"]} × {line["price_per_mtok"] ?? line.AsObject().Single(part => part.Key.StartsWith("price_per_", StringComparison.Ordinal) && part.Value is not null).Value} = {line["cost_usd"]}";

    private static string FindRoot()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        return folder;
    }

    private sealed class VectorFile
    {
        /// <summary>Lists of readers that the cases refer to.</summary>
        public Dictionary<string, List<string>> Formats { get; set; } = [];
        public List<QuoteVector> Cases { get; set; } = [];
    }
}

/// <summary>A line of usage, and what it costs.</summary>
internal sealed class QuoteVector
{
    public string Name { get; set; } = "";
    public string Because { get; set; } = "";

    /// <summary>What the source says; of cases of the shipped book alone.</summary>
    public string Rates { get; set; } = "";

    /// <summary>The numbers of the rules that it is about.</summary>
    public List<int> Rules { get; set; } = [];

    /// <summary>The readers that it holds for, as <c>provider/api</c>; empty where its line names one.</summary>
    public List<string> Readers { get; set; } = [];

    /// <summary>The dimensions of a price that it is about.</summary>
    public List<string> Covers { get; set; } = [];
    public Dictionary<string, string> Line { get; set; } = [];
    public string Usage { get; set; } = "";
    public string? Usd { get; set; }
    public List<string> Lines { get; set; } = [];
    public string? Entry { get; set; }
    public string? Error { get; set; }
}
