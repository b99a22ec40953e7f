namespace Purser.Cli.Tests.Commands;

public sealed class ApplyCommandTests
{
    private const string Plan = """
        {"changes":[{"action":"create","kind":"account","name":"research","detail":"department"},
        {"action":"none","kind":"account","name":"sales","detail":null},
        {"action":"create","kind":"key","name":"ci","detail":"in research"}],"keys":[],"applied":false}
        """;

    private static readonly string Done = Plan.Replace(
        "\"keys\":[],\"applied\":false",
        "\"keys\":[{\"name\":\"ci\",\"key\":\"pk_1.s\"}],\"applied\":true",
        StringComparison.Ordinal
    );

    [Fact]
    public async Task A_dry_run_shows_the_changes_and_exits_1_when_there_are_some()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write("organization: { name: Acme }\n", "org.yml");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("apply", "org.yml", "--dry-run"));

        Assert.Equal(
            "ACTION  KIND     NAME      DETAIL\ncreate  account  research  department\ncreate  key      ci        in research\n",
            run.Out
        );
        Assert.Equal("POST /admin/v1/apply?dry_run=true", gateway.Seen.Single().Request);
        Assert.Equal("organization: { name: Acme }\n", gateway.Seen.Single().Body);
        Assert.StartsWith("application/yaml", gateway.Seen.Single().Headers["content-type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_yes_it_applies_and_shows_the_keys_once()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write("x", "org.yml");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("apply", "org.yml", "--yes"));
        Assert.EndsWith("\nKeys made, each shown this once:\n  ci  pk_1.s\n", run.Out, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("apply", "org.yml", "--yes", "--format", "csv"));
        Assert.Equal("action,kind,name,detail,key\r\ncreate,account,research,department,\r\ncreate,key,ci,in research,pk_1.s\r\n", run.Out);
    }

    [Theory]
    [InlineData("y\n", ExitCode.Ok, 2)]
    [InlineData("n\n", ExitCode.Failed, 1)]
    [InlineData("\n", ExitCode.Failed, 1)]
    [InlineData(null, ExitCode.Usage, 1)]
    public async Task It_asks_first(string? answer, int exitCode, int requests)
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Input = answer;
        run.Write("x", "org.yml");

        Assert.Equal(exitCode, await run.RunAsync("apply", "org.yml"));

        Assert.Equal(requests, gateway.Seen.Count);
    }

    [Fact]
    public async Task Every_mistake_of_the_document_is_shown_with_its_place()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/apply",
            """
            {"error":{"code":"invalid_document","message":"2 errors","errors":[
            {"line":3,"column":11,"message":"'kin' is not known","suggestion":"did you mean 'kind'?"},
            {"line":9,"column":5,"message":"the limit is not positive","suggestion":null}]}}
            """,
            400
        );
        using var run = CliRun.With(gateway);
        run.Write("x", "org.yml");

        Assert.Equal(ExitCode.Usage, await run.RunAsync("apply", "org.yml", "--yes"));

        Assert.Equal(
            "org.yml:3:11: 'kin' is not known\n  → did you mean 'kind'?\norg.yml:9:5: the limit is not positive\npurser: org.yml has 2 mistakes; nothing was changed\n",
            run.Error
        );
    }

    private static async Task<FakeGateway> GatewayAsync() =>
        (await FakeGateway.StartAsync()).On("POST /admin/v1/apply?dry_run=true", Plan).On("POST /admin/v1/apply?dry_run=false", Done);
}
