using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Gateway.Storage;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class SubscriptionTests
{
    private const string Token = "sk-ant-oat01-the-callers-own-0123456789";
    private const string Body = """{"model":"claude-test","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
    private const string ChatBody = """{"model":"gpt-5-mini","max_completion_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";

    // 11 tokens in at $1 and 7 out at $2 a million: $0.000025.
    private const string Answer =
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","usage":{"input_tokens":11,"output_tokens":7}}""";

    [Fact]
    public async Task An_allowed_subscription_goes_upstream_unchanged_and_costs_no_dollars()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.01m);
        await AllowAsync(gateway);

        using var response = await AskAsync(gateway, key, Token);
        await gateway.SettledAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal($"Bearer {Token}", sent.Headers["Authorization"]);
        Assert.False(sent.Headers.ContainsKey("x-api-key"));
        Assert.False(sent.Headers.ContainsKey("x-purser-key"));
        Assert.Equal("0.000000000", response.Headers.GetValues("x-purser-cost-usd").Single());
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("subscription", attempt["billed"]!.GetValue<string>());
        Assert.Equal("caller", attempt["credential"]!.GetValue<string>());
        Assert.Equal("0.000000000", attempt["cost_usd"]!.GetValue<string>());
        Assert.Equal("0.000025000", attempt["list_cost_usd"]!.GetValue<string>());
        Assert.Equal(7, attempt["usage"]!["output"]!.GetValue<int>());
    }

    [Fact]
    public async Task Dollar_budgets_count_none_of_it_and_budgets_of_tokens_and_requests_all_of_it()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.000000001m);
        await AllowAsync(gateway);
        foreach (var unit in (string[])["tokens", "requests"])
        {
            await gateway.AdminAsync(
                HttpMethod.Put,
                "/budgets",
                new
                {
                    account = "",
                    unit,
                    window = "lifetime",
                    limit = "200000",
                }
            );
        }

        using var response = await AskAsync(gateway, key, Token);
        await gateway.SettledAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var posted = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]!
            .AsArray()
            .Select(budget => (Unit: budget!["unit"]!.GetValue<string>(), Posted: budget["posted"]!.GetValue<string>()))
            .ToList();
        Assert.All(posted.Where(budget => budget.Unit == "usd"), budget => Assert.Equal("0.000000000", budget.Posted));
        Assert.Contains(("tokens", "18"), posted);
        Assert.Contains(("requests", "1"), posted);
    }

    [Fact]
    public async Task Reports_events_and_exports_mark_it_and_give_its_list_price_apart()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AllowAsync(gateway);
        await AskAsync(gateway, key, Token);
        await AskAsync(gateway, key, null);
        await gateway.SettledAsync();

        var total = (await gateway.AdminAsync(HttpMethod.Get, "/reports/spend?by=model"))!["total"]!;
        var events = (await gateway.AdminTextAsync("/events"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!)
            .ToList();

        Assert.Equal("0.000025000", total["cost_usd"]!.GetValue<string>());
        Assert.Equal("0.000025000", total["not_billed_usd"]!.GetValue<string>());
        Assert.Equal(2, total["requests"]!.GetValue<int>());
        Assert.Equal(["subscription", null], events.Select(line => line["billed"]?.GetValue<string>()));
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);
        using var export = new StringWriter();
        LedgerExport.Write(gateway.Directory, export, ExportFormat.JsonLines);
        Assert.Single(export.ToString().Split('\n'), line => line.Contains("\"billed\":\"subscription\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Correcting_prices_leaves_it_as_it_is()
    {
        await using var gateway = await StartAsync();
        await AllowAsync(gateway);
        await AskAsync(gateway, await gateway.KeyAsync(), Token);
        await gateway.SettledAsync();

        var rerated = await gateway.AdminAsync(
            HttpMethod.Post,
            "/ledger/rerate",
            new
            {
                from = "2020-01-01T00:00:00Z",
                to = "2100-01-01T00:00:00Z",
                by = "ana",
            }
        );

        Assert.Empty(rerated!["rerated"]!.AsArray());
        Assert.Equal("subscription", Assert.Single(rerated["left"]!.AsArray())!["why"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_stream_on_a_subscription_is_not_cut_off_by_a_dollar_budget()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(0.000000001m);
        await AllowAsync(gateway);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.EventsAsync(
                http,
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-test\",\"content\":[],\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}\n\n",
                "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
                $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{new string('a', 20_000)}\"}}}}\n\n",
                "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
                "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5000}}\n\n",
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
            );

        using var response = await AskAsync(
            gateway,
            key,
            Token,
            Body.Replace("\"max_tokens\":10", "\"max_tokens\":64000,\"stream\":true", StringComparison.Ordinal)
        );
        var text = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Contains("end_turn", text, StringComparison.Ordinal);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("completed", attempt["outcome"]!.GetValue<string>());
        Assert.Equal("0.010011000", attempt["list_cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task One_callers_limit_is_no_others_and_nothing_is_kept_of_it()
    {
        const string other = "sk-ant-oat01-another-callers-0123456789";
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AllowAsync(gateway);
        gateway.Upstream.Answer = http =>
        {
            if (http.Request.Headers.Authorization == $"Bearer {other}")
            {
                return RecordingUpstream.JsonAsync(http, 200, Answer);
            }

            http.Response.Headers.RetryAfter = "60";
            return RecordingUpstream.JsonAsync(http, 429, """{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}""");
        };
        var statuses = new List<int>();

        foreach (var token in (string[])[Token, Token, other, Token])
        {
            using var response = await AskAsync(gateway, key, token);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([429, 429, 200, 429], statuses);
        var providers = (await gateway.AdminAsync(HttpMethod.Get, "/status"))!["providers"]!.AsArray();
        Assert.All(providers, provider => Assert.Empty(provider!["lanes"]!.AsArray()));
    }

    [Fact]
    public async Task What_the_vendor_refuses_a_callers_own_for_is_the_callers_to_know()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AllowAsync(gateway);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(http, 401, """{"type":"error","error":{"type":"authentication_error","message":"expired"}}""");

        using var response = await AskAsync(gateway, key, Token);
        await gateway.SettledAsync();

        Assert.Equal((HttpStatusCode.Unauthorized, false), (response.StatusCode, response.Headers.Contains("x-should-retry")));
        Assert.Single(gateway.Upstream.Requests);
        Assert.Empty((await gateway.AdminAsync(HttpMethod.Get, "/alerts"))!["data"]!.AsArray());
    }

    [Fact]
    public async Task Unless_an_account_allows_it_nothing_is_sent()
    {
        await using var gateway = await StartAsync();
        await gateway.AdminAsync(HttpMethod.Post, "/accounts", new { name = "research", kind = "department" });
        var key = (await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "research", name = "k" }))![
            "key"
        ]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync());
        await AllowAsync(gateway);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());
        await SetAsync(gateway, "research", "deny");
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync());
        await SetAsync(gateway, "research", "inherit");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());

        Assert.Equal(2, gateway.Upstream.Requests.Count);
        await gateway.StopAsync();
        Assert.Empty(LedgerVerifier.Verify(gateway.Directory).Problems);

        async Task<HttpStatusCode> StatusAsync()
        {
            using var response = await AskAsync(gateway, key, Token);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task A_callers_token_goes_to_its_own_vendor_alone()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AllowAsync(gateway);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);

        using var response = await gateway.ChatAsync(Token, ChatBody, ("x-purser-key", key));
        await gateway.SettledAsync();

        Assert.Equal("Bearer sk-provider-secret", Assert.Single(gateway.Upstream.Requests).Headers["Authorization"]);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Null(attempt["billed"]);
        Assert.Equal("0.000025000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_token_is_not_sent_where_a_provider_of_that_api_is_somebody_elses()
    {
        await using var gateway = await StartAsync(takes: null);
        await AllowAsync(gateway);

        using var response = await AskAsync(gateway, await gateway.KeyAsync(), Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("sk-ant-provider-secret", sent.Headers["x-api-key"]);
        Assert.False(sent.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task ChatGpts_token_is_known_by_its_account_header()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AllowAsync(gateway);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);

        using var response = await gateway.ChatAsync(
            "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl",
            ChatBody,
            ("x-purser-key", key),
            ("chatgpt-account-id", "acc")
        );

        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("Bearer eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", sent.Headers["Authorization"]);
        Assert.Equal("acc", sent.Headers["chatgpt-account-id"]);
        Assert.Equal("0.000000000", response.Headers.GetValues("x-purser-cost-usd").Single());
    }

    [Fact]
    public async Task Counting_tokens_uses_the_subscription_too()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AllowAsync(gateway);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, """{"input_tokens":3}""");

        using var response = await gateway.PostAsync(
            "/v1/messages/count_tokens",
            Body,
            ("x-purser-key", key),
            ("Authorization", $"Bearer {Token}")
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"Bearer {Token}", Assert.Single(gateway.Upstream.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task Without_pursers_own_header_a_subscription_is_no_key()
    {
        await using var gateway = await StartAsync();
        await AllowAsync(gateway);

        using var response = await gateway.PostAsync("/v1/messages", Body, ("Authorization", $"Bearer {Token}"));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_callers_token_is_kept_nowhere_and_masked_in_answers()
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync();
        await AllowAsync(gateway);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 401, $$$"""{"error":{"message":"bad {{{Token}}}"}}""");

        using var response = await AskAsync(gateway, key, Token);

        Assert.DoesNotContain(Token, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await gateway.StopAsync();
        foreach (var file in Directory.EnumerateFiles(gateway.Directory))
        {
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Token)) < 0, file);
        }
    }

    [Theory]
    [InlineData("UPDATE accounts SET subscriptions = 0")]
    [InlineData("UPDATE accounts SET subscriptions = NULL")]
    public async Task Verifying_the_ledger_finds_an_altered_setting(string alteration)
    {
        await using var gateway = await StartAsync();
        await AllowAsync(gateway);
        await gateway.StopAsync();
        await using (
            var connection = new Microsoft.Data.Sqlite.SqliteConnection(
                $"Data Source={LedgerStore.FileIn(gateway.Directory)};Pooling=False"
            )
        )
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = alteration;
            command.ExecuteNonQuery();
        }

        Assert.Contains("subscriptions", LedgerVerifier.Verify(gateway.Directory).Problems[0], StringComparison.Ordinal);
    }

    private static async Task<TestGateway> StartAsync(bool? takes = true)
    {
        var gateway = await TestGateway.StartAsync(provider => provider with { SubscriptionPassthrough = takes });
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        return gateway;
    }

    private static Task AllowAsync(TestGateway gateway) => SetAsync(gateway, "", "allow");

    private static Task SetAsync(TestGateway gateway, string account, string passthrough) =>
        gateway.AdminAsync(
            HttpMethod.Post,
            $"/accounts/{Uri.EscapeDataString(account.Length == 0 ? "/" : account)}/settings",
            new { subscription_passthrough = passthrough }
        );

    private static Task<HttpResponseMessage> AskAsync(TestGateway gateway, string key, string? token, string body = Body) =>
        gateway.PostAsync(
            "/v1/messages",
            body,
            token is null ? [("x-api-key", key)] : [("x-purser-key", key), ("Authorization", $"Bearer {token}")]
        );
}
