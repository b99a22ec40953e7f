namespace Purser.Cli.Tests.Commands;

public sealed class AsksCommandTests
{
    private const string Ask = """
        {"id":"ask_1","state":"approved","budget_id":"bud_1","budget":"research monthly","unit":"usd","amount":"5.000000000","reason":"the demo","key":"ci","account":"research/search","request_id":"req_1","at":"2026-11-24T12:00:00Z","decided_by":"dana"}
        """;

    [Fact]
    public async Task Asking_needs_the_clients_own_key_alone()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /v1/purser/asks",
            """{"id":"ask_1","state":"pending","budget":"research monthly","amount":"5.000000000","unit":"usd"}"""
        );
        using var run = new CliRun();
        run.Environment["PURSER_KEY"] = "pk_1.secret";

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("asks", "create", "req_1", "--amount", "5", "--reason", "the demo", "--url", $"{gateway.Address}/v1")
        );

        Assert.Equal("""{"request_id":"req_1","amount":"5","reason":"the demo"}""", gateway.Seen.Single().Body);
        Assert.Equal("Bearer pk_1.secret", gateway.Seen.Single().Headers["authorization"]);
        Assert.Equal("ID     STATE    BUDGET                 AMOUNT  UNIT\nask_1  pending  research monthly  5.000000000  usd\n", run.Out);
        Assert.Contains("./purser asks approve ask_1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asking_again_says_that_the_first_ask_is_the_one_that_stands()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /v1/purser/asks",
            """{"id":"ask_1","state":"pending","budget":null,"amount":"5.000000000","unit":"usd","waited_already":true}"""
        );
        using var run = new CliRun();
        run.Environment["PURSER_KEY"] = "pk_1.secret";
        string[] ask = ["asks", "create", "req_1", "--amount", "7", "--reason", "more", "--url", $"{gateway.Address}/v1"];

        Assert.Equal(ExitCode.Ok, await run.RunAsync([.. ask, "--format", "csv"]));

        Assert.Equal("id,state,budget,amount,unit,waited_already\r\nask_1,pending,,5.000000000,usd,true\r\n", run.Out);
        Assert.Equal(
            "Your key asked for more of this budget before, and that still waits: it is shown, and the amount and reason given now aren't kept.\n",
            run.Error
        );
    }

    [Fact]
    public async Task A_given_key_goes_before_the_environments()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /v1/purser/asks", """{"id":"ask_1","state":"pending"}""");
        using var run = CliRun.With(gateway);
        run.Environment["PURSER_KEY"] = "pk_1.secret";

        Assert.Equal(ExitCode.Ok, await run.RunAsync("asks", "create", "req_1", "--amount", "5", "--reason", "x", "--key", "pk_2.other"));

        Assert.Equal("Bearer pk_2.other", gateway.Seen.Single().Headers["authorization"]);
    }

    [Fact]
    public async Task Without_a_key_the_error_says_which_one()
    {
        using var run = new CliRun();
        run.Environment["PURSER_ADMIN_KEY"] = "pk_admin";

        Assert.Equal(ExitCode.NotAuthorized, await run.RunAsync("asks", "create", "req_1", "--amount", "5", "--reason", "x"));

        Assert.Equal(
            "purser: no key to ask with\n  → Use the key that your client calls the gateway with: pass --key KEY or set PURSER_KEY.\n",
            run.Error
        );
    }

    [Fact]
    public async Task A_refused_key_is_its_own_exit_code_and_not_the_admins()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /v1/purser/asks",
            """{"error":{"message":"The key is not valid.","type":"invalid_request_error","code":"invalid_api_key"}}""",
            401
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.NotAuthorized,
            await run.RunAsync("asks", "create", "req_1", "--amount", "5", "--reason", "x", "--key", "pk_1")
        );

        Assert.Equal(
            "purser: The key is not valid\n  → Use the key that your client calls the gateway with: pass --key KEY or set PURSER_KEY.\n",
            run.Error
        );
    }

    [Fact]
    public async Task Asks_are_listed_with_who_and_why()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/asks", $$"""{"data":[{{Ask}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("asks", "list", "--format", "csv"));

        Assert.Equal(
            "id,state,at,account,key,budget,amount,unit,reason,request_id,budget_id,decided_by\r\n"
                + "ask_1,approved,2026-11-24T12:00:00Z,research/search,ci,research monthly,5.000000000,usd,the demo,req_1,bud_1,dana\r\n",
            run.Out
        );
    }

    [Theory]
    [InlineData("approve ask_1", "approve", "{}")]
    [InlineData("approve ask_1 --amount 2.5 --by dana", "approve", """{"amount":"2.5","by":"dana"}""")]
    [InlineData("deny ask_1", "deny", "{}")]
    [InlineData("deny ask_1 --by dana", "deny", """{"by":"dana"}""")]
    public async Task Deciding_sends_what_was_said(string options, string action, string body)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On($"POST /admin/v1/asks/ask_1/{action}", Ask);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["asks", .. options.Split(' ')]));

        Assert.Equal(body, gateway.Seen.Single().Body);
        Assert.Equal(
            "ID     STATE     AT                    ACCOUNT          KEY  BUDGET                 AMOUNT  UNIT  REASON\n"
                + "ask_1  approved  2026-11-24T12:00:00Z  research/search  ci   research monthly  5.000000000  usd   the demo\n",
            run.Out
        );
    }
}
