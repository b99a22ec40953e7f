namespace Purser.Cli.Tests.Connect;

public sealed class ConnectCommandTests
{
    private const string Settings =
        "{\n  \"permissions\": { \"allow\": [\"Bash(ls)\"] }, // mine\n  \"env\": {\n    \"FOO\": \"bar\"\n  }\n}\n";

    private int keysMade;
    private readonly List<string> disabled = [];

    [Fact]
    public async Task Claude_code_gets_a_key_of_its_own_and_a_real_call_checks_it()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write(Settings, ".claude", "settings.json");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--account", "research"));

        Assert.Equal(
            "{\n  \"permissions\": { \"allow\": [\"Bash(ls)\"] }, // mine\n  \"env\": {\n    \"FOO\": \"bar\",\n    \"ANTHROPIC_BASE_URL\": \""
                + gateway.Address
                + "\",\n    \"ANTHROPIC_AUTH_TOKEN\": \"pk_1.secret\"\n  }\n}\n",
            run.Read(".claude", "settings.json")
        );
        Assert.Equal(Settings, run.Read(".claude", "settings.json.purser-backup"));
        var made = gateway.Seen.Single(seen => seen.Request == "POST /admin/v1/keys");
        Assert.StartsWith("{\"account\":\"research\",\"name\":\"claude-code on ", made.Body, StringComparison.Ordinal);
        var call = gateway.Seen.Single(seen => seen.Request == "POST /v1/messages");
        Assert.Equal("""{"model":"claude-haiku-4-5","max_tokens":16,"messages":[{"role":"user","content":"Say hi."}]}""", call.Body);
        Assert.Equal("Bearer pk_1.secret", call.Headers["authorization"]);
        Assert.Equal("2023-06-01", call.Headers["anthropic-version"]);
        Assert.DoesNotContain("pk_1.secret", run.Out + run.Error, StringComparison.Ordinal);
        Assert.Contains("a real call to claude-haiku-4-5 was answered", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connecting_twice_is_connecting_once()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write(Settings, ".claude", "settings.json");
        await run.RunAsync("connect", "claude-code", "--account", "research");
        var after = run.Read(".claude", "settings.json");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code"));

        Assert.Equal(1, keysMade);
        Assert.Equal(after, run.Read(".claude", "settings.json"));
        Assert.Equal(Settings, run.Read(".claude", "settings.json.purser-backup"));
        Assert.Contains("nothing was changed", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undo_restores_every_byte_and_disables_the_key()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write(Settings, ".claude", "settings.json");
        await run.RunAsync("connect", "claude-code");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--undo"));

        Assert.Equal(Settings, run.Read(".claude", "settings.json"));
        Assert.Equal(["settings.json"], Directory.GetFiles(run.File(".claude")).Select(Path.GetFileName));
        Assert.Equal(["key_1"], disabled);
    }

    [Fact]
    public async Task Undo_keeps_what_was_changed_since()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        await run.RunAsync("connect", "claude-code");
        run.Write(
            run.Read(".claude", "settings.json").Replace("{\n  \"env\"", "{\n  \"theme\": \"dark\",\n  \"env\"", StringComparison.Ordinal),
            ".claude",
            "settings.json"
        );

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--undo"));

        Assert.Equal("{\n  \"theme\": \"dark\"\n}\n", run.Read(".claude", "settings.json"));
    }

    [Fact]
    public async Task Undo_removes_a_file_that_was_not_there_before()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        await run.RunAsync("connect", "claude-code");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--undo"));

