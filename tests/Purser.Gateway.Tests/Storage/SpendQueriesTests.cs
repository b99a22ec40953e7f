using System.Text;
using System.Text.Json;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class SpendQueriesTests
{
    [Fact]
    public async Task Spend_is_grouped_by_names_and_the_most_expensive_row_comes_first()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(10);
        await fixture.SpendAsync(30, route: Other);

        var report = new SpendQueries(fixture.Store).Spend(
            new SpendQuery { By = ["organization", "department", "team", "member", "key", "model"] }
        );

        Assert.Equal(
            ["Acme,research,search,-,ci,other: 1 0.000000030", "Acme,research,search,-,ci,gpt-x-2026: 1 0.000000010"],
            report.Rows.Select(Text)
        );
        Assert.Equal((2, "0.000000040"), (report.Total.Requests, report.Total.CostUsd));
    }

    [Fact]
    public async Task A_request_that_was_tried_twice_counts_once_in_each_row_and_in_the_total()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var first = fixture.NextAttempt();
        var second = new AttemptId(first.Request, 2);
        await fixture.ReserveAsync(first, 10);
        await fixture.PostAsync(first, 4, usage => usage with { Outcome = Outcome.ProviderError, Marks = JournalMarks.Estimated });
        await fixture.ReserveAsync(second, 10, route: Other);
        await fixture.PostAsync(second, 6);
        await RefuseAsync(fixture);

        var report = new SpendQueries(fixture.Store).Spend(new SpendQuery { By = ["outcome"] });

        Assert.Equal(["completed: 1 0.000000006", "provider_error: 1 0.000000004", "refused: 0 0.000000000"], report.Rows.Select(Text));
        Assert.Equal((1, 1, 1), (report.Total.Requests, report.Total.EstimatedRequests, report.Total.RefusedRequests));
    }

    [Fact]
    public async Task Days_are_those_of_the_time_zone_and_the_range_is_half_open()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(1);
        fixture.Clock.Advance(TimeSpan.FromHours(11.5));
        await fixture.SpendAsync(2);
        fixture.Clock.Advance(TimeSpan.FromHours(0.5));
        await fixture.SpendAsync(4);
        var queries = new SpendQueries(fixture.Store);

        var utc = queries.Spend(new SpendQuery { By = ["day"] });
        var berlin = queries.Spend(new SpendQuery { By = ["day"], TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") });
        var hours = queries.Spend(new SpendQuery { By = ["hour"], To = fixture.Clock.GetUtcNow() });

        Assert.Equal(["2026-11-25: 1 0.000000004", "2026-11-24: 2 0.000000003"], utc.Rows.Select(Text));
        Assert.Equal(["2026-11-25: 2 0.000000006", "2026-11-24: 1 0.000000001"], berlin.Rows.Select(Text));
        Assert.Equal(["2026-11-24T23:00:00Z: 1 0.000000002", "2026-11-24T12:00:00Z: 1 0.000000001"], hours.Rows.Select(Text));
        Assert.Equal(1, queries.Spend(new SpendQuery { From = fixture.Clock.GetUtcNow() }).Total.Requests);
    }

    [Fact]
    public async Task Tags_group_and_filter()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(1, fixture.Subject("ann", "s1", new KeyValuePair<string, string>("feature", "a=b")));
        await fixture.SpendAsync(2, fixture.Subject("bob", null));
        var queries = new SpendQueries(fixture.Store);

        var grouped = queries.Spend(new SpendQuery { By = ["tag:feature", "end_user", "session"] });
        var filtered = queries.Spend(new SpendQuery { Tags = new Dictionary<string, string> { ["feature"] = "a=b" } });

        Assert.Equal(["-,bob,-: 1 0.000000002", "a=b,ann,s1: 1 0.000000001"], grouped.Rows.Select(Text));
        Assert.Equal("0.000000001", filtered.Total.CostUsd);
    }

    [Fact]
    public async Task An_unknown_dimension_is_refused_with_the_known_ones()
    {
        await using var fixture = await StoreFixture.CreateAsync();

        var exception = Assert.Throws<ArgumentException>(() => new SpendQueries(fixture.Store).Spend(new SpendQuery { By = ["teem"] }));

        Assert.StartsWith("Spend can't be grouped by 'teem'; it can by organization, ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_written_as_the_contract_says()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(1_000);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            new SpendQueries(fixture.Store).Spend(new SpendQuery { By = ["team", "member"] }).WriteTo(json);
        }

        const string sums =
            "\"requests\":1,\"input_tokens\":1000,\"cached_input_tokens\":0,\"output_tokens\":0,\"reasoning_tokens\":0,"
            + "\"cost_usd\":\"0.000001000\",\"estimated_requests\":0,\"unconfirmed_requests\":0,\"refused_requests\":0";
        Assert.Equal(
            "{\"by\":[\"team\",\"member\"],\"from\":null,\"to\":null,\"time_zone\":\"UTC\",\"rows\":[{\"team\":\"search\",\"member\":null,"
                + sums
                + "}],\"total\":{"
                + sums
                + "}}",
            Encoding.UTF8.GetString(stream.ToArray())
        );
    }

    [Fact]
    public async Task A_request_is_explained_with_its_attempts_and_what_the_pipeline_kept()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var attempt = fixture.NextAttempt();
        var queries = new SpendQueries(fixture.Store);
        Assert.Null(await queries.ExplainAsync(attempt.Request));

        await fixture.ReserveAsync(attempt, 10, fixture.Subject("ann", "s1"));
        Assert.Equal("open", (string?)(await queries.ExplainAsync(attempt.Request))!["outcome"]);
        await fixture.PostAsync(
            attempt,
            12,
            usage =>
                usage with
                {
                    Ceiling = new Money(10),
                    Detail = """{"decision":{"action":"allow"},"lines":[1]}""",
                    TimeToFirstByte = 1500,
                }
        );

        var story = (await queries.ExplainAsync(attempt.Request))!;
        Assert.Equal("completed", (string?)story["outcome"]);
        Assert.Equal("research/search", (string?)story["subject"]!["account_path"]);
        Assert.Equal("allow", (string?)story["decision"]!["action"]);
        var only = Assert.Single(story["attempts"]!.AsArray())!;
        Assert.Equal("[1]", only["lines"]!.ToJsonString());
        Assert.Equal("""{"input":12}""", only["usage"]!.ToJsonString());
        Assert.Equal(("0.000000012", "0.000000002"), ((string?)only["cost_usd"], (string?)only["overage_usd"]));
        Assert.Equal(1.5m, (decimal?)only["ttft_ms"]);
    }

    [Fact]
    public async Task A_refusal_is_explained_without_attempts()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var refused = await RefuseAsync(fixture);

        var story = (await new SpendQueries(fixture.Store).ExplainAsync(refused.Request))!;

        Assert.Equal("refused", (string?)story["outcome"]);
        Assert.Equal("budget_exceeded", (string?)story["refusal"]!["code"]);
        Assert.Empty(story["attempts"]!.AsArray());
    }

    [Fact]
    public async Task Events_come_in_order_and_go_on_after_a_cursor()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        var first = await fixture.SpendAsync(1, fixture.Subject("ann"));
        var second = await fixture.SpendAsync(2, fixture.Subject("bob"));
        var third = await RefuseAsync(fixture);
        var queries = new SpendQueries(fixture.Store);

        var all = queries.Events().ToList();

        Assert.Equal([first.ToString(), second.ToString(), third.ToString()], all.Select(line => (string?)line["cursor"]));
        Assert.Equal("0.000000002", (string?)all[1]["cost_usd"]);
        Assert.Equal([second.ToString()], queries.Events(after: first.ToString(), limit: 1).Select(line => (string?)line["cursor"]));
        Assert.Equal([second.ToString()], queries.Events(endUser: "bob").Select(line => (string?)line["cursor"]));
        Assert.Empty(queries.Events(after: third.RequestName));
        Assert.Throws<FormatException>(() => queries.Events(after: "yesterday").Any());
    }

    private static Route Other => new("openai.chat", "gpt-x", "other", "other", "other/other", "2026-11-01");

    private static async Task<AttemptId> RefuseAsync(StoreFixture fixture)
    {
        var attempt = fixture.NextAttempt(0);
        var route = new Route("openai.chat", "gpt-x", "", "", "", "2026-11-01");
        var refusal = fixture.Event(attempt, Outcome.Refused) with { Detail = """{"refusal":{"code":"budget_exceeded"}}""" };
        await fixture.Store.RecordRefusalAsync(fixture.Key.Subject, route, refusal);
        return attempt;
    }

    private static string Text(SpendRow row) =>
        $"{string.Join(',', row.Values.Select(value => value ?? "-"))}: {row.Sums.Requests} {row.Sums.CostUsd}";
}
