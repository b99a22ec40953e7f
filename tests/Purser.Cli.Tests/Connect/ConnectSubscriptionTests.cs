namespace Purser.Cli.Tests.Connect;

/// <summary><c>connect claude-code --subscription</c>: the person's own login stays, and the key goes beside it.</summary>
public sealed class ConnectSubscriptionTests
{
    private const string Settings = """
        {
          "env": {
            "ANTHROPIC_CUSTOM_HEADERS": "x-team: platform\nx-purser-repository: github.com/acme/search"
          }
        }

        """;

    private const string Headers = "x-team: platform\\nx-purser-repository: github.com/acme/search";

    private int keysMade;

    [Fact]
    public async Task The_key_joins_the_headers_that_are_there_and_no_token_is_set()
    {
        await using var gateway = await GatewayAsync("allow");
        using var run = CliRun.With(gateway);
        run.Write(Settings, ".claude", "settings.json");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--account", "research", "--subscription"));

        var written = run.Read(".claude", "settings.json");
        Assert.Contains($"\"ANTHROPIC_CUSTOM_HEADERS\": \"{Headers}\\nx-purser-key: pk_1.secret\"", written, StringComparison.Ordinal);
        Assert.Contains($"\"ANTHROPIC_BASE_URL\": \"{gateway.Address}\"", written, StringComparison.Ordinal);
        Assert.DoesNotContain("ANTHROPIC_AUTH_TOKEN", written, StringComparison.Ordinal);
        Assert.DoesNotContain("pk_1.secret", run.Out + run.Error, StringComparison.Ordinal);
        Assert.Contains("No call was made", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Seen, seen => seen.Request == "POST /v1/messages");

        // Once more changes nothing, and undo restores every byte.
        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--subscription"));
        Assert.Equal((written, 1), (run.Read(".claude", "settings.json"), keysMade));
        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--undo"));
        Assert.Equal(Settings, run.Read(".claude", "settings.json"));
    }

    [Fact]
    public async Task From_a_key_to_a_subscription_and_back_the_key_stays_and_so_does_what_undo_goes_back_to()
    {
        await using var gateway = await GatewayAsync("allow");
        using var run = CliRun.With(gateway);
        run.Write(Settings, ".claude", "settings.json");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--account", "research"));
        Assert.Contains("\"ANTHROPIC_AUTH_TOKEN\": \"pk_1.secret\"", run.Read(".claude", "settings.json"), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--subscription"));
        Assert.DoesNotContain("ANTHROPIC_AUTH_TOKEN", run.Read(".claude", "settings.json"), StringComparison.Ordinal);
        Assert.Contains("x-purser-key: pk_1.secret", run.Read(".claude", "settings.json"), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code"));
        Assert.Contains($"\"{Headers}\"", run.Read(".claude", "settings.json"), StringComparison.Ordinal);
        Assert.Contains("\"ANTHROPIC_AUTH_TOKEN\": \"pk_1.secret\"", run.Read(".claude", "settings.json"), StringComparison.Ordinal);
        Assert.Equal(1, keysMade);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--undo"));
        Assert.Equal(Settings, run.Read(".claude", "settings.json"));
    }

    [Fact]
    public async Task With_the_logins_token_a_real_call_checks_it()
    {
        await using var gateway = await GatewayAsync("allow");
        using var run = CliRun.With(gateway);
        run.Environment["CLAUDE_CODE_OAUTH_TOKEN"] = "sk-ant-oat01-mine";

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--account", "research", "--subscription"));

        var call = gateway.Seen.Single(seen => seen.Request == "POST /v1/messages");
        Assert.Equal("Bearer sk-ant-oat01-mine", call.Headers["authorization"]);
        Assert.Equal("pk_1.secret", call.Headers["x-purser-key"]);
        Assert.Equal("oauth-2025-04-20", call.Headers["anthropic-beta"]);
        Assert.DoesNotContain("sk-ant-oat01-mine", run.Out + run.Read(".claude", "settings.json"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deny")]
    [InlineData(null)]
    public async Task An_account_that_does_not_allow_it_is_named_with_the_command(string? said)
    {
        await using var gateway = await GatewayAsync(said);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("connect", "claude-code", "--account", "research/search", "--subscription"));

        Assert.Contains("research/search doesn't allow subscriptions", run.Error, StringComparison.Ordinal);
        Assert.Contains("accounts set research/search --subscription-passthrough allow", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_client_is_told_that_it_can_not()
    {
        await using var gateway = await GatewayAsync("allow");
        using var run = CliRun.With(gateway);

        Assert.NotEqual(ExitCode.Ok, await run.RunAsync("connect", "codex", "--subscription"));

        Assert.Contains("Codex can't send a key beside its own login", run.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Seen);
    }

    private async Task<FakeGateway> GatewayAsync(string? said)
    {
        var passthrough = said is null ? "null" : $"\"{said}\"";
        var gateway = await FakeGateway.StartAsync();
        return gateway
            .On(
                "POST /admin/v1/keys",
                _ =>
                    (
                        201,
                        $$"""{"id":"key_{{++keysMade}}","name":"a key","account":"acc_1","account_path":"research","key":"pk_{{keysMade}}.secret"}"""
                    )
            )
            .On("GET /admin/v1/keys", _ => (200, $$"""{"data":[{{(keysMade == 0 ? "" : KeyJson)}}]}"""))
            .On("POST /admin/v1/keys/key_1/disable", KeyJson)
            .On(
                "GET /admin/v1/accounts",
                $$"""
                {"data":[{"id":"acc_0","kind":"organization","name":"acme","path":"","parent":null,"subscription_passthrough":null},
                {"id":"acc_1","kind":"department","name":"research","path":"research","parent":"acc_0","subscription_passthrough":{{passthrough}} },
                {"id":"acc_2","kind":"team","name":"search","path":"research/search","parent":"acc_1","subscription_passthrough":null}]}
                """
            )
            .On(
                "GET /admin/v1/models",
                """{"data":[{"id":"claude-haiku-4-5","provider":"anthropic","api":"anthropic","formats":["messages"],"priced":true,"price_entry":"d"}]}"""
            )
            .On("GET /v1/models", """{"object":"list","data":[{"id":"claude-haiku-4-5"}]}""")
            .On("POST /v1/messages", """{"id":"msg_1","type":"message"}""");
    }

    private const string KeyJson =
        """{"id":"key_1","name":"a key","account":"acc_1","account_path":"research","created_at":"2026-11-24T12:00:00Z","expires_at":null,"disabled":false}""";
}
