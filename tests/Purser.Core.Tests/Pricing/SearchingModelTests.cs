using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>Models that search the web for each request, asked or not.</summary>
public sealed class SearchingModelTests
{
    private const string Shop = """
        provider: shop
        fees:
          - models: [sized]
            source: the shop's page
            low_context_request_per_call: 0.01
            medium_context_request_per_call: 0.02
            high_context_request_per_call: 0.05
        models:
          - id: sized
            always_searches: true
            default_search_context: medium
            prices: [{ start: unknown, source: s, input_per_mtok: 1, output_per_mtok: 2, service_tiers: { batch: { input_per_mtok: 0.5 } } }]
          - id: counted
            always_searches: true
            prices: [{ start: unknown, source: s, input_per_mtok: 1, output_per_mtok: 2, web_search_per_call: 0.01 }]
          - id: unknown
            always_searches: true
            prices: [{ start: unknown, source: s, input_per_mtok: 1, output_per_mtok: 2 }]
          - id: quiet
            prices: [{ start: unknown, source: s, input_per_mtok: 1, output_per_mtok: 2 }]
        """;

    private static readonly TokenUsage Tokens = new() { [UsageClass.Input] = 500, [UsageClass.Output] = 100 };

    [Theory]
    [InlineData("sized", PricingFailureKind.RequestFeeUnknown)]
    [InlineData("counted", PricingFailureKind.SearchUnknown)]
    [InlineData("unknown", PricingFailureKind.SearchUnknown)]
    [InlineData("quiet", PricingFailureKind.None)]
    public void A_usage_that_does_not_state_the_search_has_no_price(string model, PricingFailureKind why)
    {
        var result = PriceCalculator.Price(Price(model), Tokens, default);

        Assert.Equal(why, result.Failure.Kind);
        Assert.Equal(why == PricingFailureKind.None, result.Charge is not null);
        Assert.Equal(why == PricingFailureKind.None, PriceCalculator.TryCost(Price(model), Tokens, default, out _, out _));
    }

    // 500 × 1 + 100 × 2 = 700 µ$, and the fee.
    [Theory]
    [InlineData("sized", UsageClass.LowContextRequest, 1, 0.0107)]
    [InlineData("sized", UsageClass.MediumContextRequest, 1, 0.0207)]
    [InlineData("sized", UsageClass.HighContextRequest, 1, 0.0507)]
    [InlineData("counted", UsageClass.WebSearch, 1, 0.0107)]
    [InlineData("counted", UsageClass.WebSearch, 3, 0.0307)]
    public void A_usage_that_states_it_has_one(string model, UsageClass search, long quantity, double usd)
    {
        var usage = Tokens;
        usage[search] = quantity;

        Assert.Equal((decimal)usd, PriceCalculator.Price(Price(model), usage, default).Charge?.ExactUsd);
    }

    [Fact]
    public void The_fee_of_the_search_holds_in_a_tier()
    {
        var usage = new TokenUsage { [UsageClass.Input] = 500, [UsageClass.HighContextRequest] = 1 };

        // 500 × 0.5 = 250 µ$; + $0.05
        Assert.Equal(0.05025m, PriceCalculator.Price(Price("sized"), usage, new("batch")).Charge?.ExactUsd);
    }

    [Fact]
    public void The_ceiling_has_the_dearest_size()
    {
        var bounds = new CeilingBounds { MaxInputTokens = 500, MaxOutputTokens = 100 };

        // 700 µ$; + $0.05
        Assert.Equal(Money.FromUsdRoundedUp(0.0507m), PriceCalculator.Ceiling(Price("sized"), bounds).Ceiling);
    }

    [Theory]
    [InlineData("counted")]
    [InlineData("unknown")]
    public void Where_nothing_bounds_the_searches_there_is_no_ceiling(string model)
    {
        var result = PriceCalculator.Ceiling(Price(model), new() { MaxInputTokens = 500, MaxOutputTokens = 100 });

        Assert.Null(result.Ceiling);
        Assert.Equal(PricingFailureKind.SearchUnbounded, result.Failure.Kind);
    }

