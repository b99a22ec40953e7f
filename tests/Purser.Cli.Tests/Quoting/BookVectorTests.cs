using Purser.Core.Pricing;

namespace Purser.Cli.Tests.Quoting;

/// <summary>The golden vectors of <c>tests/vectors/book</c>: usage as vendors send it, priced by the shipped book, worked by hand.</summary>
public sealed class BookVectorTests
{
    private static readonly IReadOnlyList<(string File, QuoteVector Vector)> Vectors = QuoteVectors.In("book");
    private static readonly Lazy<PriceBook> Shipped = new(ReadShipped);

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
    public void A_usage_costs_what_its_vendor_bills(string file, string name)
    {
        var vector = Vectors.Single(known => known.File == file && known.Vector.Name == name).Vector;
        Assert.NotEmpty(vector.Because);
        Assert.NotEmpty(vector.Rates);
        Assert.NotEqual(vector.Usd is null, vector.Error is null);

        var quote = QuoteVectors.Quote(Shipped.Value, vector, vector.Line["provider"], vector.Line["api"]);

        Assert.Equal(vector.Error, (string?)quote["error"]);
        Assert.Equal(vector.Usd, (string?)quote["cost_usd"]);
        Assert.Equal(vector.Lines, quote["lines"]!.AsArray().Select(line => QuoteVectors.Line(line!)));
        Assert.Equal(vector.Entry ?? (string?)quote["entry"], (string?)quote["entry"]);
    }

    [Fact]
    public void Each_rule_of_prices_has_at_least_three_cases()
    {
        var rules = QuoteVectors.Read<RuleFile>(QuoteVectors.PathOf("rules.yml")).Rules;
        var counts = Vectors.SelectMany(known => known.Vector.Rules).CountBy(rule => rule).ToDictionary();

        Assert.Equal(Enumerable.Range(1, 20), rules.Keys.Order());
        Assert.All(rules.Values, rule => Assert.True(rule.Says.Length > 0 && rule.Source.Length > 0));
        Assert.Empty(counts.Keys.Except(rules.Keys));
        Assert.All(
            rules.Keys,
            rule => Assert.True(counts.GetValueOrDefault(rule) >= 3, $"rule {rule} has {counts.GetValueOrDefault(rule)}")
        );
    }

    private static PriceBook ReadShipped()
    {
        var folder = Path.Combine(QuoteVectors.Root, "prices", "providers");
        var files = Directory.GetFiles(folder, "*.yml").Order(StringComparer.Ordinal);
        var result = PriceBook.Parse([.. files.Select(path => new PriceFile(Path.GetFileName(path), File.ReadAllText(path)))]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private sealed class RuleFile
    {
        public Dictionary<int, Rule> Rules { get; set; } = [];
    }

    private sealed class Rule
    {
        public string Says { get; set; } = "";
        public string Source { get; set; } = "";
    }
}
