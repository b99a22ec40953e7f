using System.Globalization;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Import;
using Purser.Core.Usage;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class PriceHoursTests
{
    // A peak on weekdays in Shanghai, 9 to 12 and 14 to 18 o'clock, which is 1 to 4 and 6 to 10 in UTC; not on 1 October.
    private const string Peak = """
        provider: x
        models:
          - id: m
            prices:
              - start: 2026-08-16T16:00:00Z
                source: s
                input_per_mtok: 1
                output_per_mtok: 4
                web_search_per_call: 0.01
                hours:
                  - name: peak
                    zone: Asia/Shanghai
                    days: [monday, tuesday, wednesday, thursday, friday]
                    times: ["09:00-12:00", "14:00-18:00"]
                    except: [2026-10-01]
                    input_per_mtok: 2
                    output_per_mtok: 8
        """;

    [Theory]
    [InlineData("2026-09-02T00:59:59Z", "0.000005")] // Wednesday, a second before: 1 × 1 + 1 × 4 µ$
    [InlineData("2026-09-02T01:00:00Z", "0.00001")] // 1 × 2 + 1 × 8 µ$
    [InlineData("2026-09-02T03:59:59Z", "0.00001")]
    [InlineData("2026-09-02T04:00:00Z", "0.000005")]
    [InlineData("2026-09-02T06:00:00Z", "0.00001")]
    [InlineData("2026-09-02T09:59:59Z", "0.00001")]
    [InlineData("2026-09-02T10:00:00Z", "0.000005")]
    [InlineData("2026-09-02T09:00:00+08:00", "0.00001")] // the same instant as 01:00 UTC
    [InlineData("2026-09-05T02:00:00Z", "0.000005")] // Saturday
    [InlineData("2026-10-01T02:00:00Z", "0.000005")] // a Thursday that is excepted
    [InlineData("2026-10-02T02:00:00Z", "0.00001")]
    public void The_hour_of_the_request_decides(string at, string usd) =>
        Assert.Equal(Dollars(usd), Price(Peak, Used, new(At: Instant(at))).Charge!.ExactUsd);

    [Fact]
    public void A_span_may_end_with_the_day()
    {
        var late = Peak.Replace("\"09:00-12:00\", \"14:00-18:00\"", "\"22:00-24:00\"", StringComparison.Ordinal);

        // 23:59:59 in Shanghai is 15:59:59 in UTC.
        Assert.Equal(0.00001m, Price(late, Used, new(At: Instant("2026-09-02T15:59:59Z"))).Charge!.ExactUsd);
        Assert.Equal(0.000005m, Price(late, Used, new(At: Instant("2026-09-02T16:00:00Z"))).Charge!.ExactUsd);
    }

    [Fact]
    public void Without_the_time_it_is_refused()
    {
        var result = Price(Peak, Used, default);

        Assert.Equal(PricingFailureKind.TimeUnknown, result.Failure.Kind);
        Assert.Equal("x/m@2026-08-16T16:00:00Z depends on the time of day, which isn't known", result.Failure.Describe(Entry(Peak)));
        Assert.False(PriceCalculator.TryCost(Entry(Peak), Used, default, out _, out _));
    }

    [Fact]
    public void A_fee_per_call_holds_at_all_hours()
    {
        var usage = Used;
        usage[UsageClass.WebSearch] = 3;

        // 2 + 8 µ$, and three searches of a cent.
        Assert.Equal(0.03001m, Price(Peak, usage, new(At: Instant("2026-09-02T01:00:00Z"))).Charge!.ExactUsd);
    }

    [Fact]
    public void The_ceiling_is_of_the_dearest_hours()
    {
        var bounds = new CeilingBounds { MaxInputTokens = 1_000, MaxOutputTokens = 100 };

        // 1,000 × 2 + 100 × 8 µ$
        Assert.Equal(0.0028m, PriceCalculator.Ceiling(Entry(Peak), bounds).Ceiling!.Value.Usd);
        // Where other hours are cheaper, 1,000 × 1 + 100 × 4 µ$.
        var night = Peak.Replace("input_per_mtok: 2", "input_per_mtok: 0.5", StringComparison.Ordinal)
            .Replace("output_per_mtok: 8", "output_per_mtok: 2", StringComparison.Ordinal);
        Assert.Equal(0.0014m, PriceCalculator.Ceiling(Entry(night), bounds).Ceiling!.Value.Usd);
    }

    [Fact]
    public void Hours_that_dont_say_what_a_long_context_costs_refuse_it()
    {
        var longer = Peak.Replace(
            "        hours:",
            "        long_context: [{ above_input_tokens: 10, input_per_mtok: 5, output_per_mtok: 6 }]\n        hours:",
            StringComparison.Ordinal
        );
        var usage = Used;
        usage[UsageClass.Input] = 11;

        // 11 × 5 + 1 × 6 µ$ off the peak.
        Assert.Equal(0.000061m, Price(longer, usage, new(At: Instant("2026-09-02T00:00:00Z"))).Charge!.ExactUsd);
        Assert.Equal(PricingFailureKind.LongContextUnpriced, Price(longer, usage, new(At: Instant("2026-09-02T01:00:00Z"))).Failure.Kind);
    }

    [Theory]
    [InlineData("output_per_mtok: 8", "output_per_mtok: 9", false)]
    [InlineData("09:00-12:00", "09:00-12:30", false)]
    [InlineData("output_per_mtok: 8", "output_per_mtok: 8.0", true)]
    public void Prices_are_the_same_only_with_the_same_hours(string right, string other, bool same) =>
        Assert.Equal(same, NamedRates.AreSame(Entry(Peak), Entry(Peak.Replace(right, other, StringComparison.Ordinal))));

    [Fact]
    public void Hours_without_a_rate_for_a_class_refuse_it()
    {
        var usage = Used;
        usage[UsageClass.CacheRead] = 1;
        usage[UsageClass.AudioInput] = 1;

        Assert.Equal(PricingFailureKind.ClassUnpriced, Price(Peak, usage, new(At: Instant("2026-09-02T01:00:00Z"))).Failure.Kind);
    }

    [Theory]
    [InlineData("name: peak", "name: rush")]
    [InlineData("Asia/Shanghai", "UTC")]
    [InlineData("monday, ", "")]
    [InlineData("09:00-12:00", "09:00-12:30")]
    [InlineData("2026-10-01", "2026-10-02")]
    [InlineData("input_per_mtok: 2", "input_per_mtok: 3")]
    public void The_version_of_the_book_is_of_the_hours_too(string right, string other) =>
        Assert.NotEqual(Book(Peak).Version, Book(Peak.Replace(right, other, StringComparison.Ordinal)).Version);

    [Theory]
    [InlineData(PriceErrorKind.MissingKey, "times: [\"09:00-12:00\", \"14:00-18:00\"]", "note: no times")]
    [InlineData(PriceErrorKind.MissingKey, "name: peak", "note: no name")]
    [InlineData(PriceErrorKind.WrongValue, "\"09:00-12:00\"", "\"12:00-09:00\"")]
    [InlineData(PriceErrorKind.WrongValue, "\"09:00-12:00\"", "\"9-12\"")]
    [InlineData(PriceErrorKind.WrongValue, "monday", "1")]
    [InlineData(PriceErrorKind.WrongValue, "monday", "workday")]
    [InlineData(PriceErrorKind.WrongValue, "2026-10-01]", "10-01]")]
    [InlineData(PriceErrorKind.WrongValue, "Asia/Shanghai", "Asia/Nowhere")]
    [InlineData(PriceErrorKind.UnknownKey, "days:", "weekdays:")]
    [InlineData(
        PriceErrorKind.WrongValue,
        "        hours:",
        "        speeds: { fast: { input_per_mtok: 3, output_per_mtok: 9 } }\n        hours:"
    )]
    public void What_is_wrong_is_reported(PriceErrorKind kind, string right, string wrong)
    {
        var result = PriceBook.Parse([new("x.yml", Peak.Replace(right, wrong, StringComparison.Ordinal))]);

        Assert.Contains(result.Errors, error => error.Kind == kind && error.Line > 4);
    }

    private static TokenUsage Used
    {
        get
        {
            var usage = default(TokenUsage);
            usage[UsageClass.Input] = 1;
            usage[UsageClass.Output] = 1;
            return usage;
        }
    }

    private static ChargeResult Price(string file, TokenUsage usage, PricingTerms terms) =>
        PriceCalculator.Price(Entry(file), usage, terms);

    private static SkuPrice Entry(string file) => Book(file).FindModel("x", "m")!.Prices.Single();

    private static PriceBook Book(string file)
    {
        var result = PriceBook.Parse([new("x.yml", file)]);
        Assert.Empty(result.Errors);
        return result.Book!;
    }

    private static decimal Dollars(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
