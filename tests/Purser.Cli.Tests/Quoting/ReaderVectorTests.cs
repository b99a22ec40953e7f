using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Providers.Bodies;

namespace Purser.Cli.Tests.Quoting;

/// <summary>The golden vectors of <c>tests/vectors/readers</c>: each reader meets each dimension of a price, or a reason why it can't.</summary>
public sealed class ReaderVectorTests
{
    // What a quote has where a case covers a dimension; the others leave no mark of their own in it.
    private static readonly Dictionary<string, string[]> Dimensions = new()
    {
        ["cache_read"] = ["cache_read", "audio_cache_read", "image_cache_read"],
        ["cache_write_5m"] = ["cache_write_5m"],
        ["cache_write_1h"] = ["cache_write_1h"],
        ["long_context"] = [],
        ["service_tier"] = [],
        ["geo"] = [],
        ["speed"] = [],
        ["audio"] = ["audio_input", "audio_output"],
        ["image"] = ["image_input", "image_output"],
        ["reasoning"] = ["reasoning_output"],
        ["searches"] = ["web_search"],
        ["hours"] = [],
        ["dates"] = [],
    };

    private static readonly IReadOnlyList<(string File, QuoteVector Vector)> Vectors = QuoteVectors.In("readers");
    private static readonly Lazy<PriceBook> Book = new(ReadBook);

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var (file, vector) in Vectors)
        {
            cases.Add(file, vector.Name);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_usage_costs_the_same_wherever_its_format_is_spoken(string file, string name)
    {
        var vector = Vectors.Single(known => known.File == file && known.Vector.Name == name).Vector;
        Assert.NotEmpty(vector.Because);
        Assert.NotEqual(vector.Usd is null, vector.Error is null);

        foreach (var reader in vector.Readers)
        {
            var (provider, api) = (
                Concrete(reader[..reader.IndexOf('/', StringComparison.Ordinal)]),
                reader[(reader.IndexOf('/', StringComparison.Ordinal) + 1)..]
            );
            var quote = QuoteVectors.Quote(Book.Value, vector, provider, api);

            Assert.Equal((reader, vector.Error, vector.Usd), (reader, (string?)quote["error"], (string?)quote["cost_usd"]));
            Assert.All(vector.Covers, dimension => Assert.True(Shows(quote, dimension), $"{reader}: {dimension}"));
        }
    }

    [Fact]
    public void Each_reader_meets_each_dimension_of_a_price()
    {
        var absent = QuoteVectors.Read<MatrixFile>(QuoteVectors.PathOf("readers", "matrix.yml")).Without;
        Assert.All(absent, without => Assert.NotEmpty(without.Because));
        var met = Vectors.SelectMany(known => Pairs(known.Vector.Readers, known.Vector.Covers)).ToHashSet();
        var excused = absent.SelectMany(without => Pairs(without.Readers, without.Dimensions)).ToHashSet();
        var known = BodyReaders.Known.SelectMany(reader => Pairs([$"{reader.Provider}/{reader.Api}"], [.. Dimensions.Keys])).ToHashSet();

        Assert.Empty(known.Except(met).Except(excused).Select(cell => $"{cell.Reader} has no case for {cell.Dimension}"));
        Assert.Empty(met.Intersect(excused).Select(cell => $"{cell.Reader} has a case and a reason to have none for {cell.Dimension}"));
        Assert.Empty(excused.Except(known).Select(cell => $"there is no {cell.Reader} or {cell.Dimension}"));
    }

    private static IEnumerable<(string Reader, string Dimension)> Pairs(List<string> readers, List<string> dimensions) =>
        readers.SelectMany(reader => dimensions.Select(dimension => (reader, dimension)));

    private static bool Shows(JsonNode quote, string dimension) =>
        Dimensions[dimension] is not [_, ..] classes || quote["lines"]!.AsArray().Any(line => classes.Contains((string?)line!["class"]));

    private static string Concrete(string provider) => provider.Replace("*", "nebius", StringComparison.Ordinal);

    private static PriceBook ReadBook()
    {
        var rates = File.ReadAllText(QuoteVectors.PathOf("readers", "rates.yml"));
        var providers = BodyReaders.Known.Select(known => Concrete(known.Provider)).Distinct();
        var result = PriceBook.Parse([.. providers.Select(name => new PriceFile(name, $"provider: {name}\n{rates}"))]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private sealed class MatrixFile
    {
        public Dictionary<string, List<string>> Formats { get; set; } = [];
        public List<Without> Without { get; set; } = [];
    }

    private sealed class Without
    {
        public List<string> Readers { get; set; } = [];
        public List<string> Dimensions { get; set; } = [];
        public string Because { get; set; } = "";
    }
}
