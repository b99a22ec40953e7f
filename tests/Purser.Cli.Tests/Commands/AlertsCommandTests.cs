namespace Purser.Cli.Tests.Commands;

public sealed class AlertsCommandTests
{
    private const string Alert = """
        {"id":"alert_1","seq":7,"type":"purser.budget.threshold","at":"2026-11-24T12:00:00Z","budget_id":"bud_1","budget_name":"research monthly","scope":"research","window_start":"2026-11-01T00:00:00Z","window_end":"2026-12-01T00:00:00Z","threshold_percent":80,"unit":"usd","limit":"200.000000000","spent":"160.000000001","pending":"0.500000000","message":"80 % of $200 is used.","action":"./purser budgets list","deliveries":[{"webhook":"ops","state":"delivered","attempts":2,"last_at":"2026-11-24T12:00:05Z","status":200},{"webhook":"pager","state":"waiting","attempts":1,"next_at":"2026-11-24T12:00:05Z","status":500,"error":"answered 500"}]}
        """;

    [Fact]
    public async Task Alerts_are_listed_with_what_became_of_them()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/alerts?limit=50",
            $$"""{"data":[{{Alert}},{"id":"alert_0","seq":1,"type":"purser.ledger.fault","at":"2026-11-23T00:00:00Z","message":"The disk is full.","deliveries":[]}]}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("alerts", "list", "--format", "csv"));

        Assert.Equal(
            "at,type,scope,message,deliveries,action,budget_name,budget_id,window_start,window_end,threshold_percent,unit,limit,spent,pending,id\r\n"
                + "2026-11-24T12:00:00Z,purser.budget.threshold,research,80 % of $200 is used.,ops:delivered pager:waiting(answered 500),./purser budgets list,research monthly,bud_1,2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,80,usd,200.000000000,160.000000001,0.500000000,alert_1\r\n"
                + "2026-11-23T00:00:00Z,purser.ledger.fault,,The disk is full.,,,,,,,,,,,,alert_0\r\n",
            run.Out
        );
    }

    [Theory]
    [InlineData("true", "200", "null", ExitCode.Ok)]
    [InlineData("false", "500", "\"answered 500\"", ExitCode.Failed)]
    public async Task A_test_ends_as_the_webhook_answered(string delivered, string status, string error, int exitCode)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/alerts/test",
            $$"""{"data":[{"webhook":"ops","origin":"https://hooks.example.com","delivered":{{delivered}},"status":{{status}},"error":{{error}},"duration_ms":85}]}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(exitCode, await run.RunAsync("alerts", "test", "--webhook", "ops"));

        Assert.Equal("""{"webhook":"ops"}""", gateway.Seen.Single().Body);
        Assert.Contains(status, run.Out, StringComparison.Ordinal);
    }
}
