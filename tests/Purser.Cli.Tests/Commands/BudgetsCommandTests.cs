namespace Purser.Cli.Tests.Commands;

public sealed class BudgetsCommandTests
{
    private const string Budget = """
        {"id":"bud_1","name":"research monthly","scope":{"kind":"account","id":"acc_2","path":"research"},"unit":"usd","window":"month","time_zone":"UTC","limit":"50.000000000","allowed":"50.000000000","hard":true,"on_exhausted":"block","thresholds":[50,80,100],"forecast":110,"posted":"0.123456789","pending":"0.000000000","remaining":"49.876543211","window_start":"2026-11-01T00:00:00Z","resets_at":"2026-12-01T00:00:00Z"}
        """;

    [Theory]
    [InlineData("--account research --usd 0.50 --window day", """{"account":"research","unit":"usd","limit":"0.50","window":"day"}""")]
    [InlineData("--account research --usd $200", """{"account":"research","unit":"usd","limit":"200"}""")]
    [InlineData("--key key_1 --requests 100 --window day", """{"key":"key_1","unit":"requests","limit":"100","window":"day"}""")]
    [InlineData(
        "--account / --tokens 007 --name a --window day",
        """{"account":"/","unit":"tokens","limit":"7","window":"day","name":"a"}"""
    )]
    [InlineData("--member each --usd 5 --window day", """{"member":"each","unit":"usd","limit":"5","window":"day"}""")]
    [InlineData("--member research/alice --usd 5", """{"member":"research/alice","unit":"usd","limit":"5"}""")]
    [InlineData("--tag team=each --usd 5", """{"tag":"team=each","unit":"usd","limit":"5"}""")]
    [InlineData("--run each --usd 5 --window run", """{"run":"each","unit":"usd","limit":"5","window":"run"}""")]
    [InlineData("--run key_1/s7 --usd 5 --window lifetime", """{"run":"key_1/s7","unit":"usd","limit":"5","window":"lifetime"}""")]
    [InlineData("--provider openai --usd 5", """{"provider":"openai","unit":"usd","limit":"5"}""")]
    [InlineData("--account research --model gpt-5 --usd 5", """{"account":"research","model":"gpt-5","unit":"usd","limit":"5"}""")]
    [InlineData("--key each --concurrency 8", """{"key":"each","unit":"concurrency","limit":"8"}""")]
    [InlineData("--key k --input-tokens 1 --window minute", """{"key":"k","unit":"input_tokens","limit":"1","window":"minute"}""")]
    [InlineData("--key k --cache-read-tokens 1", """{"key":"k","unit":"cache_read_tokens","limit":"1"}""")]
    [InlineData("--key k --cache-write-tokens 1", """{"key":"k","unit":"cache_write_tokens","limit":"1"}""")]
    [InlineData("--key k --output-tokens 1", """{"key":"k","unit":"output_tokens","limit":"1"}""")]
    [InlineData("--key k --reasoning-tokens 1", """{"key":"k","unit":"reasoning_tokens","limit":"1"}""")]
    [InlineData("--key k --usd 1 --window rolling:7d", """{"key":"k","unit":"usd","limit":"1","window":"rolling:7d"}""")]
    [InlineData("--key k --usd 1 --window anchored:5h", """{"key":"k","unit":"usd","limit":"1","window":"anchored:5h"}""")]
    [InlineData(
        "--key k --usd 9 --window week --time-zone Europe/Berlin --week-start sunday --on-exhausted alert --thresholds 50,90% --forecast 110%",
        """{"key":"k","unit":"usd","limit":"9","window":"week","time_zone":"Europe/Berlin","week_start":"sunday","on_exhausted":"alert","thresholds":"50,90","forecast":"110"}"""
    )]
    [InlineData(
        "--key k --usd 9 --window year --year-start 4 --carry-over 50 --carry-over-cap 2.5 --borrow 1",
        """{"key":"k","unit":"usd","limit":"9","window":"year","year_start":"4","carry_over":"50","carry_over_cap":"2.5","borrow":"1"}"""
    )]
    public async Task Setting_a_budget_sends_what_was_said_exactly(string options, string body)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("PUT /admin/v1/budgets", Budget);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["budgets", "set", .. options.Split(' ')]));

        Assert.Equal(body, gateway.Seen.Single().Body);
    }

    [Theory]
    [InlineData("--account research", "Say one limit: --usd, --tokens, --requests, --input-tokens")]
    [InlineData("--account research --usd 1 --tokens 1", "Say one limit: --usd, --tokens, --requests, --input-tokens")]
    [InlineData("--usd 1", "Say what the budget limits, one thing or two at once: --account, --key, --member")]
    [InlineData("--account a --key k --model m --usd 1", "Say what the budget limits, one thing or two at once: --account")]
    [InlineData("--account research --usd 1e3", "--usd is a positive amount")]
    [InlineData("--account research --usd 0", "--usd is a positive amount")]
    [InlineData("--account research --usd 0.0000000001", "--usd is a positive amount")]
    [InlineData("--account research --usd 0.0000000000000000000000000000001", "--usd is a positive amount")]
    [InlineData("--account research --requests -1", "--requests is a positive whole number")]
    [InlineData("--account research --output-tokens 1.5", "--output-tokens is a positive whole number")]
    [InlineData("--account research --requests 9 --borrow 0.5", "--borrow is a positive whole number")]
    [InlineData("--account research --usd 9 --window fortnight", "--window is one of minute, hour, day")]
    [InlineData("--account research --usd 9 --window rolling", "--window is one of minute, hour, day")]
    [InlineData("--account research --usd 9 --window rolling:1w", "--window is one of minute, hour, day")]
    [InlineData("--account research --usd 9 --tag search", "--tag is name=value or name=each, not 'search'")]
    [InlineData("--account research --usd 9 --week-start someday", "someday")]
    [InlineData("--account research --usd 9 --on-exhausted explode", "explode")]
    [InlineData("--account research --usd 9 --year-start 13", "--year-start is a month, 1 to 12, not '13'")]
    [InlineData("--account research --usd 9 --thresholds 50,101", "--thresholds takes percentages, 1 to 100, not '101'")]
    [InlineData("--account research --usd 9 --forecast 0", "--forecast takes percentages, 1 to 1000, not '0'")]
    [InlineData("--account research --usd 9 --carry-over half", "--carry-over takes percentages, 1 to 100, not 'half'")]
    [InlineData("--account research --usd 9 --carry-over-cap 1", "--carry-over-cap needs --carry-over")]
    public async Task A_budget_that_makes_no_sense_is_a_usage_error(string options, string message)
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["budgets", "set", .. options.Split(' ')]));

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Seen);
    }

    [Fact]
    public async Task A_limit_without_grants_is_listed_alone()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/budgets", $$"""{"data":[{{Budget}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "list"));

        Assert.Equal(
            "ID     NAME              SCOPE     UNIT  WINDOW         LIMIT       POSTED      PENDING     REMAINING  RESETS AT\n"
                + "bud_1  research monthly  research  usd   month   50.000000000  0.123456789  0.000000000  49.876543211  2026-12-01T00:00:00Z\n",
            run.Out
        );
    }

    [Fact]
    public async Task What_is_allowed_is_listed_where_it_differs_from_the_limit()
    {
        var granted = Budget.Replace("\"allowed\":\"50.", "\"allowed\":\"60.", StringComparison.Ordinal);
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/budgets", $$"""{"data":[{{granted}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "list"));

        Assert.Equal(
            "ID     NAME              SCOPE     UNIT  WINDOW         LIMIT       ALLOWED       POSTED      PENDING     REMAINING  RESETS AT\n"
                + "bud_1  research monthly  research  usd   month   50.000000000  60.000000000  0.123456789  0.000000000  49.876543211  2026-12-01T00:00:00Z\n",
            run.Out
        );
    }

    [Fact]
    public async Task Budgets_as_csv_have_every_column()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/budgets", $$"""{"data":[{{Budget}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "list", "--format", "csv"));

        Assert.Equal(
            "id,name,scope_kind,scope_id,scope,unit,window,limit,allowed,posted,pending,remaining,hard,on_exhausted,thresholds,forecast,time_zone,window_start,resets_at\r\n"
                + "bud_1,research monthly,account,acc_2,research,usd,month,50.000000000,50.000000000,0.123456789,0.000000000,49.876543211,true,block,\"50,80,100\",110,UTC,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task Removing_the_last_hard_limit_is_refused_in_the_gateways_words()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "DELETE /admin/v1/budgets/bud_1",
            """{"error":{"code":"last_hard_limit","message":"key_1 would have no hard limit above it","hint":"Set another first."}}""",
            409
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("budgets", "remove", "bud_1"));

        Assert.Equal("purser: key_1 would have no hard limit above it (last_hard_limit)\n  → Set another first.\n", run.Error);
    }

    [Theory]
    [InlineData("usd", "day", "$0.123456789 of $50.00 a day")]
    [InlineData("usd", "hour", "$0.123456789 of $50.00 an hour")]
    [InlineData("usd", "lifetime", "$0.123456789 of $50.00 for its life")]
    [InlineData("usd", "rolling:7d", "$0.123456789 of $50.00 in any 7d")]
    [InlineData("usd", "anchored:5h", "$0.123456789 of $50.00 in 5h from first use")]
    public async Task The_tree_says_each_window_in_words(string unit, string window, string words)
    {
        var budget = Budget
            .Replace("\"usd\"", $"\"{unit}\"", StringComparison.Ordinal)
            .Replace("\"month\"", $"\"{window}\"", StringComparison.Ordinal);
        await using var gateway = (await FakeGateway.StartAsync())
            .On("GET /admin/v1/accounts", """{"data":[{"id":"acc_2","kind":"organization","name":"Acme","path":""}]}""")
            .On("GET /admin/v1/budgets", $$"""{"data":[{{budget}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "tree"));

        Assert.Equal($"Acme (organization)  {words}\n", run.Out);
    }

    [Fact]
    public async Task The_tree_says_calls_at_once_and_each_members_budget()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On("GET /admin/v1/accounts", """{"data":[{"id":"acc_9","kind":"member","name":"alice","path":"alice"}]}""")
            .On(
                "GET /admin/v1/budgets",
                """
                {"data":[{"id":"bud_2","scope":{"kind":"member","id":"acc_9","path":"alice"},"unit":"concurrency","window":"lifetime","limit":"4","allowed":"4","hard":true,"posted":"0","pending":"3"},
                {"id":"bud_3","scope":{"kind":"member","id":"acc_9","path":"alice"},"unit":"cache_read_tokens","window":"minute","limit":"900","allowed":"1000","hard":true,"posted":"10","pending":"0"}]}
                """
            );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "tree"));

        Assert.Equal("alice (member)  3 of 4 at once, 10 cache read tokens of 1000 cache read tokens a minute\n", run.Out);
    }
}
