using System.Text.Json.Nodes;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>What agents say of their work: where it's kept, what counts before what, and what it can't do.</summary>
public sealed class AgentContextTests
{
    private const string Body = """{"model":"gpt-5-mini","max_completion_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static readonly (string, string)[] CiRun =
    [
        (
            "baggage",
            "app=web;p=1,purser.run=nightly,session.id=s-1,gen_ai.agent.name=planner,vcs.repository.url.full=https%3A%2F%2Fci:tok-123@github.com%2Facme%2Fsearch.git,vcs.ref.head.name=main,vcs.ref.head.revision=0f0f"
        ),
        ("traceparent", Trace),
        ("x-claude-code-agent-id", "a-2"),
        ("x-claude-code-parent-agent-id", "a-1"),
        ("x-claude-code-prompt-id", "p-1"),
        ("user-agent", "claude-cli/2.1.330"),
    ];

    [Fact]
    public async Task It_is_in_the_event_and_in_reports_and_the_trace_goes_on()
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body, CiRun);
        await gateway.SettledAsync();

        var story = (await gateway.ExplainAsync(response))!;
        var subject = story["subject"]!;
        Assert.Equal(
            ["s-1", "planner", "nightly", "github.com/acme/search", "main", "search"],
            ((string[])["session", "agent", "run", "repository", "branch"])
                .Select(name => subject[name]!.GetValue<string>())
                .Append(subject["tags"]!["project"]!.GetValue<string>())
        );
        Assert.Equal(
            """{"gen_ai.conversation.id":"s-1","gen_ai.agent.name":"planner","vcs.repository.url.full":"https://github.com/acme/search","vcs.ref.head.name":"main","gen_ai.agent.id":"a-2","purser.agent.parent_id":"a-1","purser.turn.id":"p-1","user_agent.name":"claude-code","vcs.ref.head.revision":"0f0f","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}""",
            story["context"]!.ToJsonString()
        );
        foreach (
            var (by, value) in (IEnumerable<(string, string)>)
                [
                    ("run", "nightly"),
                    ("session", "s-1"),
                    ("agent", "planner"),
                    ("repository", "github.com/acme/search"),
                    ("branch", "main"),
                    ("tag:project", "search"),
                ]
        )
        {
            var row = (await gateway.AdminAsync(HttpMethod.Get, $"/reports/spend?by={by}"))!["rows"]!.AsArray().Single()!;
            Assert.Equal((value, "0.000025000"), (row[by]!.GetValue<string>(), row["cost_usd"]!.GetValue<string>()));
        }

