using Purser.Core.Pricing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class PriceCalculatorTests
{
    private static readonly SkuPrice Sonnet = Price("anthropic", "claude-sonnet-4-6");

    [Fact]
    public void A_charge_has_a_line_for_each_class_that_was_used()
    {
        var usage = new TokenUsage
        {
            [UsageClass.Input] = 1000,
            [UsageClass.CacheWrite1h] = 10,
            [UsageClass.Output] = 100,
            [UsageClass.WebSearch] = 1,
        };

        var charge = PriceCalculator.Price(Sonnet, usage, new(InferenceGeo: "us")).Charge!;

        // 3 × 1.1, 6 × 1.1 and 15 × 1.1 a million; the search isn't uplifted
        Assert.Equal(
            [
                new(UsageClass.Input, 1000, 3.3m, PriceUnit.MillionTokens, 0.0033m),
                new(UsageClass.CacheWrite1h, 10, 6.6m, PriceUnit.MillionTokens, 0.000066m),
                new(UsageClass.Output, 100, 16.5m, PriceUnit.MillionTokens, 0.00165m),
                new ChargeLine(UsageClass.WebSearch, 1, 0.01m, PriceUnit.Call, 0.01m),
            ],
            charge.Lines
        );
        Assert.Equal(0.015016m, charge.ExactUsd);
        Assert.Equal("anthropic/claude-sonnet-4-6@2026-03-13", charge.Entry);
    }

    [Fact]
    public void Nothing_used_costs_nothing()
    {
        var charge = PriceCalculator.Price(Sonnet, default, default).Charge!;

        Assert.Equal(Money.Zero, charge.Cost);
        Assert.Empty(charge.Lines);
    }

    [Fact]
    public void A_failure_names_what_has_no_price()
    {
        var usage = new TokenUsage { [UsageClass.AudioOutput] = 1 };

        var failure = PriceCalculator.Price(Sonnet, usage, default).Failure;

        Assert.Equal(new PricingFailure(PricingFailureKind.ClassUnpriced, UsageClass.AudioOutput), failure);
        Assert.Equal("anthropic/claude-sonnet-4-6@2026-03-13 has no audio_output_per_mtok", failure.Describe(Sonnet));
    }

    [Theory]
    [InlineData("flex", null, null, "anthropic/claude-sonnet-4-6@2026-03-13 has no price for the service tier 'flex'")]
    [InlineData(null, "mars", null, "anthropic/claude-sonnet-4-6@2026-03-13 has no price for inference in 'mars'")]
    [InlineData(null, null, "fast", "anthropic/claude-sonnet-4-6@2026-03-13 has no price for the speed 'fast'")]
    [InlineData(
        "batch",
        null,
        "fast",
        "anthropic/claude-sonnet-4-6@2026-03-13 has no price for the speed 'fast' in the service tier 'batch'"
    )]
    public void A_failure_names_the_terms_that_have_no_price(string? tier, string? geo, string? speed, string words)
    {
        var result = PriceCalculator.Price(Sonnet, new TokenUsage { [UsageClass.Input] = 1 }, new(tier, geo, speed));

        Assert.Null(result.Charge);
        Assert.Equal(words, result.Failure.Describe(Sonnet));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_000_000_000_001)]
    public void More_than_can_be_counted_is_refused(long quantity) =>
        Assert.Equal(
            PricingFailureKind.AmountOutOfRange,
            PriceCalculator.Price(Sonnet, new TokenUsage { [UsageClass.Input] = quantity }, default).Failure.Kind
        );

    [Fact]
    public void More_than_money_can_hold_is_refused()
    {
        // 10^15 tokens × 15 $/M = 1.5 × 10^10 $, and money ends at 9.2 × 10^9
        var usage = new TokenUsage { [UsageClass.Output] = 1_000_000_000_000_000 };

        Assert.False(PriceCalculator.TryCost(Sonnet, usage, default, out _, out var failure));
        Assert.Equal(PricingFailureKind.AmountOutOfRange, failure.Kind);
    }

    [Fact]
    public void The_quick_way_allocates_nothing()
    {
        var usage = new TokenUsage { [UsageClass.Input] = 1000, [UsageClass.Output] = 100 };
        var terms = new PricingTerms("batch", "us");
        Assert.True(PriceCalculator.TryCost(Sonnet, usage, terms, out _, out _));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++)
        {
            PriceCalculator.TryCost(Sonnet, usage, terms, out _, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static SkuPrice Price(string provider, string model) =>
        ShippedPrices.Book.FindModel(provider, model)!.PriceAt(new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero))!;
}
