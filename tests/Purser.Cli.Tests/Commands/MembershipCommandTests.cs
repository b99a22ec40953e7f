namespace Purser.Cli.Tests.Commands;

public sealed class MembershipCommandTests
{
    private const string Alice = """
        {"id":"acct_1","kind":"member","name":"alice","path":"research/alice","parent":"acct_2","created_at":"2026-11-24T12:00:00Z",
        "since":"2026-11-24T12:00:00Z","planned":[{"from":"2026-12-01T00:00:00Z","parent":"acct_3","path":"support/alice"},{"from":"2027-01-01T00:00:00Z"}]}
        """;

    [Theory]
    [InlineData("move research/alice --to support", "move", """{"to":"support"}""")]
    [InlineData("move research/alice --to support --from now", "move", """{"to":"support"}""")]
    [InlineData("move research/alice --to / --from 2026-12-01", "move", """{"to":"/","from":"2026-12-01T00:00:00Z"}""")]
    [InlineData("end research/alice", "end", "{}")]
    [InlineData("end research/alice --at 2026-12-01T09:30:00+01:00", "end", """{"at":"2026-12-01T08:30:00Z"}""")]
    [InlineData("cancel research/alice", "cancel", "{}")]
    [InlineData("cancel research/alice --from 2026-12-01", "cancel", """{"from":"2026-12-01T00:00:00Z"}""")]
    public async Task A_change_goes_to_the_account_by_its_path(string command, string verb, string body)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On($"POST /admin/v1/accounts/research%2Falice/{verb}", Alice);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["accounts", .. command.Split(' ')]));

        Assert.Equal(body, gateway.Seen.Single().Body);
        Assert.Contains("2026-12-01T00:00:00Z support/alice; 2027-01-01T00:00:00Z ends", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Setting_says_whether_subscriptions_may_be_used()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/accounts/acct_1/settings", Alice);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "set", "acct_1", "--subscription-passthrough", "allow"));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("accounts", "set", "acct_1", "--subscription-passthrough", "yes"));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("accounts", "set", "acct_1"));

        Assert.Equal("""{"subscription_passthrough":"allow"}""", gateway.Seen.Single().Body);
    }

    [Fact]
    public async Task Setting_says_what_routing_may_do()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("POST /admin/v1/accounts/acct_1/settings", Alice);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "set", "acct_1", "--routing", "suggest"));
        Assert.Equal(ExitCode.Usage, await run.RunAsync("accounts", "set", "acct_1", "--routing", "maybe"));

        Assert.Equal("""{"routing":"suggest"}""", gateway.Seen.Single().Body);
    }

    [Fact]
    public async Task A_list_shows_memberships_and_what_is_planned_and_who_has_none()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/accounts",
            $$"""{"data":[{{Alice}},{"id":"acct_9","kind":"member","name":"bob","created_at":"2026-11-24T12:00:00Z","since":"2026-11-25T12:00:00Z","planned":[],"subscription_passthrough":"deny","routing":"on"}]}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "list", "--format", "csv"));

        Assert.Equal(
            "path,kind,name,id,parent,since,planned,created_at,subscription_passthrough,routing\r\n"
                + "research/alice,member,alice,acct_1,acct_2,2026-11-24T12:00:00Z,2026-12-01T00:00:00Z support/alice; 2027-01-01T00:00:00Z ends,2026-11-24T12:00:00Z,,\r\n"
                + ",member,bob,acct_9,,2026-11-25T12:00:00Z,,2026-11-24T12:00:00Z,deny,on\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task The_history_of_an_account_is_listed()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/accounts/acct_1/history",
            """
            {"data":[{"from":"2026-11-24T12:00:00Z","until":"2026-12-01T00:00:00Z","parent":"acct_2","path":"research/alice","state":"in_force"},
            {"from":"2026-12-01T00:00:00Z","state":"planned"}]}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "history", "acct_1", "--format", "csv"));

        Assert.Equal(
            "from,until,path,parent,state\r\n2026-11-24T12:00:00Z,2026-12-01T00:00:00Z,research/alice,acct_2,in_force\r\n2026-12-01T00:00:00Z,,,,planned\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task The_tree_has_who_has_no_membership_beside_it()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On(
                "GET /admin/v1/accounts",
                """
                {"data":[{"id":"acct_0","kind":"organization","name":"Acme","path":""},{"id":"acct_1","kind":"member","name":"ada","path":"ada","parent":"acct_0"},
                {"id":"acct_9","kind":"member","name":"bob"}]}
                """
            )
            .On("GET /admin/v1/budgets", """{"data":[]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "tree"));

        Assert.Equal("Acme (organization)\n└─ ada (member)\nbob (member)  no membership\n", run.Out);
    }

    [Fact]
    public async Task A_time_that_is_none_is_a_wrong_command_line()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync("accounts", "move", "a", "--to", "b", "--from", "soon"));
        Assert.Contains("--from is a date", run.Error, StringComparison.Ordinal);
    }
}
