using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Storage;

public sealed class ContractReplayTests
{
    // A token of input costs a nano-dollar.
    private static readonly PriceBook Prices = PriceBook
        .Parse([
            new PriceFile(
                "prices.yml",
                """
                provider: openai
                models:
                  - id: gpt-x
                    prices: [{ start: unknown, source: made up, input_per_mtok: 0.001 }]
                """
            ),
        ])
        .Book!;

    // Half the price of input, and 100 nano-dollars a month at least.
    private const string Contract = """
        id: acme
        provider: openai
        start: 2026-11-01
        discounts: [{ classes: [input], percent: 50 }]
        commitment: { period: month, usd: 0.0000001 }
        """;

    private static readonly Route Route = new("openai.chat", "gpt-x", "openai-eu", "gpt-x", "openai/gpt-x@unknown", "2026-11-01");
    private static readonly Route Elsewhere = new("openai.chat", "gpt-x", "other", "gpt-x", "openrouter/gpt-x@unknown", "2026-11-01");
    private static readonly DateTimeOffset December = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Spend_is_reported_at_list_at_agreed_and_at_effective_cost()
    {
        await using var fixture = await StoreFixture.CreateAsync(1_000_000);
        await fixture.SpendAsync(40, route: Route);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await fixture.SpendAsync(220, fixture.Subject("ann", null, new KeyValuePair<string, string>("env", "prod")), Route);
        await fixture.SpendAsync(7, route: Elsewhere);
        var queries = Queries(fixture);

        var report = queries.Spend(new SpendQuery { By = ["provider"] });
        var later = queries.Spend(new SpendQuery { By = ["provider"], From = fixture.Clock.GetUtcNow() });
        var tagged = queries.Spend(new SpendQuery { Tags = new Dictionary<string, string> { ["env"] = "prod" } });

        // 20 and 110 at half the price; 100 are committed. 7 are under no contract.
        Assert.Equal(["openai-eu: 260 130 130", "other: 7 7 7"], report.Rows.Select(row => $"{row.Values[0]}: {Text(row.Sums)}"));
        Assert.Equal("267 137 137", Text(report.Total));
        Assert.Equal("227 117 117", Text(later.Total));
        Assert.Equal("220 110 110", Text(tagged.Total));
        Assert.Equal(["acme"], report.Contracts);
    }

