namespace Purser.Cli.Tests.Commands;

public sealed class UnconfirmedCommandTests
{
    [Fact]
    public async Task Unconfirmed_attempts_are_listed_with_what_was_posted()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/ledger/unconfirmed",
            """{"data":[{"request_id":"req_1","attempt":2,"admitted_at":"2026-11-24T12:00:00Z","key":"ci","account":"research/search","provider":"openai","model":"gpt-5-mini","posted_usd":"0.001000000"}]}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("ledger", "unconfirmed"));

        Assert.Equal(
            "REQUEST ID  ATTEMPT  ADMITTED AT           KEY  ACCOUNT          PROVIDER  MODEL        POSTED USD\n"
                + "req_1             2  2026-11-24T12:00:00Z  ci   research/search  openai    gpt-5-mini  0.001000000\n",
            run.Out
        );
    }

    [Fact]
    public async Task Where_nothing_is_unconfirmed_it_says_so()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/ledger/unconfirmed", """{"data":[]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("ledger", "unconfirmed"));

        Assert.Equal("Nothing is unconfirmed.\n", run.Out);
    }

    [Theory]
    [InlineData("req_1 --usd 0.0004", """{"request_id":"req_1","attempt":1,"cost_usd":"0.0004"}""")]
    [InlineData("req_1 --usd 0", """{"request_id":"req_1","attempt":1,"cost_usd":"0"}""")]
    [InlineData(
        "req_1 --attempt 2 --usd $0.0004 --reason invoice-7 --by dana",
        """{"request_id":"req_1","attempt":2,"cost_usd":"0.0004","reason":"invoice-7","by":"dana"}"""
    )]
    public async Task Confirming_sends_the_cost_exactly(string options, string body)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/ledger/confirm",
            """{"request_id":"req_1","attempt":1,"posted_usd":"0.001000000","confirmed_usd":"0.000400000","difference_usd":"-0.000600000"}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["ledger", "confirm", .. options.Split(' ')]));

        Assert.Equal(body, gateway.Seen.Single().Body);
        Assert.Equal(
            "REQUEST ID  ATTEMPT   POSTED USD  CONFIRMED USD  DIFFERENCE USD\n"
                + "req_1             1  0.001000000    0.000400000    -0.000600000\n",
            run.Out
        );
    }

    [Theory]
    [InlineData("unknown_attempt", 404)]
    [InlineData("not_unconfirmed", 409)]
    public async Task What_cannot_be_confirmed_is_refused_in_the_gateways_words(string code, int status)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/ledger/confirm",
            $$$"""{"error":{"code":"{{{code}}}","message":"It can't."}}""",
            status
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("ledger", "confirm", "req_1", "--usd", "1"));

        Assert.Equal($"purser: It can't ({code})\n", run.Error);
    }

    [Theory]
    [InlineData("req_1 --usd -1", "--usd is an amount")]
    [InlineData("req_1 --usd 0.0000000001", "--usd is an amount")]
    [InlineData("req_1", "--usd")]
    public async Task A_cost_that_is_none_is_a_usage_error(string options, string message)
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(["ledger", "confirm", .. options.Split(' ')]));

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Seen);
    }
}
