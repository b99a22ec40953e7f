using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class PriceBookTests
{
    private const string Shop = """
        provider: shop
        sources:
          list: the price list of 2026
        models:
          - id: big
            aliases: [big-latest, big-2026-01-01]
            context_tokens: 200000
            max_output_tokens: 8000
            reasoning: true
            prices:
              - start: unknown
                source: list
                input_per_mtok: 1
                output_per_mtok: 2
              - start: 2026-08-16T16:00:00Z
                source: [list, a letter]
                input_per_mtok: 3
                output_per_mtok: 4
          - id: small
            prices:
              - start: 2026-01-01
                end: 2026-02-01
                source: list
                input_per_mtok: 0.5
                output_per_mtok: 0.50
        """;

    [Theory]
    [InlineData("shop", "big", "big")]
    [InlineData("shop", "big-latest", "big")]
    [InlineData("shop", "big-2026-01-01", "big")]
    [InlineData("shop", "small", "small")]
    [InlineData("shop", "BIG", null)]
    [InlineData("shop", "big-2026-01-02", null)]
    [InlineData("shop", "bi", null)]
    [InlineData("other", "big", null)]
    public void A_model_is_found_by_its_exact_names_alone(string provider, string name, string? id) =>
        Assert.Equal(id, Book(Shop).FindModel(provider, name)?.Id);

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", "shop/big@unknown")]
    [InlineData("2026-08-16T15:59:59.9999999Z", "shop/big@unknown")]
    [InlineData("2026-08-16T16:00:00Z", "shop/big@2026-08-16T16:00:00Z")]
    [InlineData("2026-08-16T18:00:00+02:00", "shop/big@2026-08-16T16:00:00Z")]
    [InlineData("9999-12-31T00:00:00Z", "shop/big@2026-08-16T16:00:00Z")]
    public void The_price_changes_at_its_exact_instant(string at, string entry) =>
        Assert.Equal(entry, Book(Shop).FindModel("shop", "big")!.PriceAt(Instant(at))!.Entry);

    [Theory]
    [InlineData("2025-12-31T23:59:59Z", null)]
    [InlineData("2026-01-01T00:00:00Z", "shop/small@2026-01-01")]
    [InlineData("2026-01-31T23:59:59Z", "shop/small@2026-01-01")]
    [InlineData("2026-02-01T00:00:00Z", null)]
    public void Outside_its_dates_a_model_has_no_price(string at, string? entry) =>
        Assert.Equal(entry, Book(Shop).FindModel("shop", "small")!.PriceAt(Instant(at))?.Entry);

    [Fact]
    public void A_model_has_what_its_file_says()
    {
        var model = Book(Shop).FindModel("shop", "big")!;

        Assert.Equal(
            ("shop", "big", 200_000L, 8_000L, true),
            (model.Provider, model.Id, model.ContextTokens, model.MaxOutputTokens, model.Reasoning)
        );
        Assert.Equal(["big-latest", "big-2026-01-01"], model.Aliases);
        Assert.Equal(["the price list of 2026", "the price list of 2026; a letter"], model.Prices.Select(price => price.Source));
        Assert.Equal(model.Prices[1].Start, model.Prices[0].End);
        Assert.Equal(4m, model.Prices[1].Standard.Rates.Listed(UsageClass.Output));
        Assert.Null(model.Prices[1].Standard.Rates.Listed(UsageClass.ReasoningOutput));
    }

    [Fact]
    public void A_local_model_is_free_because_it_says_so()
    {
        var book = Book(
            "provider: my-vllm\nmodels:\n  - id: llama\n    prices: [{ start: unknown, source: our own machines, free: true }]\n"
        );

        var usage = new TokenUsage
        {
            [UsageClass.Input] = 1000,
            [UsageClass.Output] = 1000,
            [UsageClass.AudioSecond] = 1,
        };
        var price = book.FindModel("my-vllm", "llama")!.Prices[0];
        var result = PriceCalculator.Price(price, usage, default);

        Assert.Equal(Money.Zero, result.Charge!.Cost);
        Assert.Equal("my-vllm/llama@unknown", result.Charge.Entry);
        // A model that is free says nothing of what a search costs.
        usage[UsageClass.WebSearch] = 1;
        Assert.Equal(
            new PricingFailure(PricingFailureKind.ClassUnpriced, UsageClass.WebSearch),
            PriceCalculator.Price(price, usage, default).Failure
        );
        var search = new CeilingBounds
        {
            MaxInputTokens = 10,
            MaxOutputTokens = 10,
            WebSearches = 1,
        };
        Assert.Equal(PricingFailureKind.ClassUnpriced, PriceCalculator.Ceiling(price, search).Failure.Kind);
        Assert.Equal(Money.Zero, PriceCalculator.Ceiling(price, search with { WebSearches = 0 }).Ceiling);
    }

    [Theory]
    [InlineData("input_per_mtok: 0")]
    [InlineData("input_per_mtok: 0.00")]
    public void A_rate_of_zero_is_fine_where_the_price_is_free(string rate) =>
        Book($"provider: my-vllm\nmodels:\n  - id: llama\n    prices: [{{ start: unknown, source: ours, free: true, {rate} }}]\n");

    [Fact]
    public void A_later_file_replaces_a_model_that_it_gives_anew()
    {
        const string Own =
            "provider: shop\nmodels:\n  - id: big\n    replace: true\n    prices: [{ start: unknown, source: our contract, input_per_mtok: 0.8 }]\n";

        var book = PriceBook.Parse([new("shop.yml", Shop), new("own.yml", Own)]).Book!;

        Assert.Equal(2, book.Models.Count);
        Assert.Equal("our contract", book.FindModel("shop", "big")!.Prices.Single().Source);
        Assert.Null(book.FindModel("shop", "big-latest"));
    }

    [Fact]
    public void A_later_file_adds_a_model_to_a_provider()
    {
        const string More = "provider: shop\nmodels:\n  - id: new\n    prices: [{ start: unknown, source: s, input_per_mtok: 1 }]\n";

        var book = PriceBook.Parse([new("shop.yml", Shop), new("more.yml", More)]).Book!;

        Assert.Equal(["big", "new", "small"], book.Models.Select(model => model.Id));
    }

    [Fact]
    public void The_version_is_the_same_for_the_same_content()
    {
        var version = Book(Shop).Version;

        Assert.Matches("^[0-9a-f]{12}$", version);
        Assert.Equal(version, Book(Shop.Replace("input_per_mtok: 0.5", "input_per_mtok: 0.50", StringComparison.Ordinal)).Version);
        Assert.Equal(
            version,
            Book(Shop.Replace("[big-latest, big-2026-01-01]", "[big-2026-01-01, big-latest] # swapped", StringComparison.Ordinal)).Version
        );
    }

    [Theory]
    [InlineData("output_per_mtok: 4", "output_per_mtok: 4.1")]
    [InlineData("big-latest, ", "")]
    [InlineData("max_output_tokens: 8000", "max_output_tokens: 8001")]
    [InlineData("end: 2026-02-01", "end: 2026-02-02")]
    [InlineData("2026-08-16T16:00:00Z", "2026-08-16T16:00:01Z")]
    public void The_version_changes_with_the_content(string old, string changed) =>
        Assert.NotEqual(Book(Shop).Version, Book(Shop.Replace(old, changed, StringComparison.Ordinal)).Version);

    private static PriceBook Book(string text)
    {
        var result = PriceBook.Parse([new("shop.yml", text)]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
