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
        var result = PriceBook.Parse([.. providers.Select(name => new PriceFile(name, $"provider: {name}\n{UsageVectorTests.Models}"))]);
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
