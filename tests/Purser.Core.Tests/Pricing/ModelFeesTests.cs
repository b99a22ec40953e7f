using System.Globalization;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Import;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>Fees that stand beside entries, and fees of requests.</summary>
public sealed class ModelFeesTests
{
    private const string Shop = """
        provider: shop
        fees:
          - source: the shop's page
            web_search_per_call: 0.01
            file_search_per_call: 0.0025
          - models: [small]
            source: the shop's page
            file_search_per_call: 0.001
        models:
          - id: big
            prices:
              - start: unknown
                source: s
                input_per_mtok: 1
                web_search_per_call: 0.02
                service_tiers: { batch: { input_per_mtok: 0.5 } }
                long_context: [{ above_input_tokens: 1000, input_per_mtok: 2 }]
          - id: small
            prices: [{ start: unknown, source: s, input_per_mtok: 1 }]
          - id: gift
            prices: [{ start: unknown, source: s, free: true }]
          - id: whole-gift
            prices: [{ start: unknown, source: s, free: true, web_search_per_call: 0 }]
        """;

    [Theory]
    // The entry's own fee, the fee of all models, the later item's fee of one, and a free model's tools are not free unless it says so.
    [InlineData("big", UsageClass.WebSearch, "0.02")]
    [InlineData("big", UsageClass.FileSearch, "0.0025")]
    [InlineData("small", UsageClass.WebSearch, "0.01")]
    [InlineData("small", UsageClass.FileSearch, "0.001")]
    [InlineData("gift", UsageClass.WebSearch, "0.01")]
    [InlineData("gift", UsageClass.FileSearch, "0.0025")]
    [InlineData("gift", UsageClass.Input, "0")]
    [InlineData("whole-gift", UsageClass.WebSearch, "0")]
    public void A_fee_beside_an_entry_holds_where_the_entry_has_none(string model, UsageClass usageClass, string usd)
    {
        var price = Price(Shop, model);

        Assert.Equal(Dollars(usd), PriceCalculator.Price(price, new() { [usageClass] = 1 }, default).Charge!.ExactUsd);
    }

    [Fact]
    public void A_fee_beside_an_entry_holds_in_its_tiers_and_for_long_contexts()
    {
        var usage = new TokenUsage { [UsageClass.Input] = 2000, [UsageClass.FileSearch] = 1 };

        // 2,000 × 2 = 4,000 µ$; + $0.0025
        Assert.Equal(0.0065m, PriceCalculator.Price(Price(Shop, "big"), usage, default).Charge!.ExactUsd);
        usage[UsageClass.Input] = 1000;
        // 1,000 × 0.5 = 500 µ$; + $0.0025
        Assert.Equal(0.003m, PriceCalculator.Price(Price(Shop, "big"), usage, new("batch")).Charge!.ExactUsd);
    }

    [Fact]
    public void A_fee_beside_an_entry_is_none_of_its_rates_and_part_of_the_version()
    {
        var without =
            Shop[..Shop.IndexOf("  - models", StringComparison.Ordinal)]
            + Shop[Shop.IndexOf("models:\n  - id", StringComparison.Ordinal)..];

        Assert.Contains(NamedRates.Of(Price(Shop, "small")), rate => rate is { Name: "file_search_per_call", Listed: false });
        Assert.Null(Price(Shop, "small").Standard.Rates.Listed(UsageClass.FileSearch));
        Assert.NotEqual(Book(Shop).Version, Book(without).Version);
        Assert.Equal(["", "small"], Book(Shop).Fees.Select(fees => string.Join(',', fees.Models)));
    }

    [Theory]
    [InlineData(0, "0.0005", true)] // 500 × 1; the context isn't stated
    [InlineData(1, "0.0055", false)] // + $0.005
    [InlineData(2, "0.0105", false)] // 2 × $0.005
    public void A_fee_by_context_needs_the_context(long requests, string usd, bool isRefused)
    {
        var price = Price(
            "provider: p\nmodels: [{ id: m, prices: [{ start: unknown, source: s, input_per_mtok: 1, low_context_request_per_call: 0.005 }] }]",
            "m"
        );

        var result = PriceCalculator.Price(price, new() { [UsageClass.Input] = 500, [UsageClass.LowContextRequest] = requests }, default);

        Assert.Equal(isRefused ? PricingFailureKind.RequestFeeUnknown : PricingFailureKind.None, result.Failure.Kind);
        Assert.Equal(isRefused ? null : Dollars(usd), result.Charge?.ExactUsd);
    }

    [Fact]
    public void A_flat_fee_has_a_line_though_no_usage_counts_it()
    {
        var price = Price("provider: p\nmodels: [{ id: m, prices: [{ start: unknown, source: s, request_per_call: 0.005 }] }]", "m");

        var charge = PriceCalculator.Price(price, default, default).Charge!;

        Assert.Equal([new ChargeLine(UsageClass.FlatRequest, 1, 0.005m, PriceUnit.Call, 0.005m)], charge.Lines);
        Assert.True(PriceCalculator.TryCost(price, default, default, out var cost, out _));
        Assert.Equal(5_000_000, cost.Nanos);
    }

    [Theory]
    [InlineData("1000000", 1_000_000_000_000_000)]
    [InlineData("0.000000001", 1_000_000_000_000_000)]
    [InlineData("1000000", 1)]
    public void No_time_is_too_long_to_be_refused(string rate, long seconds)
    {
        var price = Price(
            $"provider: p\nmodels: [{{ id: m, prices: [{{ start: unknown, source: s, audio_input_per_hour: {rate} }}] }}]",
            "m"
        );

        var kind = PriceCalculator.Price(price, new() { [UsageClass.AudioSecond] = seconds }, default).Failure.Kind;

        // 10^15 × 10^6 / 3,600 are more dollars than money counts.
        Assert.Equal(rate == "1000000" && seconds > 1 ? PricingFailureKind.AmountOutOfRange : PricingFailureKind.None, kind);
    }

    [Fact]
    public void Only_tokens_are_tokens()
    {
        var usage = default(TokenUsage);
        foreach (var key in RateKey.All.Where(key => key.IsFee))
        {
            usage[key.Class] = 7;
        }

        Assert.Equal((0, 0, 0), (usage.InputTokens, usage.OutputTokens, usage.TotalTokens));
        foreach (var key in RateKey.All.Where(key => !key.IsFee))
        {
            usage[key.Class] = 1;
        }
        Assert.Equal(RateKey.All.Count(key => !key.IsFee), usage.TotalTokens);
    }

    [Fact]
    public void A_keys_name_ends_in_its_unit() =>
        Assert.All(RateKey.All, key => Assert.EndsWith($"_per_{PriceUnits.NameOf(key.Unit)}", key.Name, StringComparison.Ordinal));

    private static decimal Dollars(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private static PriceBook Book(string text)
    {
        var result = PriceBook.Parse([new("x.yml", text)]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private static SkuPrice Price(string text, string model)
    {
        var book = Book(text);
        return book.FindModel(book.Models[0].Provider, model)!.Prices[0];
    }
}
