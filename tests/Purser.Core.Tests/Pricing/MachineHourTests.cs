using System.Globalization;
using CsCheck;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

/// <summary>Prices by the hour of the operator's own machine. 3.6 USD an hour are 1 µ$ a millisecond.</summary>
public sealed class MachineHourTests
{
    private const string Local = """
        provider: local
        fees: [{ source: s, web_search_per_call: 0.01 }]
        models:
          - id: m
            context_tokens: 8000
            max_output_tokens: 2000
            max_seconds: 120
            prices: [{ start: unknown, source: s, compute_per_hour: 3.6 }]
          - id: endless
            context_tokens: 8000
            max_output_tokens: 2000
            prices: [{ start: unknown, source: s, compute_per_hour: 3.6 }]
        """;

    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("input_per_mtok: 1")]
    [InlineData("output_per_mtok: 1")]
    [InlineData("long_context: [{ above_input_tokens: 5, input_per_mtok: 1 }]")]
    [InlineData("service_tiers: { batch: { input_per_mtok: 1 } }")]
    [InlineData("speeds: { fast: { input_per_mtok: 1 } }")]
    [InlineData("geo_uplift: { us: 1.1 }")]
    [InlineData("hours: [{ name: peak, zone: UTC, days: [monday], times: ['01:00-02:00'], request_per_call: 1 }]")]
    [InlineData("free: true")]
    public void A_price_by_the_hour_has_nothing_beside_it_that_would_price_the_same_work(string beside) =>
        Assert.Contains(
            Errors($"models: [{{ id: m, prices: [{{ start: unknown, source: s, compute_per_hour: 1, {beside} }}] }}]"),
            error => error.Kind == PriceErrorKind.WrongValue && error.Suggestion is { Length: > 0 }
        );

    [Theory]
    [InlineData(
        "models: [{ id: m, prices: [{ start: unknown, source: s, input_per_mtok: 1, service_tiers: { b: { compute_per_hour: 1 } } }] }]"
    )]
    [InlineData(
        "models: [{ id: m, prices: [{ start: unknown, source: s, input_per_mtok: 1, long_context: [{ above_input_tokens: 5, compute_per_hour: 1 }] }] }]"
    )]
    [InlineData(
        "fees: [{ source: s, compute_per_hour: 1 }]\nmodels: [{ id: m, prices: [{ start: unknown, source: s, input_per_mtok: 1 }] }]"
    )]
    public void An_hour_is_a_price_of_its_own_and_no_part_of_one(string rest) =>
        Assert.Contains(Errors(rest), error => error.Kind == PriceErrorKind.UnknownKey);

    [Theory]
    [InlineData("0", "compute_per_hour: 1")]
    [InlineData("1.5", "compute_per_hour: 1")]
    [InlineData("86401", "compute_per_hour: 1")]
    [InlineData("60", "input_per_mtok: 1")]
    public void A_limit_of_time_is_whole_seconds_of_a_day_and_only_where_time_is_the_price(string seconds, string rate) =>
        Assert.Contains(
            Errors($"models: [{{ id: m, max_seconds: {seconds}, prices: [{{ start: unknown, source: s, {rate} }}] }}]"),
            error => error.Kind == PriceErrorKind.WrongValue && error.Message.Contains("max_seconds", StringComparison.Ordinal)
        );

    [Fact]
    public void A_zero_needs_the_word_free() =>
        Assert.Contains(
            Errors("models: [{ id: m, prices: [{ start: unknown, source: s, compute_per_hour: 0 }] }]"),
            error => error.Kind == PriceErrorKind.NotFree
        );

    [Fact]
    public void The_limit_of_time_is_part_of_the_books_version() =>
        Assert.NotEqual(Book(Local).Version, Book(Local.Replace("max_seconds: 120", "max_seconds: 121", StringComparison.Ordinal)).Version);

    [Fact]
    public void The_ceiling_is_the_limit_of_time_whatever_the_tokens_are()
    {
        var bounds = new CeilingBounds
        {
            MaxInputTokens = 8000,
            MaxOutputTokens = 2000,
            NonTextInput = true,
            CacheWriteHint = CacheWriteHint.OneHour,
            WebSearches = 2,
            MaxComputeMilliseconds = 120_000,
        };

        // 120,000 × 1 µ$ + 2 × $0.01
        Assert.Equal(Money.FromUsdRoundedUp(0.14m), PriceCalculator.Ceiling(Price("m"), bounds).Ceiling);
    }

    [Fact]
    public void Without_a_limit_of_time_there_is_no_ceiling()
    {
        var result = PriceCalculator.Ceiling(Price("m"), new() { MaxInputTokens = 1, MaxOutputTokens = 1 });

        Assert.Equal(new PricingFailure(PricingFailureKind.Unbounded, UsageClass.ComputeMillisecond), result.Failure);
    }

    [Fact]
    public void No_usage_within_its_bounds_costs_more_than_the_ceiling() =>
        Gen.Select(Gen.Long[1, 90_000_000_000], Gen.Long[1, 86_400_000], Gen.Double[0, 1], Gen.Long[0, 100_000], Gen.Long[0, 3])
            .Sample(
                (rate, most, part, tokens, searches) =>
                {
                    var perHour = (rate / 1_000_000_000m).ToString(CultureInfo.InvariantCulture);
                    var price = Book(Local.Replace("3.6", perHour, StringComparison.Ordinal)).FindModel("local", "m")!.Prices[0];
                    var ceiling = PriceCalculator.Ceiling(
                        price,
                        new()
                        {
                            MaxInputTokens = tokens,
                            MaxOutputTokens = tokens,
                            WebSearches = searches,
                            MaxComputeMilliseconds = most,
                        }
                    );
                    var usage = new TokenUsage
                    {
                        [UsageClass.Input] = tokens,
                        [UsageClass.Output] = tokens,
                        [UsageClass.WebSearch] = searches,
                        [UsageClass.ComputeMillisecond] = Math.Max(1, (long)(most * part)),
                    };

                    Assert.True(PriceCalculator.TryCost(price, usage, default, out var cost, out _));
                    Assert.True(cost <= ceiling.Ceiling);
                    usage[UsageClass.ComputeMillisecond] = most;
                    Assert.True(PriceCalculator.TryCost(price, usage, default, out cost, out _));
                    Assert.Equal(ceiling.Ceiling, cost);
                }
            );

    [Theory]
    [InlineData(UsageClass.AudioSecond)]
    [InlineData(UsageClass.SpeechCharacter)]
    [InlineData(UsageClass.OcrPage)]
    [InlineData(UsageClass.InputImage)]
    [InlineData(UsageClass.GeneratedImage)]
    public void What_is_counted_beside_tokens_is_not_in_the_time(UsageClass usageClass)
    {
        var usage = new TokenUsage { [UsageClass.ComputeMillisecond] = 1000, [usageClass] = 2 };

        var result = PriceCalculator.Price(Price("m"), usage, default);

        Assert.Equal(new PricingFailure(PricingFailureKind.ClassUnpriced, usageClass), result.Failure);
    }

    [Fact]
    public void A_fee_of_a_page_may_stand_beside_the_time()
    {
        var book = Book(
            "provider: p\nmodels: [{ id: m, prices: [{ start: unknown, source: s, compute_per_hour: 3.6, ocr_per_page: 0.001 }] }]"
        );
        var usage = new TokenUsage { [UsageClass.ComputeMillisecond] = 1000, [UsageClass.OcrPage] = 2 };

        // 1,000 × 1 µ$ + 2 × $0.001
        Assert.Equal(0.003m, PriceCalculator.Price(book.FindModel("p", "m")!.Prices[0], usage, default).Charge?.ExactUsd);
    }

    [Fact]
    public void A_request_is_routed_where_its_time_has_a_limit()
    {
        var decision = Router.Route(Asking("m"), Catalog, Now);

        var candidate = Assert.Single(decision.Candidates);
        Assert.Equal(TimeSpan.FromSeconds(120), candidate.TimeLimit);
        // 120,000 × 1 µ$; fewer tokens take nothing from it.
        Assert.Equal(Money.FromUsdRoundedUp(0.12m), candidate.Ceiling);
        Assert.Equal(candidate.Ceiling, candidate.CeilingFor(1));
        Assert.Equal(candidate.Ceiling, candidate.WithInput(1).Ceiling);
    }

    [Fact]
    public void A_request_whose_time_nothing_bounds_is_refused_and_told_what_to_add()
    {
        var decision = Router.Route(Asking("endless"), Catalog, Now);

        Assert.Equal(RouteRefusal.Unbounded, decision.Refusal);
        Assert.Contains("max_seconds", decision.Reason, StringComparison.Ordinal);
    }

    private static ModelCatalog Catalog { get; } =
        new([.. Book(Local).Models.Select(model => new CatalogModel("local", "openai", ServedFormats.Of("chat"), model.Id, model))]);

    private static TaskProfile Asking(string model) =>
        new()
        {
            Model = model,
            Format = "chat",
            BodyBytes = 100,
        };

    private static SkuPrice Price(string model) => Book(Local).FindModel("local", model)!.Prices[0];

    private static PriceBook Book(string text)
    {
        var result = PriceBook.Parse([new("local.yml", text)]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private static IReadOnlyList<PriceError> Errors(string rest) => PriceBook.Parse([new("x.yml", $"provider: x\n{rest}\n")]).Errors;
}