        Assert.Empty(Directory.GetFiles(run.File(".claude")));
    }

    [Fact]
    public async Task Connecting_for_another_account_replaces_the_key_and_undo_still_goes_back_to_the_start()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write(Settings, ".claude", "settings.json");
        await run.RunAsync("connect", "claude-code", "--account", "research");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--account", "sales"));
        Assert.Equal(2, keysMade);
        Assert.Equal(["key_1"], disabled);
        Assert.Contains("pk_2.secret", run.Read(".claude", "settings.json"), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "claude-code", "--undo"));
        Assert.Equal(Settings, run.Read(".claude", "settings.json"));
        Assert.Equal(["key_1", "key_2"], disabled);
    }

    [Fact]
    public async Task Codex_is_set_up_and_the_check_says_why_the_call_was_refused()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        const string Before = "# mine\nmodel = \"gpt-5-mini\"\n\n[profiles.x]\nmodel = \"y\"\n";
        run.Write(Before, ".codex", "config.toml");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("connect", "codex"));

        Assert.Equal(
            "# mine\nmodel = \"gpt-5-mini\"\nmodel_provider = \"purser\"\n\n[profiles.x]\nmodel = \"y\"\n\n[model_providers.purser]\nname = \"Purser\"\nbase_url = \""
                + gateway.Address
                + "/v1\"\nwire_api = \"responses\"\nhttp_headers = { Authorization = \"Bearer pk_1.secret\" }\n",
            run.Read(".codex", "config.toml")
        );
        Assert.Contains("the call to gpt-5-mini was answered 404: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("./purser connect codex --undo", run.Error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "codex", "--undo"));
        Assert.Equal(Before, run.Read(".codex", "config.toml"));
    }

    [Fact]
    public async Task Qwen_gets_variables_the_way_to_sign_in_and_a_model()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "qwen"));

        var settings = System.Text.Json.Nodes.JsonNode.Parse(run.Read(".qwen", "settings.json"))!;
        Assert.Equal(gateway.Address + "/v1", settings["env"]!["OPENAI_BASE_URL"]!.GetValue<string>());
        Assert.Equal("pk_1.secret", settings["env"]!["OPENAI_API_KEY"]!.GetValue<string>());
        Assert.Equal("openai", settings["security"]!["auth"]!["selectedType"]!.GetValue<string>());
        Assert.Equal("gpt-5", settings["model"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Gemini_has_two_files_and_both_come_back()
    {
        await using var gateway = (await GatewayAsync()).On(
            "POST /v1beta/models/gemini-2.5-flash:generateContent",
            """{"candidates":[]}"""
        );
        using var run = CliRun.With(gateway);
        run.Write("GEMINI_API_KEY=mine\n", ".gemini", ".env");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "gemini"));

        Assert.Equal($"GEMINI_API_KEY=pk_1.secret\nGOOGLE_GEMINI_BASE_URL={gateway.Address}\n", run.Read(".gemini", ".env"));
        Assert.Contains("\"selectedType\": \"gemini-api-key\"", run.Read(".gemini", "settings.json"), StringComparison.Ordinal);
        var call = gateway.Seen.Single(seen => seen.Request.EndsWith(":generateContent", StringComparison.Ordinal));
        Assert.Equal(
            """{"contents":[{"role":"user","parts":[{"text":"Say hi."}]}],"generationConfig":{"maxOutputTokens":16}}""",
            call.Body
        );

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "gemini", "--undo"));
        Assert.Equal("GEMINI_API_KEY=mine\n", run.Read(".gemini", ".env"));
        Assert.False(File.Exists(run.File(".gemini", "settings.json")));
    }

    [Fact]
    public async Task Opencode_gets_a_provider_with_the_gateways_models()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write("{\n  // mine\n  \"theme\": \"x\",\n}\n", ".config", "opencode", "opencode.jsonc");

        Assert.Equal(ExitCode.Ok, await run.RunAsync("connect", "opencode"));

        Assert.Equal(
            """
            {
              // mine
              "theme": "x",
              "provider": {
                "purser": {
                  "npm": "@ai-sdk/openai-compatible",
                  "name": "Purser",
                  "options": {
                    "baseURL": "ADDRESS/v1",
                    "apiKey": "pk_1.secret"
                  },
                  "models": {
                    "gpt-5-mini": {
                      "name": "gpt-5-mini"
                    },
                    "gpt-5": {
                      "name": "gpt-5"
                    }
                  }
                }
              },
              "model": "purser/gpt-5"
            }

            """.Replace("ADDRESS", gateway.Address, StringComparison.Ordinal),
            run.Read(".config", "opencode", "opencode.jsonc")
        );
        var call = gateway.Seen.Single(seen => seen.Request == "POST /v1/chat/completions");
        Assert.Equal("""{"model":"gpt-5-mini","max_completion_tokens":16,"messages":[{"role":"user","content":"Say hi."}]}""", call.Body);
    }

    [Fact]
    public async Task A_file_that_is_broken_is_left_alone_and_costs_no_key()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);
        run.Write("{ \"env\": ", ".claude", "settings.json");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("connect", "claude-code"));

        Assert.Equal(0, keysMade);
        Assert.Equal("{ \"env\": ", run.Read(".claude", "settings.json"));
        Assert.Contains("can't be edited", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task A_new_file_is_its_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes");
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);

        await run.RunAsync("connect", "claude-code");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(run.File(".claude", "settings.json")));
    }

    [Fact]
    public async Task Undo_of_nothing_says_so()
    {
        await using var gateway = await GatewayAsync();
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("connect", "claude-code", "--undo"));
        Assert.StartsWith("purser: Claude Code isn't connected", run.Error, StringComparison.Ordinal);
    }

    private async Task<FakeGateway> GatewayAsync()
    {
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
            .On("GET /admin/v1/keys", _ => (200, $$"""{"data":[{{string.Join(',', Enumerable.Range(1, keysMade).Select(KeyJson))}}]}"""))
            .On("POST /admin/v1/keys/key_1/disable", _ => Disable("key_1"))
            .On("POST /admin/v1/keys/key_2/disable", _ => Disable("key_2"))
            .On(
                "GET /admin/v1/models",
                """
                {"data":[{"id":"gpt-5","provider":"openai","api":"openai","formats":["chat","responses"],"priced":true,"price_entry":"a"},
                {"id":"gpt-5-mini","provider":"openai","api":"openai","formats":["chat","responses"],"priced":true,"price_entry":"b"},
                {"id":"gpt-5-mini-2025-08-07","provider":"openai","api":"openai","formats":["chat","responses"],"priced":true,"price_entry":"b"},
                {"id":"gpt-free","provider":"openai","api":"openai","formats":["chat","responses"],"priced":false,"price_entry":null},
                {"id":"claude-opus-4-5","provider":"anthropic","api":"anthropic","formats":["messages"],"priced":true,"price_entry":"c"},
                {"id":"claude-haiku-4-5","provider":"anthropic","api":"anthropic","formats":["messages"],"priced":true,"price_entry":"d"},
                {"id":"gemini-2.5-pro","provider":"gemini","api":"gemini","formats":["gemini"],"priced":true,"price_entry":"e"},
                {"id":"gemini-2.5-flash","provider":"gemini","api":"gemini","formats":["gemini"],"priced":true,"price_entry":"f"}]}
                """
            )
            .On(
                "GET /v1/models",
                """{"object":"list","data":[{"id":"gpt-5"},{"id":"gpt-5-mini"},{"id":"gpt-5-mini-2025-08-07"},{"id":"gpt-free"},{"id":"claude-opus-4-5"},{"id":"claude-haiku-4-5"},{"id":"gemini-2.5-pro"},{"id":"gemini-2.5-flash"}]}"""
            )
            .On("POST /v1/messages", """{"id":"msg_1","type":"message"}""")
            .On("POST /v1/chat/completions", """{"id":"chatcmpl-1"}""");
    }

    private (int, string) Disable(string id)
    {
        disabled.Add(id);
        return (200, KeyJson(id[^1] - '0'));
    }

    private string KeyJson(int number)
    {
        var isDisabled = disabled.Contains($"key_{number}") ? "true" : "false";
        return $$"""{"id":"key_{{number}}","name":"a key","account":"acc_1","account_path":"research","created_at":"2026-11-24T12:00:00Z","expires_at":null,"disabled":{{isDisabled}}}""";
    }
}