    [Fact]
    public async Task A_span_comes_to_what_is_invoiced_in_it()
    {
        await using var fixture = await StoreFixture.CreateAsync(1_000_000);
        await fixture.SpendAsync(40, route: Route);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await fixture.SpendAsync(220, route: Route);
        fixture.Clock.Advance(TimeSpan.FromDays(7));
        await fixture.SpendAsync(10, route: Route);
        var queries = Queries(fixture);

        // November: 20 and 80 of the 110 are drawn, 30 are billed beside the 100. December has drawn 5, and isn't over.
        Assert.Equal(["Requests 130", "invoice 130"], Lines(queries.UnderContracts(null, December)));
        Assert.Equal(["Requests 5", "OtherSpan -5", "invoice 0"], Lines(queries.UnderContracts(December, null)));
        Assert.Equal(["Requests 135", "OtherSpan -5", "invoice 130"], Lines(queries.UnderContracts(null, null)));

        // What is left of December's hundred at its end.
        fixture.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(["Requests 5", "CommitmentUnused 95", "invoice 100"], Lines(queries.UnderContracts(December, December.AddMonths(1))));
        // The day of the second request: its 80 drawn are invoiced at the month's end.
        var day = new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(["Requests 110", "OtherSpan -80", "invoice 30"], Lines(queries.UnderContracts(day, day.AddDays(1))));
        Assert.Empty(queries.UnderContracts(null, new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public async Task What_was_posted_without_usage_or_corrected_is_of_no_class()
    {
        await using var fixture = await StoreFixture.CreateAsync(1_000_000);
        var attempt = fixture.NextAttempt();
        await fixture.ReserveAsync(attempt, 10, route: Route);
        await fixture.PostAsync(attempt, 10, usage => usage with { Usage = default, Marks = JournalMarks.Unconfirmed });
        await fixture.SpendAsync(4, route: Route);
        // The attempts are in the reports' database once it's been asked.
        Assert.Equal(2, Queries(fixture).Spend(new SpendQuery()).Total.Requests);
        fixture.Tamper(
            "INSERT INTO events.adjustments SELECT 1000000, 0, request, attempt, 6, '{}' FROM events.usage_events WHERE cost_nanos = 4"
        );

        var span = Assert.Single(Queries(fixture).UnderContracts(null, null));

        // Half of 4 tokens; 10 of no usage and 6 of a correction at the list price, for the discount is on input alone.
        Assert.Equal((20m, 18m, 16m), (Nanos(span.Statement.ListUsd), Nanos(span.Statement.ContractedUsd), Nanos(span.WithoutClassesUsd)));
    }

    [Fact]
    public async Task An_export_comes_to_what_the_report_does()
    {
        await using var fixture = await StoreFixture.CreateAsync(1_000_000);
        await fixture.SpendAsync(40, route: Route);
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        await fixture.SpendAsync(220, route: Route);
        await fixture.SpendAsync(7, route: Elsewhere);
        await CorrectAsync(fixture, posted => posted.Amount.Cost.Nanos + 2);
        var total = Queries(fixture).Spend(new SpendQuery()).Total;

        var rows = Export(fixture, Agreed(fixture));

        // 20 and 110 of half the price; corrections of 2 each are of no class, so of the list price. 100 are committed.
        Assert.Equal(
            ["post 42 22 22", "post 222 112 112", "post 7 7 7", "adjust 0 0 0", "adjust 0 0 0", "adjust 2 2 2"],
            rows.Where(row => row["list_cost_usd"] is not null).Select(Costs)
        );
        Assert.Equal((long)total.CostNanos, Sum(rows, "list_cost_usd"));
        Assert.Equal(Nanos(total.ContractedUsd), Sum(rows, "contracted_cost_usd"));
        Assert.Equal(Nanos(total.EffectiveUsd), Sum(rows, "effective_cost_usd"));
        Assert.All(Export(fixture, null), row => Assert.True(row.ContainsKey("list_cost_usd") && row["effective_cost_usd"] is null));
    }

    [Fact]
    public async Task An_export_under_contracts_needs_the_usage_events()
    {
        await using var fixture = await StoreFixture.CreateAsync(1_000_000);
        await fixture.SpendAsync(40, route: Route);
        await fixture.Store.DisposeAsync();
        File.Delete(EventProjection.FileIn(fixture.Directory));

        var none = Assert.Throws<InvalidDataException>(() => Export(fixture, Agreed(fixture)));

        Assert.Contains("A gateway that is started on the folder makes them.", none.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Export(fixture, null));
    }

    [Fact]
    public async Task Without_contracts_a_report_says_nothing_of_them()
    {
        await using var fixture = await StoreFixture.CreateAsync();
        await fixture.SpendAsync(10);
        var queries = new SpendQueries(fixture.Store, new Agreements(ContractBook.Empty, Prices, fixture.Clock));

        Assert.DoesNotContain("contract", Json(queries.Spend(new SpendQuery())), StringComparison.Ordinal);
        Assert.Contains(
            "\"contracts\":[\"acme\"],\"rows\":[],\"total\":{\"requests\":1,\"input_tokens\":10,\"cached_input_tokens\":0,\"output_tokens\":0,"
                + "\"reasoning_tokens\":0,\"cost_usd\":\"0.000000010\",\"contracted_cost_usd\":\"0.000000010\",\"effective_cost_usd\":\"0.000000010\"",
            Json(Queries(fixture).Spend(new SpendQuery())),
            StringComparison.Ordinal
        );
        Assert.Empty(queries.UnderContracts(null, null));
    }

    [Fact]
    public async Task The_admin_api_has_the_lines_and_the_invoice_of_each_contract()
    {
        const string Text = "id: old\nprovider: openai\nstart: 2020-01-01\nend: 2021-01-01\ncommitment: { period: term, usd: 12.5 }\n";
        await using var gateway = await TestGateway.StartAsync(options: options => options with { ContractFiles = [new("old.yml", Text)] });

        var rows = (await gateway.AdminAsync(HttpMethod.Get, "/reports/contracts?to=2021-06-01"))!["data"]!.AsArray();

        Assert.Equal(
            ["requests old 0.000000000", "commitment_unused old 12.500000000", "invoice old 12.500000000"],
            rows.Select(row => $"{row!["kind"]} {row["id"]} {row["usd"]}")
        );
        Assert.Equal("2021-01-01T00:00:00.000000Z", (string?)rows[1]!["period_end"]);
        Assert.Empty((await gateway.AdminAsync(HttpMethod.Get, "/reports/contracts?from=2021-01-01"))!["data"]!.AsArray());
    }

    [Fact]
    public async Task A_gateway_does_not_start_with_a_wrong_contract()
    {
        var wrong = await Assert.ThrowsAsync<InvalidConfigurationException>(() =>
            TestGateway.StartAsync(options: options => options with { ContractFiles = [new("x.yml", "id: x\nprovider: openai\n")] })
        );

        Assert.Contains("x.yml:1: the contract has no 'start'", wrong.Message, StringComparison.Ordinal);
    }

    private static SpendQueries Queries(StoreFixture fixture) => new(fixture.Store, Agreed(fixture));

    private static Agreements Agreed(StoreFixture fixture) =>
        new(ContractBook.Parse([new PriceFile("acme.yml", Contract)], Prices).Book!, Prices, fixture.Clock);

    private static async Task CorrectAsync(StoreFixture fixture, Func<JournalEntry, long> cost)
    {
        using var connection = fixture.Store.OpenLedgerReader();
        var definitions = new Definitions(connection);
        var posts = JournalReader.Entries(connection, withEvents: true, only: kind => kind == JournalKind.Post).ToList();
        await fixture.Store.RerateAsync(
            [
                .. posts.Select(posted => new Repricing(posted, definitions.Route(posted.RouteId), new PriceName("then", "book 1"))
                {
                    Cost = new Money(cost(posted)),
                    Price = new PriceName("now", "book 2"),
                }),
            ],
            "ana",
            null
        );
    }

    private static List<JsonObject> Export(StoreFixture fixture, Agreements? agreements)
    {
        using var writer = new StringWriter();
        LedgerExport.Write(fixture.Directory, writer, ExportFormat.JsonLines, agreements);
        return [.. writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private static string Costs(JsonObject row) =>
        $"{row["kind"]} "
        + string.Join(
            ' ',
            new[] { "list_cost_usd", "contracted_cost_usd", "effective_cost_usd" }.Select(name =>
                FormattableString.Invariant($"{Sum([row], name):0.##}")
            )
        );

    private static decimal Sum(IEnumerable<JsonObject> rows, string name) =>
        rows.Sum(row => Nanos(decimal.Parse((string?)row[name] ?? "0", CultureInfo.InvariantCulture)));

    private static IEnumerable<string> Lines(IReadOnlyList<ContractSpan> spans)
    {
        var statement = Assert.Single(spans).Statement;
        Assert.Equal(statement.InvoiceUsd, statement.Lines().Sum(line => line.Usd));
        return
        [
            .. statement.Lines().Select(line => FormattableString.Invariant($"{line.Kind} {Nanos(line.Usd):0.##}")),
            FormattableString.Invariant($"invoice {Nanos(statement.InvoiceUsd):0.##}"),
        ];
    }

    private static string Text(SpendSums sums) =>
        FormattableString.Invariant($"{(long)sums.CostNanos} {Nanos(sums.ContractedUsd):0.##} {Nanos(sums.EffectiveUsd):0.##}");

    private static decimal Nanos(decimal usd) => usd * Money.NanosPerDollar;

    private static string Json(SpendReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            report.WriteTo(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