    [Theory]
    [InlineData("always_searches: true\n", "")]
    [InlineData("default_search_context: medium", "default_search_context: high")]
    public void What_a_model_says_of_its_searches_is_part_of_the_books_version(string old, string now)
    {
        // Without the first, the fees beside it have to go, too.
        var text = Shop[Shop.IndexOf("models:\n  - id", StringComparison.Ordinal)..];
        var changed = old.StartsWith("always", StringComparison.Ordinal)
            ? text.Replace("    always_searches: true\n    prices", "    prices", StringComparison.Ordinal)
            : text.Replace(old, now, StringComparison.Ordinal);

        Assert.NotEqual(text, changed);
        Assert.NotEqual(Book($"provider: shop\n{text}").Version, Book($"provider: shop\n{changed}").Version);
    }

    [Theory]
    [InlineData("{ id: m, default_search_context: medium, PRICES }", "without 'always_searches: true'")]
    [InlineData("{ id: m, always_searches: true, default_search_context: large, PRICES }", "'default_search_context' is 'large'")]
    [InlineData("{ id: m, always_searches: perhaps, PRICES }", "'always_searches' is 'perhaps'")]
    public void A_models_searches_are_read_strictly(string model, string said) =>
        Assert.Contains(
            Errors(
                "models: ["
                    + model.Replace("PRICES", "prices: [{ start: unknown, source: s, input_per_mtok: 1 }]", StringComparison.Ordinal)
                    + "]"
            ),
            error => error.Message.Contains(said, StringComparison.Ordinal) && error.Suggestion is { Length: > 0 }
        );

    [Theory]
    [InlineData("{ source: s, low_context_request_per_call: 1 }")]
    [InlineData("{ models: [a, m], source: s, low_context_request_per_call: 1 }")]
    public void Only_the_fee_of_a_search_that_each_request_has_stands_beside_prices(string item) =>
        Assert.Contains(
            Errors(
                $"fees: [{item}]\nmodels: [{{ id: m, prices: [{{ start: unknown, source: s, input_per_mtok: 1 }}] }}, "
                    + "{ id: a, always_searches: true, prices: [{ start: unknown, source: s, input_per_mtok: 1 }] }]"
            ),
            error => error.Message.Contains("'low_context_request_per_call'", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData("openai", "gpt-4o-search-preview")]
    [InlineData("openai", "gpt-4o-search-preview-2025-03-11")]
    [InlineData("openai", "gpt-4o-mini-search-preview")]
    [InlineData("openai", "gpt-5-search-api")]
    [InlineData("openai", "gpt-5-search-api-2025-10-14")]
    [InlineData("azure", "gpt-4o-search-preview")]
    [InlineData("azure", "gpt-4o-mini-search-preview-2025-03-11")]
    [InlineData("openrouter", "openai/gpt-4o-search-preview")]
    [InlineData("openrouter", "openai/gpt-4o-mini-search-preview")]
    public void No_shipped_model_of_OpenAIs_that_always_searches_is_priced_by_its_tokens(string provider, string model)
    {
        var price = ShippedPrices.Book.FindModel(provider, model)!.Prices[^1];

        Assert.Null(PriceCalculator.Price(price, Tokens, default).Charge);
        // The fees are known of two.
        Assert.Equal(
            provider == "openai" && model.StartsWith("gpt-4o", StringComparison.Ordinal),
            PriceCalculator.Ceiling(price, new() { MaxInputTokens = 500, MaxOutputTokens = 100 }).Ceiling is not null
        );
    }

    private static SkuPrice Price(string model) => Book(Shop).FindModel("shop", model)!.Prices[0];

    private static PriceBook Book(string text)
    {
        var result = PriceBook.Parse([new("x.yml", text)]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private static IReadOnlyList<PriceError> Errors(string rest) => PriceBook.Parse([new("x.yml", $"provider: p\n{rest}")]).Errors;
}
