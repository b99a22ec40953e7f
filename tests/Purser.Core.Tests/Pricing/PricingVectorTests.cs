using System.Globalization;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;
using YamlDotNet.Serialization;

namespace Purser.Core.Tests.Pricing;

/// <summary>The golden vectors of <c>tests/vectors/pricing</c>, worked by hand.</summary>
public sealed class PricingVectorTests
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in Directory.GetFiles(ShippedPrices.Vectors, "*.yml").Order(StringComparer.Ordinal))
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
    public void A_vector_is_priced_as_it_was_by_hand(string file, string name)
    {
        var vector = Load(Path.Combine(ShippedPrices.Vectors, file)).Single(candidate => candidate.Name == name);
        var slash = vector.Model.IndexOf('/', StringComparison.Ordinal);
        var book = BookOf(file);
        var model = book.FindModel(vector.Model[..slash], vector.Model[(slash + 1)..]);
        var price = model?.PriceAt(DateTimeOffset.Parse(vector.At, CultureInfo.InvariantCulture));
        Assert.NotNull(price);
        var usage = new TokenUsage();
        foreach (var (usageClass, quantity) in vector.Usage)
        {
            usage[Enum.Parse<UsageClass>(usageClass)] = quantity;
        }
        var terms = new PricingTerms(
            vector.Terms.GetValueOrDefault("service_tier"),
            vector.Terms.GetValueOrDefault("inference_geo"),
            vector.Terms.GetValueOrDefault("speed"),
            DateTimeOffset.Parse(vector.At, CultureInfo.InvariantCulture),
            vector.Terms.GetValueOrDefault("variant")
        );

        var result = PriceCalculator.Price(price, usage, terms);
        var quick = PriceCalculator.TryCost(price, usage, terms, out var cost, out var failure);

        Assert.Equal(vector.Failure ?? "None", result.Failure.Kind.ToString());
        Assert.Equal(result.Failure, failure);
        Assert.Equal(result.Charge is not null, quick);
        if (vector.Failure is not null)
        {
            return;
        }
        Assert.Equal(decimal.Parse(vector.ExactUsd!, CultureInfo.InvariantCulture), result.Charge!.ExactUsd);
        Assert.Equal(vector.Nanos, result.Charge.Cost.Nanos);
        Assert.Equal(vector.Nanos, cost.Nanos);
        Assert.Equal(result.Charge.ExactUsd, result.Charge.Lines.Sum(line => line.Usd));
        Assert.Equal(vector.Entry ?? price.Entry, result.Charge.Entry);
    }

    [Fact]
    public void Each_rule_that_prices_can_get_wrong_has_a_vector()
    {
        string[] rules =
        [
            "aliases",
            "batch",
            "cache write lifetimes",
            "cache writes of OpenAI",
            "cached input inside input",
            "cached input outside input",
            "currency",
            "decimals, rounded once",
            "effective dates",
            "fast mode",
            "fees per call",
            "fees per request",
            "long context",
            "machine hours",
            "marginal context",
            "modalities",
            "pages, time, characters and images",
            "reasoning",
            "residency",
            "service tier of the response",
            "time windows",
            "unpriced is never free",
            "variants",
        ];

        var covered = Directory.GetFiles(ShippedPrices.Vectors, "*.yml").SelectMany(Load).Select(vector => vector.Rule);

        Assert.Equal(rules, covered.Distinct().Order(StringComparer.Ordinal));
    }

    private static List<Vector> Load(string path) => LoadFile(path).Cases;

    private static VectorFile LoadFile(string path) => new DeserializerBuilder().Build().Deserialize<VectorFile>(File.ReadAllText(path));

    // The shipped one, unless the file has one of its own.
    private static PriceBook BookOf(string file)
    {
        if (LoadFile(Path.Combine(ShippedPrices.Vectors, file)).Book is not { } text)
        {
            return ShippedPrices.Book;
        }
        var result = PriceBook.Parse([new(file, text)]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    public sealed class VectorFile
    {
        [YamlMember(Alias = "book")]
        public string? Book { get; set; }

        [YamlMember(Alias = "cases")]
        public List<Vector> Cases { get; set; } = [];
    }

    public sealed class Vector
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "rule")]
        public string Rule { get; set; } = "";

        [YamlMember(Alias = "model")]
        public string Model { get; set; } = "";

        [YamlMember(Alias = "at")]
        public string At { get; set; } = "";

        [YamlMember(Alias = "terms")]
        public Dictionary<string, string> Terms { get; set; } = [];

        [YamlMember(Alias = "usage")]
        public Dictionary<string, long> Usage { get; set; } = [];

        [YamlMember(Alias = "exact_usd")]
        public string? ExactUsd { get; set; }

        [YamlMember(Alias = "nanos")]
        public long Nanos { get; set; }

        [YamlMember(Alias = "entry")]
        public string? Entry { get; set; }

        [YamlMember(Alias = "failure")]
        public string? Failure { get; set; }
    }
}
