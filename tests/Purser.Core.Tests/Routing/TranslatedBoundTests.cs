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
            prices: [{ start: unknown, source: s, input_per_mtok: 1, output_per_mtok: 2 }]
        """;

    private static readonly PriceBook Book = PriceBook.Parse([new PriceFile("shop.yml", Shop)]).Book!;

    // Tools of the vendor's own: ten calls, each with a turn after it. A translation leaves them out.
    [Theory]
    [InlineData("own", 11)]
    [InlineData("edited", 11)]
    [InlineData("other", 1)]
    public void Tools_that_the_vendor_runs_count_in_its_own_format_alone(string format, long turns)
    {
        var formats = new ServedFormats(new HashSet<string> { "own" }, new HashSet<string> { "other", "edited" })
        {
            Edited = new HashSet<string> { "edited" },
        };
        var profile = new TaskProfile
        {
            Format = format,
            Model = "m",
            BodyBytes = 900,
            MaxOutputTokens = 10,
            HostedToolCalls = 10,
            ToolsAddInput = true,
        };

        var model = new CatalogModel("shop", "shop", formats, "m", Book.FindModel("shop", "m"));
        var candidate = Assert.Single(Router.Route(profile, new ModelCatalog([model]), DateTimeOffset.UnixEpoch).Candidates);

        var input = turns == 1 ? 900 : turns * 100_000;
        Assert.Equal((input, turns * 10), (candidate.MaxInputTokens, candidate.MaxOutputTokens));
        Assert.Equal(new Money((input * 1000) + (turns * 10 * 2000)), candidate.Ceiling);
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

    // The price has neither a flex tier nor a fast speed, and where the translation leaves them out none is needed.
    [Theory]
    [InlineData("own", true, false)]
    [InlineData("other", true, true)]
    [InlineData("other", false, false)]
    public void Tier_that_a_translation_drops_needs_no_price(string format, bool drops, bool isRouted)
    {
        var formats = new ServedFormats(new HashSet<string> { "own" }, new HashSet<string> { "other" }) { DropsTier = drops };
        var model = new CatalogModel("shop", "shop", formats, "m", Book.FindModel("shop", "m"));
        var profile = new TaskProfile
        {
            Format = format,
            Model = "m",
            BodyBytes = 900,
            MaxOutputTokens = 10,
            Terms = new PricingTerms("flex", null, null),
        };

        Assert.Equal(isRouted, Router.Route(profile, new ModelCatalog([model]), DateTimeOffset.UnixEpoch).Candidates.Count == 1);
    }
}
