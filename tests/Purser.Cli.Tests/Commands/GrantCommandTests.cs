namespace Purser.Cli.Tests.Commands;

public sealed class GrantCommandTests
{
    private const string Grant = """
        {"id":"grant_1","budget_id":"bud_1","instance":null,"amount":"50.000000000","from":"2026-11-24T12:00:00Z","until":"2026-12-01T00:00:00Z","cause":"approved","by":"dana","reason":"the demo"}
        """;

    [Theory]
    [InlineData("bud_1 --amount 50 --reason demo", "bud_1", """{"amount":"50","reason":"demo"}""")]
    [InlineData("bud_1 --amount $0.25 --reason demo --by dana", "bud_1", """{"amount":"0.25","reason":"demo","by":"dana"}""")]
    [InlineData(
        "bud_1 --amount 5 --reason demo --until 2026-12-01",
        "bud_1",
        """{"amount":"5","reason":"demo","until":"2026-12-01T00:00:00Z"}"""
    )]
    [InlineData("search/monthly --amount 5 --reason demo", "search%2Fmonthly", """{"amount":"5","reason":"demo"}""")]
    public async Task A_grant_sends_what_was_said(string options, string budget, string body)
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On("POST /admin/v1/budgets/bud_1/grants", Grant)
            .On("POST /admin/v1/budgets/search%2Fmonthly/grants", Grant);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["budgets", "grant", .. options.Split(' ')]));

        Assert.Equal($"POST /admin/v1/budgets/{budget}/grants", gateway.Seen.Single().Request);
        Assert.Equal(body, gateway.Seen.Single().Body);
        Assert.Equal(
            "ID       BUDGET ID  INSTANCE        AMOUNT  UNTIL                 CAUSE     BY    REASON\n"
                + "grant_1  bud_1                50.000000000  2026-12-01T00:00:00Z  approved  dana  the demo\n",
            run.Out
        );
    }

    [Theory]
    [InlineData("bud_1", "research/alice", "member:acc_9")]
    [InlineData("each member usd a day", "acc_9", "member:acc_9")]
    [InlineData("bud_2", "research + research/alice", "account:acc_2\\u002Bmember:acc_9")]
    [InlineData("bud_3", "key_1/s7", "run:key_1/s7")]
    [InlineData("bud_3", "run:key_1/s8", "run:key_1/s8")]
    public async Task A_grant_to_one_of_each_names_it_as_the_list_shows_it(string budget, string shown, string instance)
    {
        var path = $"/admin/v1/budgets/{Uri.EscapeDataString(budget)}/grants";
        await using var gateway = (await FakeGateway.StartAsync())
            .On(
                "GET /admin/v1/budgets",
                """
                {"data":[{"id":"bud_1","name":"each member usd a day","scope":{"kind":"member","id":"acc_8","path":"research/bob"},"unit":"usd","window":"day","limit":"1","hard":true},
                {"id":"bud_1","name":"each member usd a day","scope":{"kind":"member","id":"acc_9","path":"research/alice"},"unit":"usd","window":"day","limit":"1","hard":true},
                {"id":"bud_2","name":"b","scope":{"kind":"account+member","id":"account:acc_2+member:acc_9","path":"research + research/alice"},"unit":"usd","window":"day","limit":"1","hard":true},
                {"id":"bud_3","name":"c","scope":{"kind":"run","id":"run:key_1/s7","path":"key_1/s7"},"unit":"usd","window":"run","limit":"1","hard":true}]}
                """
            )
            .On($"POST {path}", Grant);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "grant", budget, "--amount", "5", "--reason", "demo", "--instance", shown));

        Assert.Equal($$"""{"amount":"5","reason":"demo","instance":"{{instance}}"}""", gateway.Seen.Last().Body);
    }

    [Fact]
    public async Task An_id_is_meant_before_what_something_else_is_called()
    {
        const string Rows = """
            {"data":[
              {"id":"bud_1","name":"each key","scope":{"kind":"key","id":"pk_1","path":"pk_2"},"unit":"usd","window":"day","limit":"1","hard":true},
              {"id":"bud_1","name":"each key","scope":{"kind":"key","id":"pk_2","path":"ci"},"unit":"usd","window":"day","limit":"1","hard":true}]}
            """;
        await using var gateway = (await FakeGateway.StartAsync())
            .On("GET /admin/v1/budgets", Rows)
            .On("POST /admin/v1/budgets/bud_1/grants", Grant);
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("budgets", "grant", "bud_1", "--amount", "5", "--reason", "demo", "--instance", "pk_2")
        );

        Assert.Contains("\"instance\":\"key:pk_2\"", gateway.Seen.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grant_is_the_users_unless_another_is_named()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/budgets/bud_1/grants", Grant);
        using var run = CliRun.With(gateway);
        run.Environment["USER"] = "erin";

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "grant", "bud_1", "--amount", "1", "--reason", "the demo"));

        Assert.Equal("""{"amount":"1","reason":"the demo","by":"erin"}""", gateway.Seen.Single().Body);
    }

    [Theory]
    [InlineData("bud_1 --amount 5", "--reason")]
    [InlineData("bud_1 --reason demo", "--amount")]
    [InlineData("bud_1 --amount -5 --reason demo", "--amount is a positive number")]
    [InlineData("bud_1 --amount 0 --reason demo", "--amount is a positive number")]
    [InlineData("bud_1 --amount 5 --reason demo --until tomorrow", "--until is a date")]
    public async Task A_grant_that_makes_no_sense_is_a_usage_error(string options, string message)
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["budgets", "grant", .. options.Split(' ')]));

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Seen);
    }

    [Fact]
    public async Task Grants_are_listed_with_who_and_why()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/grants", $$"""{"data":[{{Grant}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "grants", "--format", "csv"));

        Assert.Equal(
            "id,budget_id,instance,amount,from,until,cause,by,reason\r\n"
                + "grant_1,bud_1,,50.000000000,2026-11-24T12:00:00Z,2026-12-01T00:00:00Z,approved,dana,the demo\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task Without_grants_the_listing_says_how_to_make_one()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/grants", """{"data":[]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "grants"));

        Assert.Equal("No grants. `./purser budgets grant BUDGET --amount N --reason TEXT` makes one.\n", run.Out);
    }

    [Fact]
    public async Task A_gift_prints_both_sides()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/gifts",
            """
            {"data":[{"id":"grant_2","budget_id":"bud_1","amount":"-5.000000000","from":"2026-11-24T12:00:00Z","cause":"gift","by":"dana","reason":"the demo"},
            {"id":"grant_3","budget_id":"bud_2","amount":"5.000000000","from":"2026-11-24T12:00:00Z","cause":"gift","by":"dana","reason":"the demo"}]}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("budgets", "gift", "--from", "a", "--to", "b", "--amount", "5", "--reason", "the demo", "--by", "dana")
        );

        Assert.Equal("""{"from":"a","to":"b","amount":"5","reason":"the demo","by":"dana"}""", gateway.Seen.Single().Body);
        Assert.Equal(
            "ID       BUDGET ID  INSTANCE        AMOUNT  UNTIL  CAUSE  BY    REASON\n"
                + "grant_2  bud_1                -5.000000000         gift   dana  the demo\n"
                + "grant_3  bud_2                 5.000000000         gift   dana  the demo\n",
            run.Out
        );
    }

    [Fact]
    public async Task A_gift_of_more_than_is_left_is_refused_in_the_gateways_words()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/gifts",
            """{"error":{"code":"too_little_left","message":"'a' has 3 left."}}""",
            409
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.Failed,
            await run.RunAsync("budgets", "gift", "--from", "a", "--to", "b", "--amount", "5", "--reason", "demo")
        );

        Assert.Equal("purser: 'a' has 3 left (too_little_left)\n", run.Error);
    }
}
