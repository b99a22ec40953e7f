using System.Globalization;
using CsCheck;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class CeilingTests
{
    [Fact]
    public void Without_a_cache_the_ceiling_is_input_and_output() =>
        // 1,000 × 3 + 100 × 15 = 4,500 µ$
        Assert.Equal(0.0045m, Usd("anthropic", "claude-sonnet-4-6", new() { MaxInputTokens = 1000, MaxOutputTokens = 100 }));

    [Theory]
    [InlineData(CacheWriteHint.None, "0.003")] // 1,000 × 3
    [InlineData(CacheWriteHint.FiveMinutes, "0.00375")] // 1,000 × 3.75
    [InlineData(CacheWriteHint.OneHour, "0.006")] // 1,000 × 6
    [InlineData(CacheWriteHint.Automatic, "0.00375")] // 1,000 × 3.75
    public void A_cache_write_that_the_request_allows_raises_the_input(CacheWriteHint hint, string usd) =>
        Assert.Equal(
            Dollars(usd),
            Usd(
                "anthropic",
                "claude-sonnet-4-6",
                new()
                {
                    MaxInputTokens = 1000,
                    MaxOutputTokens = 0,
                    CacheWriteHint = hint,
                }
            )
        );

    [Theory]
    [InlineData(200_000, "0.615")] // 200,000 × 3 + 1,000 × 15 = 615,000 µ$
    [InlineData(200_001, "1.222506")] // 200,001 × 6 + 1,000 × 22.5 = 1,222,506 µ$
    public void A_context_tier_that_the_input_can_reach_raises_all(long input, string usd) =>
        Assert.Equal(Dollars(usd), Usd("anthropic", "claude-sonnet-4-5", new() { MaxInputTokens = input, MaxOutputTokens = 1000 }));

    [Theory]
    [InlineData(null, "0.00045")] // 1,000 × 0.25 + 100 × 2 = 450 µ$
    [InlineData("auto", "0.00045")]
    [InlineData("flex", "0.00045")] // it may be served as standard
    [InlineData("priority", "0.00081")] // 1,000 × 0.45 + 100 × 3.6 = 810 µ$
    public void A_tier_asked_for_counts_where_it_is_dearer_than_standard(string? tier, string usd) =>
        Assert.Equal(
            Dollars(usd),
            Usd(
                "openai",
                "gpt-5-mini",
                new()
                {
                    MaxInputTokens = 1000,
                    MaxOutputTokens = 100,
                    ServiceTier = tier,
                }
            )
        );

    [Theory]
    [InlineData("batch", "0.000225")] // 1,000 × 0.125 + 100 × 1 = 225 µ$
    [InlineData("priority", "0.00081")]
    [InlineData("auto", "0.00045")]
    public void A_tier_that_is_certain_counts_alone(string tier, string usd) =>
        Assert.Equal(
            Dollars(usd),
            Usd(
                "openai",
                "gpt-5-mini",
                new()
                {
                    MaxInputTokens = 1000,
                    MaxOutputTokens = 100,
                    ServiceTier = tier,
                    TierIsCertain = true,
                }
            )
        );

    [Fact]
    public void A_place_and_searches_are_part_of_the_ceiling() =>
        // (1,000 × 5 + 100 × 25) × 1.1 = 8,250 µ$, and 5 × $0.01
        Assert.Equal(
            0.05825m,
            Usd(
                "anthropic",
                "claude-opus-4-6",
                new()
                {
                    MaxInputTokens = 1000,
                    MaxOutputTokens = 100,
                    InferenceGeo = "us",
                    WebSearches = 5,
                }
            )
        );

    [Fact]
    public void A_speed_is_part_of_the_ceiling() =>
        // 1,000 × 10 × 2 (one hour) + 100 × 50 = 25,000 µ$
        Assert.Equal(
            0.025m,
            Usd(
                "anthropic",
                "claude-opus-5",
                new()
                {
                    MaxInputTokens = 1000,
                    MaxOutputTokens = 100,
                    Speed = "fast",
                    CacheWriteHint = CacheWriteHint.OneHour,
                }
            )
        );

    [Theory]
    [InlineData(false, false, "0.0035")] // 1,000 × 2.5 + 100 × 10 = 3,500 µ$
    [InlineData(true, false, "0.033")] // 1,000 × 32 + 100 × 10 = 33,000 µ$
    [InlineData(true, true, "0.0384")] // 1,000 × 32 + 100 × 64 = 38,400 µ$
    public void Audio_raises_the_side_that_may_hold_it(bool input, bool output, string usd) =>
        Assert.Equal(
            Dollars(usd),
            Usd(
                "openai",
                "gpt-audio",
                new()
                {
                    MaxInputTokens = 1000,
                    MaxOutputTokens = 100,
                    NonTextInput = input,
                    AudioOutput = output,
                }
            )
        );

    [Fact]
    public void Images_that_a_model_bills_as_text_need_no_rate() =>
        Assert.Equal(
            0.003m,
            Usd(
                "anthropic",
                "claude-sonnet-4-6",
                new()
                {
                    MaxInputTokens = 1000,
                    MaxOutputTokens = 0,
                    NonTextInput = true,
                }
            )
        );

    [Fact]
    public void The_fee_of_a_request_is_in_its_ceiling_at_the_largest_context() =>
        // 1,000 × 1 + 100 × 1 = 1,100 µ$; + $0.012, once
        Assert.Equal(0.0131m, Usd("perplexity", "sonar", Some));

    [Fact]
    public void Marginal_tiers_count_for_the_tokens_that_reach_them()
    {
        const string Text = """
            provider: p
            models:
              - id: m
                prices:
                  - start: unknown
                    source: s
                    input_per_mtok: 2
                    cache_write_5m_per_mtok: 3
                    output_per_mtok: 10
                    request_per_call: 0.005
                    long_context: [{ above_input_tokens: 1000, marginal: true, input_per_mtok: 4 }]
            """;
        var price = PriceBook.Parse([new("x.yml", Text)]).Book!.Models[0].Prices[0];

        decimal? Most(CacheWriteHint hint) =>
            PriceCalculator
                .Ceiling(
                    price,
                    new()
                    {
                        MaxInputTokens = 1500,
                        MaxOutputTokens = 100,
                        CacheWriteHint = hint,
                    }
                )
                .Ceiling?.Usd;

        // 1,000 × 2 + 500 × 4 + 100 × 10 = 5,000 µ$; + $0.005
        Assert.Equal(0.01m, Most(CacheWriteHint.None));
        // 1,000 × 3 + 500 × 4 + 100 × 10 = 6,000 µ$; + $0.005
        Assert.Equal(0.011m, Most(CacheWriteHint.FiveMinutes));
    }

    [Theory]
    [InlineData("perplexity", "sonar-deep-research", false)]
    [InlineData("mistral", "voxtral-small-24b-2507", true)]
    [InlineData("cohere", "embed-english-v3.0", true)]
    public void What_no_request_bounds_has_no_ceiling(string provider, string model, bool nonText)
    {
        var bounds = new CeilingBounds
        {
            MaxInputTokens = 1000,
            MaxOutputTokens = 0,
            NonTextInput = nonText,
        };

        var failure = PriceCalculator.Ceiling(Price(provider, model), bounds).Failure;

        Assert.Equal(PricingFailureKind.Unbounded, failure.Kind);
        Assert.Contains("nothing in a request bounds", failure.Describe(Price(provider, model)), StringComparison.Ordinal);
    }

    public static TheoryData<string, CeilingBounds, PricingFailureKind> Refused() =>
        new()
        {
            { "gpt-5-mini", Some with { AudioOutput = true }, PricingFailureKind.ClassUnpriced },
            { "gpt-5-mini", Some with { CacheWriteHint = CacheWriteHint.OneHour }, PricingFailureKind.ClassUnpriced },
            { "gpt-6-sol", Some with { WebSearches = 1 }, PricingFailureKind.ClassUnpriced },
            { "gpt-5-mini", Some with { ServiceTier = "scale" }, PricingFailureKind.ServiceTierUnpriced },
            { "gpt-5-mini", Some with { Speed = "fast" }, PricingFailureKind.SpeedUnpriced },
            { "gpt-5-mini", Some with { InferenceGeo = "us" }, PricingFailureKind.GeoUnpriced },
            { "gpt-5-mini", Some with { ServiceTier = "flex", Speed = "fast" }, PricingFailureKind.CombinationUnpriced },
            { "gpt-5.5", Some with { ServiceTier = "priority", MaxInputTokens = 272_001 }, PricingFailureKind.LongContextUnpriced },
            { "gpt-5-mini", Some with { MaxOutputTokens = long.MaxValue }, PricingFailureKind.AmountOutOfRange },
            { "o1-pro", Some with { MaxOutputTokens = 100_000_000_000_000 }, PricingFailureKind.AmountOutOfRange },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_the_entry_cannot_price_has_no_ceiling(string model, CeilingBounds bounds, PricingFailureKind kind)
    {
        var result = PriceCalculator.Ceiling(Price("openai", model), bounds);

        Assert.Null(result.Ceiling);
        Assert.Equal(kind, result.Failure.Kind);
    }

    [Fact]
    public void No_usage_within_the_bounds_costs_more_than_the_ceiling() =>
        Gen.Select(RandomPrice.Sku, RandomPrice.Bounds, RandomPrice.Shares)
            .Sample(
                (price, bounds, shares) =>
                {
                    var ceiling = PriceCalculator.Ceiling(price, bounds);
                    foreach (var (usage, terms) in RandomPrice.Within(bounds, shares))
                    {
                        var priced = PriceCalculator.TryCost(price, usage, terms, out var cost, out _);
                        if (ceiling.Ceiling is { } most && priced && cost > most)
                        {
                            return false;
                        }
                    }
                    return true;
                },
                iter: 2_000
            );

    [Fact]
    public void A_shipped_model_has_a_ceiling_for_any_text_request_within_its_limits() =>
        Assert.All(
            // What deep research cites isn't bounded, nor how often a model searches; what has no rate for tokens takes no text.
            ShippedPrices.Book.Models.Where(model =>
                model.Id != "sonar-deep-research" && TakesText(model) && !model.Prices[^1].SearchesUncounted
            ),
            model =>
            {
                var price = model.PriceAt(new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero))!;
                var bounds = new CeilingBounds
                {
                    MaxInputTokens = model.ContextTokens ?? 1_000_000,
                    // Embeddings have no output.
                    MaxOutputTokens = price.Standard.Rates.IsPriced(UsageClass.Output) ? model.MaxOutputTokens ?? 64_000 : 0,
                    CacheWriteHint = CacheWriteHint.Automatic,
                };
                Assert.NotNull(PriceCalculator.Ceiling(price, bounds).Ceiling);
            }
        );

    private static bool TakesText(PricedModel model) => model.Prices[^1].Standard.Rates.IsPriced(UsageClass.Input);

    private static decimal Dollars(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private static CeilingBounds Some => new() { MaxInputTokens = 1000, MaxOutputTokens = 100 };

    private static decimal Usd(string provider, string model, CeilingBounds bounds)
    {
        var result = PriceCalculator.Ceiling(Price(provider, model), bounds);
        Assert.Equal(PricingFailureKind.None, result.Failure.Kind);
        return result.Ceiling!.Value.Usd;
    }

    private static SkuPrice Price(string provider, string model) =>
        ShippedPrices.Book.FindModel(provider, model)!.PriceAt(new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero))!;
}
