namespace Purser.Cli.Tests.Commands;

public sealed class AdminCommandTests
{
    private const string Key =
        """{"id":"key_1","name":"ci","account":"acc_2","account_path":"research/search","created_at":"2026-11-24T12:00:00Z","expires_at":null,"disabled":false}""";

    private const string Budget = """
        {"id":"bud_1","name":null,"scope":{"kind":"account","id":"acc_2","path":"research"},"unit":"usd","window":"day","time_zone":"UTC","limit":"0.500000000","hard":true,"on_exhausted":"block","posted":"0.123456789","pending":"0.000000000","remaining":"0.376543211","window_start":"2026-11-24T00:00:00Z","resets_at":"2026-11-25T00:00:00Z"}
        """;

    [Fact]
    public async Task Creating_a_key_prints_the_secret_alone_on_stdout()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/keys",
            """{"id":"key_1","name":"ci","account":"acc_2","account_path":"research/search","key":"pk_1.secret"}""",
            201
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("keys", "create", "ci", "--account", "research/search"));

        Assert.Equal("pk_1.secret\n", run.Out);
        Assert.Contains("It is not shown again.", run.Error, StringComparison.Ordinal);
        Assert.Equal("""{"account":"research/search","name":"ci"}""", gateway.Seen.Single().Body);
        Assert.Equal("Bearer pk_admin", gateway.Seen.Single().Headers["authorization"]);
    }

    [Fact]
    public async Task Listing_keys_as_csv_has_every_column()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/keys", $$"""{"data":[{{Key}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("keys", "list", "--format", "csv"));

        Assert.Equal(
            "id,name,account_path,account,created_at,expires_at,disabled\r\nkey_1,ci,research/search,acc_2,2026-11-24T12:00:00Z,,false\r\n",
            run.Out
        );
    }

    [Fact]
    public async Task Disabling_a_key_by_its_name_finds_its_id()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On("GET /admin/v1/keys", $$"""{"data":[{{Key}}]}""")
            .On("POST /admin/v1/keys/key_1/disable", Key.Replace("false", "true", StringComparison.Ordinal));
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("keys", "disable", "ci"));
        Assert.Equal(ExitCode.Failed, await run.RunAsync("keys", "disable", "other"));
        Assert.Contains("no key that works has the id or name 'other'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("research", """{"name":"research","kind":"team","parent":""}""")]
    [InlineData("research/search/alice", """{"name":"alice","kind":"team","parent":"research/search"}""")]
    public async Task Creating_an_account_splits_its_path(string path, string body)
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/accounts",
            """{"id":"acc_3","kind":"team","name":"x","path":"x","parent":"acc_1","created_at":"2026-11-24T12:00:00Z"}""",
            201
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "create", path, "--kind", "team"));

        Assert.Equal(body, gateway.Seen.Single().Body);
    }

    [Fact]
    public async Task The_tree_shows_each_account_with_its_budgets()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On(
                "GET /admin/v1/accounts",
                """
                {"data":[{"id":"acc_1","kind":"organization","name":"Acme","path":"","parent":null,"created_at":"2026-11-24T12:00:00Z"},
                {"id":"acc_2","kind":"department","name":"research","path":"research","parent":"acc_1","created_at":"2026-11-24T12:00:00Z"},
                {"id":"acc_3","kind":"team","name":"search","path":"research/search","parent":"acc_2","created_at":"2026-11-24T12:00:00Z"},
                {"id":"acc_4","kind":"department","name":"sales","path":"sales","parent":"acc_1","created_at":"2026-11-24T12:00:00Z"}]}
                """
            )
            .On("GET /admin/v1/budgets", $$"""{"data":[{{Budget}}]}""");
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("accounts", "tree"));

        Assert.Equal(
            "Acme (organization)\n├─ research (department)  $0.123456789 of $0.50 a day\n│  └─ search (team)\n└─ sales (department)\n",
            run.Out
        );
    }

    [Fact]
    public async Task A_report_asks_for_its_dimensions_and_ends_with_the_total()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/reports/spend?by=team%2Cmodel&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z&tag.env=prod",
            """
            {"by":["team","model"],"from":"2026-11-01T00:00:00Z","to":"2026-12-01T00:00:00Z","rows":[
            {"team":"search","model":"gpt-5-mini","requests":2,"input_tokens":100,"cached_input_tokens":20,"output_tokens":30,"reasoning_tokens":5,"cost_usd":"0.000123456","estimated_requests":0,"unconfirmed_requests":0,"refused_requests":1}],
            "total":{"requests":2,"input_tokens":100,"cached_input_tokens":20,"output_tokens":30,"reasoning_tokens":5,"cost_usd":"0.000123456","estimated_requests":0,"unconfirmed_requests":0,"refused_requests":1}}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("report", "spend", "--by", "team,model", "--from", "2026-11-01", "--to", "2026-11-30", "--tag", "env=prod")
        );

        Assert.Equal(
            "TEAM    MODEL          COST USD  REQUESTS  INPUT TOKENS  CACHED INPUT TOKENS  OUTPUT TOKENS  REFUSED REQUESTS\n"
                + "search  gpt-5-mini  0.000123456         2           100                   20             30                 1\n"
                + "total               0.000123456         2           100                   20             30                 1\n",
            run.Out
        );
    }

    [Fact]
    public async Task A_report_has_what_was_not_billed_where_there_is_some()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/reports/spend?by=model",
            """
            {"by":["model"],"rows":[{"model":"a","requests":1,"cost_usd":"1.000000000"},{"model":"b","requests":2,"cost_usd":"0.000000000","not_billed_usd":"0.500000000"}],
            "total":{"requests":3,"cost_usd":"1.000000000","not_billed_usd":"0.500000000"}}
            """
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("report", "spend", "--by", "model", "--format", "csv"));

        Assert.StartsWith("model,cost_usd,not_billed_usd,requests,", run.Out, StringComparison.Ordinal);
        Assert.Contains("a,1.000000000,,1,", run.Out, StringComparison.Ordinal);
        Assert.Contains("b,0.000000000,0.500000000,2,", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_day_of_all_can_be_the_end_of_a_report()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/reports/served?to=9999-12-31T23:59:59.9999999Z",
            """{"data":[]}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("report", "served", "--to", "9999-12-31"));
    }

    [Theory]
    [InlineData("report spend --from 2026-11-27 --to 2026-11-01")]
    [InlineData("report contracts --from 1d --to 2d")]
    [InlineData("report served --from 2026-11-27T10:00:00Z --to 2026-11-27T10:00:00Z")]
    public async Task A_report_that_ends_before_it_begins_is_a_usage_error(string line)
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(line.Split(' ')));

        Assert.Contains("isn't before --to", run.Error, StringComparison.Ordinal);
        Assert.Contains("  → ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_admin_key_the_error_says_how_to_get_one()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.NotAuthorized, await run.RunAsync("keys", "list"));

        Assert.StartsWith("purser: no admin key\n  → The gateway printed its admin key once", run.Error, StringComparison.Ordinal);
        Assert.Contains("admin-key reset", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_admin_key_is_its_own_exit_code()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/keys",
            """{"error":{"code":"unauthorized","message":"The admin key is not valid."}}""",
            401
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.NotAuthorized, await run.RunAsync("keys", "list"));
        Assert.StartsWith("purser: The admin key is not valid\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_is_not_there_is_its_own_exit_code()
    {
        using var run = new CliRun();
        run.Environment["PURSER_ADMIN_KEY"] = "pk_admin";

        // Port 1 of this machine: nobody listens there.
        Assert.Equal(ExitCode.Unreachable, await run.RunAsync("keys", "list", "--gateway", "http://127.0.0.1:1"));

        Assert.StartsWith("purser: can't reach the gateway at http://127.0.0.1:1 (", run.Error, StringComparison.Ordinal);
        Assert.Contains("./purser up", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys list --format xml", "--format is table, json or csv, not 'xml'", "purser keys list --help")]
    [InlineData("report spend --by team,colour", "--by doesn't know colour", "purser report spend --help")]
    [InlineData("connect emacs", "emacs", "purser connect --help")]
    [InlineData("nonsense", "nonsense", "purser --help")]
    public async Task A_wrong_command_line_is_a_usage_error(string line, string message, string help)
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync(line.Split(' ')));

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.EndsWith($"  → {help}\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }
}