        var sent = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.Equal(Trace, sent["traceparent"]);
        Assert.StartsWith("app=web;p=1,session.id=s-1,", sent["baggage"], StringComparison.Ordinal);
        Assert.DoesNotContain("purser.", sent["baggage"], StringComparison.Ordinal);
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);
        Assert.DoesNotContain("tok-123", await StoredAsync(gateway), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_shall_not_see_the_trace_does_not()
    {
        await using var gateway = await StartAsync(provider => provider with { DropsTraceContext = true });

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body, [.. CiRun, ("tracestate", "a=1")]);

        var sent = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.DoesNotContain(sent.Keys, name => name.ToLowerInvariant() is "traceparent" or "tracestate" or "baggage");
        var story = await gateway.ExplainAsync(response);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", story!["context"]!["trace_id"]!.GetValue<string>());
    }

    [Theory]
    // Purser's own headers, then baggage, then the client's own, then the repository's project.
    [InlineData("purser.project=b", "h", null, "h")]
    [InlineData("purser.project=b", null, "project=t", "t")]
    [InlineData("purser.project=b", "h", "project=t", "h")]
    [InlineData("purser.project=b,purser.tags=project%3Dp", null, null, "b")]
    [InlineData("purser.tags=project%3Dp", null, null, "p")]
    [InlineData("purser.tags=broken", null, null, "search")]
    [InlineData("malformed", null, null, "search")]
    public async Task What_is_said_more_plainly_goes_before(string baggage, string? project, string? tags, string expected)
    {
        await using var gateway = await StartAsync();
        var headers = new List<(string, string)> { ("baggage", baggage), ("x-purser-repository", "git@github.com:acme/search.git") };
        headers.AddRange(project is null ? [] : [("x-purser-project", project)]);
        headers.AddRange(tags is null ? [] : [("x-purser-tags", tags)]);

        using var response = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            Body.Replace("{\"m", "{\"metadata\":{\"project\":\"m\"},\"m", StringComparison.Ordinal),
            [.. headers]
        );

        Assert.Equal(200, (int)response.StatusCode);
        await gateway.SettledAsync();
        var subject = (await gateway.ExplainAsync(response))!["subject"]!;
        Assert.Equal(expected, subject["tags"]!["project"]!.GetValue<string>());
        Assert.Equal("github.com/acme/search", subject["repository"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("x-purser-run", " ")]
    [InlineData("x-purser-branch", "long")]
    [InlineData("x-purser-repository", "/home/ada/search")]
    public async Task One_of_Pursers_own_headers_that_is_malformed_is_refused(string name, string value)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            Body,
            (name, value == "long" ? new string('x', 257) : value)
        );

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(name, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Sessions_of_one_run_spend_from_one_budget()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(1m);
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                run = "each",
                unit = "requests",
                window = "run",
                limit = "2",
            }
        );

        var statuses = new List<int>();
        foreach (var (run, session) in ((string, string)[])[("r-1", "s-1"), ("r-1", "s-2"), ("r-1", "s-3"), ("r-2", "s-3")])
        {
            using var response = await gateway.ChatAsync(key, Body, ("x-purser-run", run), ("x-session-id", session));
            statuses.Add((int)response.StatusCode);
            await gateway.SettledAsync();
        }

        Assert.Equal([true, true, false, true], statuses.Select(status => status == 200));
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);
    }

    [Fact]
    public async Task No_project_moves_spend_out_of_the_keys_budgets()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.0002m);
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                tag = "project=rich",
                unit = "usd",
                window = "lifetime",
                limit = "100",
            }
        );
        var headers = new[] { ("x-purser-project", "rich"), ("x-purser-repository", "github.com/acme/other") };

        var statuses = new List<int>();
        for (var i = 0; i < 10; i++)
        {
            using var response = await gateway.ChatAsync(key, Body, headers);
            statuses.Add((int)response.StatusCode);
            await gateway.SettledAsync();
        }

        Assert.Equal((200, 402), (statuses[0], statuses[^1]));
    }

    [Fact]
    public async Task Who_the_person_is_and_the_machine_is_stored_nowhere()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 400, """{"error":{"message":"no"}}""");

        await gateway.MessagesAsync(
            key,
            """{"model":"claude-test","max_tokens":10,"messages":[],"metadata":{"user_id":"{\"device_id\":\"dev-999\",\"account_uuid\":\"acc-999\",\"session_id\":\"s-9\"}"}}"""
        );
        await gateway.MessagesAsync(
            key,
            """{"model":"claude-test","max_tokens":10,"messages":[],"metadata":{"user_id":"user_dev-999_account_acc-999_session_s-9"}}"""
        );
        await gateway.ChatAsync(
            key,
            Body.Replace(
                "{\"m",
                "{\"user\":\"ada@acme.io\",\"metadata\":{\"by\":\"ada@acme.io\",\"a=b\":\"c\"},\"m",
                StringComparison.Ordinal
            ),
            ("baggage", "user.email=ada%40acme.io,enduser.id=ada-999")
        );
        await gateway.SettledAsync();
        var events = await gateway.AdminTextAsync("/events");
        await gateway.StopAsync();

        Assert.Contains("\"session\":\"s-9\"", events, StringComparison.Ordinal);
        Assert.Contains("\"a_b\":\"c\"", events, StringComparison.Ordinal);
        foreach (var text in (string[])[events, await StoredAsync(gateway)])
        {
            Assert.DoesNotContain("-999", text, StringComparison.Ordinal);
            Assert.DoesNotContain("acme.io", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_hostile_value_breaks_no_line_and_runs_in_no_spreadsheet()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(
            key,
            Body,
            (
                "baggage",
                "purser.run=%3Dcmd%7C%27%20%2FC%20calc%27%21A0,session.id=a%22%2Cb%0D%0Ac%00%1B%5B2J,vcs.ref.head.name="
                    + new string('x', 3000)
            )
        );

        Assert.Equal(200, (int)response.StatusCode);
        await gateway.SettledAsync();
        var metrics = await gateway.Client.GetStringAsync("/metrics");
        await gateway.StopAsync();
        using var csv = new StringWriter();
        LedgerExport.Write(gateway.Directory, csv, ExportFormat.Csv);
        var post = csv.ToString().Split('\n').Single(line => line.Contains(",post,", StringComparison.Ordinal));
        Assert.Contains(",'=cmd|' /C calc'!A0,", post, StringComparison.Ordinal);
        Assert.Contains(",\"a\"\",bc[2J\",", post, StringComparison.Ordinal);
        Assert.Contains("," + new string('x', 256), post, StringComparison.Ordinal);
        Assert.DoesNotContain("xxxx", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("cmd", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/metrics")]
    [InlineData("/v1/logs")]
    [InlineData("/v1/traces")]
    public async Task Telemetry_is_refused_in_JSON(string path)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.PostAsync(path, """{"resourceMetrics":[]}""");

        Assert.Equal((404, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("no_telemetry", error["code"]!.GetValue<string>());
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("github.com/acme/search", "search")]
    [InlineData("GitHub.com/Acme/Search-ui", "search")]
    [InlineData("github.com/acme/other", "acme")]
    [InlineData("github.com/ada/search", null)]
    public void A_repository_has_the_project_of_the_longest_pattern(string repository, string? project)
    {
        var configuration = ConfigurationFile.Parse(
            "purser.yml",
            "repositories:\n  github.com/acme/*: acme\n  github.com/acme/search*: search\n",
            _ => null
        );

        Assert.Empty(configuration.Errors);
        Assert.Equal(project, new RepositoryProjects(configuration.Repositories).ProjectOf(repository));
    }

    [Fact]
    public void A_project_that_no_tag_can_be_is_an_error_of_the_file()
    {
        var configuration = ConfigurationFile.Parse("purser.yml", "repositories:\n  github.com/a/*: \"a\\nb\"\n", _ => null);

        Assert.Contains("github.com/a/*", Assert.Single(configuration.Errors).Message, StringComparison.Ordinal);
    }

    private static Task<TestGateway> StartAsync(Func<ProviderOptions, ProviderOptions>? provider = null) =>
        TestGateway.StartAsync(
            provider,
            options =>
                options with
                {
                    Repositories = new RepositoryProjects(new Dictionary<string, string> { ["github.com/acme/search"] = "search" }),
                }
        );

    /// <summary>Everything that the data folder holds, byte by byte.</summary>
    private static async Task<string> StoredAsync(TestGateway gateway)
    {
        var all = new System.Text.StringBuilder();
        foreach (var file in Directory.EnumerateFiles(gateway.Directory, "*", SearchOption.AllDirectories))
        {
            all.Append(System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
        }

        return all.ToString();
    }
}
