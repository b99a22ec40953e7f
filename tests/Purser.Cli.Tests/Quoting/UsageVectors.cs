using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Providers.Bodies;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Purser.Cli.Tests.Quoting;

/// <summary>The cases of <c>tests/vectors/usage</c>.</summary>
internal static class UsageVectors
{
    private const string Models = """
        sources:
          test: made up, so that each class has a rate of its own
        models:
          - id: m
            aliases: [m-served, gemini-2-test, sonar-deep-research-m, amazon.titan-m, amazon.nova-m, meta.llama-m, us.meta.llama-m,
              ai21.jamba-m, mistral.m, anthropic.claude-m, "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-m"]
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
          - id: gratis
            prices:
              - start: unknown
                source: test
                free: true
        """;

    private static readonly Lazy<(string File, UsageVector Vector)[]> Loaded = new(Load);
    private static readonly Lazy<PriceBook> Priced = new(ReadBook);

    /// <summary>The made-up prices of the cases: those of each provider that is known.</summary>
    public static PriceBook Book => Priced.Value;

    /// <summary>Every case, and its file.</summary>
    public static IReadOnlyList<(string File, UsageVector Vector)> All => Loaded.Value;

    /// <summary>One case.</summary>
    public static UsageVector Of(string file, string name) => All.Single(known => known.File == file && known.Vector.Name == name).Vector;

    /// <summary>The repository's folder.</summary>
    public static string Root()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }
        return folder;
    }

    private static (string, UsageVector)[] Load()
    {
        var yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build();
        return
        [
            .. Directory
                .GetFiles(Path.Combine(Root(), "tests", "vectors", "usage"), "*.yml")
                .Order(StringComparer.Ordinal)
                .SelectMany(path =>
                    yaml.Deserialize<VectorFile>(File.ReadAllText(path)).Cases.Select(vector => (Path.GetFileName(path), vector))
                ),
        ];
    }

    private static PriceBook ReadBook()
    {
        var providers = BodyReaders.Known.Select(known => known.Provider.Replace("*", "nebius", StringComparison.Ordinal)).Distinct();
        var result = PriceBook.Parse([.. providers.Select(name => new PriceFile(name, $"provider: {name}\n{Models}"))]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private sealed class VectorFile
    {
        public List<UsageVector> Cases { get; set; } = [];
    }
}

/// <summary>A line of usage, and what it costs.</summary>
internal sealed class UsageVector
{
    public string Name { get; set; } = "";
    public string Because { get; set; } = "";
    public Dictionary<string, string> Line { get; set; } = [];
    public string? Usage { get; set; }
    public string? Stream { get; set; }
    public List<EventFrame>? Frames { get; set; }
    public string? Usd { get; set; }
    public string? InputUsd { get; set; }
    public string? OutputUsd { get; set; }
    public string? ProviderUsd { get; set; }
    public string? ProviderUpstreamUsd { get; set; }
    public string? NotBilled { get; set; }
    public string? Error { get; set; }

    /// <summary>The model that was asked for; null where the line names none.</summary>
    public string? Model => Line.GetValueOrDefault("model");

    /// <summary>The stream's bytes; null where the case has none.</summary>
    public byte[]? StreamBytes() =>
        Frames is not null ? [.. Frames.SelectMany(frame => frame.ToBytes())]
        : Stream is null ? null
        : Encoding.UTF8.GetBytes(Stream);

    /// <summary>The line as it's given to the command.</summary>
    public byte[] ToLine()
    {
        var line = new JsonObject { ["id"] = Name };
        foreach (var (member, value) in Line)
        {
            line[member] = value;
        }
        if (Usage is not null)
        {
            line["usage"] = JsonNode.Parse(Usage);
        }
        if (Frames is not null)
        {
            line["stream_base64"] = Convert.ToBase64String(StreamBytes()!);
        }
        else if (Stream is not null)
        {
            line["stream"] = Stream;
        }
        return Encoding.UTF8.GetBytes(line.ToJsonString());
    }
}
