using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Cli.Quoting;
using Purser.Core.Pricing;
using Purser.Providers.Bodies;
using YamlDotNet.Serialization;

namespace Purser.Cli.Tests.Quoting;

/// <summary>The golden vectors of <c>tests/vectors/usage</c>, worked by hand.</summary>
public sealed class UsageVectorTests
{
    private const string Models = """
        sources:
          test: made up, so that each class has a rate of its own
        models:
          - id: m
            aliases: [m-served, gemini-2-test]
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                cache_read_per_mtok: 0.2
                cache_write_5m_per_mtok: 2.5
                cache_write_1h_per_mtok: 4
                output_per_mtok: 10
                reasoning_output_per_mtok: 12
                audio_input_per_mtok: 30
                audio_cache_read_per_mtok: 3
                audio_output_per_mtok: 60
                image_input_per_mtok: 5
                image_cache_read_per_mtok: 0.5
                image_output_per_mtok: 40
                web_search_per_call: 0.01
                citation_per_mtok: 7
                file_search_per_call: 0.0025
                attachment_search_per_call: 0.011
                x_search_per_call: 0.006
                code_execution_per_call: 0.007
                container_per_session: 0.03
                maps_grounding_per_call: 0.025
                live_search_per_source: 0.02
                search_unit_per_call: 0.002
                classification_per_call: 0.0005
                ocr_per_page: 0.004
                annotation_per_page: 0.0055
                audio_input_per_hour: 0.36
                speech_per_mchar: 15
                input_image_per_image: 0.0001
                generated_image_per_image: 0.04
                service_tiers:
                  batch: { input_per_mtok: 1, cache_read_per_mtok: 0.1, cache_write_5m_per_mtok: 1.25, cache_write_1h_per_mtok: 2, output_per_mtok: 5, reasoning_output_per_mtok: 6 }
                speeds:
                  fast: { input_per_mtok: 12, cache_read_per_mtok: 1.2, cache_write_5m_per_mtok: 15, cache_write_1h_per_mtok: 24, output_per_mtok: 60, reasoning_output_per_mtok: 72 }
                geo_uplift:
                  us: 1.1
          - id: plain
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                cache_read_per_mtok: 0.2
                output_per_mtok: 10
          - id: sonar
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                output_per_mtok: 10
                low_context_request_per_call: 0.005
                medium_context_request_per_call: 0.008
                high_context_request_per_call: 0.012
          - id: flat
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                output_per_mtok: 10
                request_per_call: 0.005
          - id: video
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                cache_read_per_mtok: 0.2
                output_per_mtok: 10
                image_input_per_mtok: 5
                video_input_per_mtok: 8
                video_cache_read_per_mtok: 0.8
                video_output_per_mtok: 70
        """;

    private static readonly string Folder = Path.Combine(Root(), "tests", "vectors", "usage");
    private static readonly Lazy<PriceBook> Book = new(ReadBook);

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
    public void A_line_costs_what_it_was_worked_out_to_by_hand(string file, string name)
    {
        var vector = Load(Path.Combine(Folder, file)).Single(candidate => candidate.Name == name);
        var line = new JsonObject { ["id"] = name };
        foreach (var (member, value) in vector.Line)
        {
            line[member] = value;
        }
        line["usage"] = JsonNode.Parse(vector.Usage);
        using var output = new MemoryStream();

        UsageQuotes.Run(Book.Value, default, new MemoryStream(Encoding.UTF8.GetBytes(line.ToJsonString())), output);

        var quote = JsonNode.Parse(output.ToArray())!;
        Assert.Equal(vector.Error, (string?)quote["error"]);
        Assert.Equal(vector.Usd, (string?)quote["cost_usd"]);
        if (vector.InputUsd is not null)
        {
            Assert.Equal(vector.InputUsd, (string?)quote["input_cost_usd"]);
        }
        if (vector.OutputUsd is not null)
        {
            Assert.Equal(vector.OutputUsd, (string?)quote["output_cost_usd"]);
        }
        Assert.NotEmpty(vector.Because);
        var lines = quote["lines"]!.AsArray();
        var calls = lines.Where(part => part!["price_per_mtok"] is null).Sum(part => Amount(part!["cost_usd"]));
        Assert.Equal(Amount(quote["cost_usd"]), lines.Sum(part => Amount(part!["cost_usd"])));
        Assert.Equal(Amount(quote["cost_usd"]), Amount(quote["input_cost_usd"]) + Amount(quote["output_cost_usd"]) + calls);
    }

    [Fact]
    public void Each_provider_that_the_table_of_formats_has_is_read()
    {
        var table = File.ReadAllText(Path.Combine(Root(), "docs", "pricing.md"));

        Assert.All(BodyReaders.Known, known => Assert.Contains($"`{known.Provider}`", table, StringComparison.Ordinal));
    }

    private static decimal Amount(JsonNode? amount) => decimal.Parse((string?)amount ?? "0", CultureInfo.InvariantCulture);

    private static PriceBook ReadBook()
    {
        var providers = BodyReaders.Known.Select(known => known.Provider.Replace("*", "nebius", StringComparison.Ordinal)).Distinct();
        var result = PriceBook.Parse([.. providers.Select(name => new PriceFile(name, $"provider: {name}\n{Models}"))]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private static List<Vector> Load(string path) =>
        new DeserializerBuilder()
            .WithNamingConvention(YamlDotNet.Serialization.NamingConventions.UnderscoredNamingConvention.Instance)
            .Build()
            .Deserialize<VectorFile>(File.ReadAllText(path))
            .Cases;

    private static string Root()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        return folder;
    }

    public sealed class VectorFile
    {
        public List<Vector> Cases { get; set; } = [];
    }

    public sealed class Vector
    {
        public string Name { get; set; } = "";
        public string Because { get; set; } = "";
        public Dictionary<string, string> Line { get; set; } = [];
        public string Usage { get; set; } = "";
        public string? Usd { get; set; }
        public string? InputUsd { get; set; }
        public string? OutputUsd { get; set; }
        public string? Error { get; set; }
    }
}
