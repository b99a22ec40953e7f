namespace Purser.Cli.Tests.Commands;

public sealed class RouteCommandTests
{
    private const string Answer = """
        {"asked":"auto","model":"gpt-5-mini","provider":"openai","at_most_usd":"0.000170000","reason":"it's the cheapest",
        "route":{"asked":"auto","mode":"on","policy":"auto","served":"gpt-5-mini","instead_of":"gpt-5-dear","saves_usd":"0.001080000","reason":"it's the cheapest","policy_version":"0123456789ab",
        "floor_percent":95,"floor_reason":"the request is declared to be of high risk","guarantee":{"n":812,"epsilon":0.05,"delta":0.05,"share_down":0.613,"risk":0.02,"bound":0.04,"threshold":0.9},"candidates":[]},
        "models":[{"model":"gpt-5-mini","provider":"openai","expected_usd":"0.000120000","at_most_usd":"0.000170000","price_entry":"openai/gpt-5-mini@unknown"},
        {"model":"claude-test","unable":"its context is too small"}]}
        """;

    [Fact]
    public async Task A_request_in_a_file_is_quoted_with_the_clients_own_key()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /v1/route", Answer);
        using var run = CliRun.With(gateway);
        var file = run.Write("""{"model":"auto"}""", "request.json");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("route", "--file", file, "--as", "messages", "--all", "--key", "purser_x.y"));

        var seen = gateway.Seen.Single();
        Assert.Equal("POST /v1/route?format=messages&all=true", seen.Request);
        Assert.Equal("Bearer purser_x.y", seen.Headers["authorization"]);
        Assert.Equal("""{"model":"auto"}""", seen.Body);
        Assert.Equal(
            """
            'auto' would go to openai/gpt-5-mini, for at most $0.00017.
              routed        auto → gpt-5-mini · mode on · policy auto
                because     it's the cheapest
                saving      expected to save $0.00108 against gpt-5-dear
                floor       95 % · the request is declared to be of high risk
                guarantee   at most 5 % of this kind worse than the reference, with 95 % confidence: by 812 known outcomes, of which 61.3 % went to others and 2 % were worse
                by          configuration 0123456789ab

            MODEL        PROVIDER  EXPECTED USD  AT MOST USD  PRICE ENTRY                UNABLE
            gpt-5-mini   openai     0.000120000  0.000170000  openai/gpt-5-mini@unknown
            claude-test                                                                  its context is too small

            """,
            run.Out
        );
    }

    [Fact]
    public async Task Without_a_key_or_a_file_it_says_what_is_missing()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync("route"));
        Assert.Equal(ExitCode.Failed, await run.RunAsync("route", "--file", "/nonexistent/request.json", "--key", "k"));
    }
}
