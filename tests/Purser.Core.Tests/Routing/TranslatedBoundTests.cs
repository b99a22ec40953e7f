using Purser.Core.Pricing;
using Purser.Core.Routing;
using Xunit;

namespace Purser.Core.Tests.Routing;

/// <summary>The most that a request can cost whose format isn't its provider's.</summary>
public sealed class TranslatedBoundTests
{
    private const string Shop = """
        provider: shop
        models:
          - id: m
            context_tokens: 100000
            prices: [{ start: unknown, source: s, input_per_mtok: 1, output_per_mtok: 0, web_search_per_call: 0.01 }]
        """;

    private static readonly PriceBook Book = PriceBook.Parse([new PriceFile("shop.yml", Shop)]).Book!;

    // A search of the vendor's own: ten calls, each with a turn of its own and a fee. A translation leaves it out.
    [Theory]
    [InlineData("own", 11 * 100_000)]
    [InlineData("other", 900)]
    public void Tools_that_the_vendor_runs_count_in_its_own_format_alone(string format, long tokens)
    {
        var formats = new ServedFormats(new HashSet<string> { "own" }, new HashSet<string> { "other" });
        var profile = new TaskProfile
        {
            Format = format,
            Model = "m",
            BodyBytes = 900,
            MaxOutputTokens = 10,
            HostedToolCalls = 10,
            HasWebSearch = true,
            SearchesPerCall = 1,
            ToolsAddInput = true,
        };

        var model = new CatalogModel("shop", "shop", formats, "m", Book.FindModel("shop", "m"));
        var candidate = Assert.Single(Router.Route(profile, new ModelCatalog([model]), DateTimeOffset.UnixEpoch).Candidates);

        Assert.Equal(tokens, candidate.MaxInputTokens);
        Assert.Equal(new Money(tokens * 1000 + (format == "own" ? 10 * 10_000_000L : 0)), candidate.Ceiling);
    }

    // Claude Code marks its prompts. Where a model has no price for writes to a cache there are none, and the translation leaves the marks out.
    [Theory]
    [InlineData("own", CacheWriteHint.FiveMinutes, false)]
    [InlineData("other", CacheWriteHint.FiveMinutes, true)]
    [InlineData("other", CacheWriteHint.OneHour, true)]
    public void Cache_marks_that_a_translation_drops_need_no_price(string format, CacheWriteHint marks, bool isRouted)
    {
        var formats = new ServedFormats(new HashSet<string> { "own" }, new HashSet<string> { "other" });
        var model = new CatalogModel("shop", "shop", formats, "m", Book.FindModel("shop", "m"));
        var profile = new TaskProfile
        {
            Format = format,
            Model = "m",
            BodyBytes = 900,
            MaxOutputTokens = 10,
            CacheWrites = marks,
        };

        Assert.Equal(isRouted, Router.Route(profile, new ModelCatalog([model]), DateTimeOffset.UnixEpoch).Candidates.Count == 1);
    }
}
