using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>One million input tokens, priced once more.</summary>
public sealed class RepricerTests
{
    private const string Prices = """
        provider: openai
        models:
          - id: plain
            prices:
              - start: unknown
                source: made up
                input_per_mtok: 1
                output_per_mtok: 1
                service_tiers:
                  batch: {input_per_mtok: 0.5, output_per_mtok: 0.5}
                speeds:
                  fast: {input_per_mtok: 6, output_per_mtok: 6}
                geo_uplift: {us: 1.1}
          - id: changed
            prices:
              - {start: unknown, source: made up, input_per_mtok: 1, output_per_mtok: 1}
              - {start: 2026-11-24T12:00:00Z, source: made up, input_per_mtok: 3, output_per_mtok: 3}
          - id: machine
            prices:
              - {start: unknown, source: made up, compute_per_hour: 3.6}
          - id: late
            prices:
              - {start: 2026-12-01, source: made up, input_per_mtok: 1, output_per_mtok: 1}
          - id: hourly
            prices:
              - start: unknown
                source: made up
                input_per_mtok: 1
                output_per_mtok: 1
                hours:
                  - name: peak
                    zone: UTC
                    days: [tuesday]
                    times: ["12:00-18:00"]
                    input_per_mtok: 2
                    output_per_mtok: 2
        """;

    private const string Others = """
        provider: openrouter
        models:
          - id: openai/plain
            prices:
              - {start: unknown, source: made up, input_per_mtok: 77, output_per_mtok: 77}
        """;

    // A Tuesday.
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("machine", 5, 5_000)] // 5 × 1 µ$
    [InlineData("plain", 5, 1_000_000_000)] // its time was the price, and isn't any more
    public void Recorded_time_counts_where_the_price_is_by_the_hour(string asked, long milliseconds, long nanos)
    {
        var repricing = Price(asked, null, null, milliseconds: milliseconds);

        Assert.Null(repricing.Left);
        Assert.Equal(nanos, repricing.Cost.Nanos);
    }

    [Fact]
    public void What_has_no_recorded_time_is_left_by_a_price_by_the_hour() =>
        Assert.Equal(LeftReason.Unpriced, Price("machine", null, null).Left);

    [Theory]
    [InlineData("plain", null, null, 1_000_000_000)]
    [InlineData("plain", null, """{"service_tier":"batch"}""", 500_000_000)]
    [InlineData("plain", null, """{"speed":"fast"}""", 6_000_000_000)]
    [InlineData("plain", null, """{"inference_geo":"us"}""", 1_100_000_000)]
    [InlineData("plain", "changed", null, 3_000_000_000)]
    [InlineData("plain", "/models/plain.gguf", null, 1_000_000_000)] // no name that is known
    [InlineData("changed", "plain", null, 1_000_000_000)] // openai's, though another provider has one of that name
    [InlineData("changed", null, null, 3_000_000_000)]
    [InlineData("hourly", null, null, 2_000_000_000)]
    [InlineData(
        "plain",
        null,
        """{"other_models":[{"model":"changed","input_tokens":9,"output_tokens":0,"usage":{"input":1000000,"output":1000000}}]}""",
        7_000_000_000
    )]
    [InlineData("plain", null, """{"pricing_problem":"it had no price then","price_entry":"openai/plain@then"}""", 1_000_000_000)]
    public void Recorded_usage_is_priced_on_recorded_terms_as_the_model_that_answered(
        string asked,
        string? served,
        string? detail,
        long nanos
    )
    {
        var repricing = Price(asked, served, detail);

        Assert.Null(repricing.Left);
        Assert.Equal(nanos, repricing.Cost.Nanos);
    }

    [Theory]
    [InlineData("plain", null, """{"service_tier":"flex"}""", "openai/plain@unknown has no price for the service tier 'flex'")]
    [InlineData("late", null, null, "the price book has no price of 'late' for that time")]
    [InlineData(
        "plain",
        null,
        """{"other_models":[{"model":"gone","input_tokens":9,"output_tokens":0,"usage":{"input":9}}]}""",
        "no price for 'gone', which the provider ran besides"
    )]
    [InlineData("gone", null, null, "no price for 'gone' of the provider 'openai' is configured")]
    public void What_has_no_price_is_left_and_named(string asked, string? served, string? detail, string why)
    {
        var repricing = Price(asked, served, detail);

        Assert.Equal((LeftReason.Unpriced, why), (repricing.Left, repricing.Detail));
    }

    [Fact]
    public void What_ran_on_other_models_and_was_not_kept_by_class_is_left()
    {
        var repricing = Price("plain", null, """{"other_models":[{"model":"x","input_tokens":1,"output_tokens":1}]}""");

        Assert.Equal(LeftReason.OtherModels, repricing.Left);
    }

    [Fact]
    public void More_than_any_request_can_cost_is_left()
    {
        var repricing = Price("plain", null, null, input: 1_000_000_000_001);

        Assert.Equal(
            (LeftReason.Unpriced, "its usage would cost more than any request can by openai/plain@unknown"),
            (repricing.Left, repricing.Detail)
        );
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 1)]
    public void Without_usage_what_cost_nothing_costs_nothing_and_the_rest_is_left(long posted, int left)
    {
        var repricing = Price("plain", null, null, input: 0, posted: posted);

        Assert.Equal((left == 1 ? LeftReason.Unpriced : null, Money.Zero), (repricing.Left, repricing.Cost));
    }

    [Theory]
    [InlineData("changed", 3)]
    [InlineData("hourly", 2)]
    public void Where_the_price_changes_while_a_request_is_admitted_either_is_right(string asked, int later)
    {
        var repricing = Price(asked, null, null, came: Noon.AddMilliseconds(-1), admitted: Noon);

        Assert.Equal(1_000_000_000, repricing.Cost.Nanos);
        Assert.Contains(new Money(later * Money.NanosPerDollar), repricing.AlsoRight);
        Assert.Empty(Price(asked, null, null, came: Noon, admitted: Noon.AddMilliseconds(1)).AlsoRight);
    }

    private static Repricing Price(
        string asked,
        string? served,
        string? detail,
        long input = 1_000_000,
        long posted = 1,
        DateTimeOffset? came = null,
        DateTimeOffset? admitted = null,
        long milliseconds = 0
    )
    {
        var book = PriceBook.Parse([new PriceFile("openai.yml", Prices), new PriceFile("others.yml", Others)]).Book!;
        var models = book
            .Models.OrderByDescending(model => model.Provider)
            .Select(model => new CatalogModel(model.Provider, "openai", ServedFormats.Of("chat"), model.Id, model))
            .ToList();
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = input;
        usage[UsageClass.ComputeMillisecond] = milliseconds;
        var entry = new JournalEntry
        {
            Kind = JournalKind.Post,
            AdmittedAt = JournalWriter.Microseconds(admitted ?? came ?? Noon),
            Amount = new Amount(new Money(posted), input, 1),
            Event = new UsageEvent
            {
                Attempt = default,
                StartedAt = JournalWriter.Microseconds(came ?? Noon),
                Outcome = Outcome.Completed,
                ModelServed = served,
                Usage = usage,
                Cost = new Money(posted),
                Detail = detail,
            },
        };
        var route = StoredRoute.Of(new Route("openai.chat", asked, "openai", asked, $"openai/{asked}@then", "book 1"));
        return new Repricer(new ModelCatalog(models), book.Version).Price(entry, route);
    }
}
