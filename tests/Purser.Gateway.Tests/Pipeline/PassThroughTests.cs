using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class PassThroughTests
{
    [Fact]
    public async Task A_plain_request_reaches_the_provider_byte_for_byte_and_so_does_its_answer()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        const string body =
            """{ "model" : "gpt-5-mini", "max_tokens":16, "messages":[{"role":"user","content":"h\u00e9 \"usage\""}], "x_unknown": {"a":[1,2.50]} }""";

        using var response = await gateway.ChatAsync(key, body, ("x-beta", "on"), ("x-purser-tags", "team=core"), ("Cookie", "a=b"));

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(RecordingUpstream.ChatAnswer, await response.Content.ReadAsStringAsync());
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(body, sent.Body);
        Assert.Equal("/v1/chat/completions", sent.Target);
        Assert.Equal("on", sent.Headers["x-beta"]);
        Assert.Equal("Bearer sk-provider-secret", sent.Headers["authorization"]);
        Assert.DoesNotContain(
            sent.Headers,
            header => header.Key.StartsWith("x-purser", StringComparison.OrdinalIgnoreCase) || header.Key == "Cookie"
        );
        Assert.DoesNotContain(sent.Headers, header => header.Value.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_cost_of_an_answer_is_in_its_headers_to_the_nano_dollar()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(usd: 1m);

        using var response = await gateway.ChatAsync(key, """{"model":"gpt-5-mini","max_tokens":16,"messages":[]}""");

        // 11 input tokens at $1/M and 7 output tokens at $2/M: 0.000011 + 0.000014.
        Assert.Equal("0.000025000", response.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal("0.999975000", response.Headers.GetValues("x-purser-budget-remaining-usd").Single());
        Assert.Equal("gpt-5-mini-2025-08-07", response.Headers.GetValues("x-purser-model").Single());
        Assert.StartsWith("req_", response.Headers.GetValues("x-purser-request-id").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_loses_only_the_usage_that_its_client_had_not_asked_for()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.EventsAsync(
                http,
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}],\"usage\":null}\n\n",
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
                "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}\n\n",
                "data: [DONE]\n\n"
            );

        using var response = await gateway.ChatAsync(key, """{"model":"gpt-5-mini","stream":true,"max_tokens":16,"messages":[]}""");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}\n\n"
                + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                + "data: [DONE]\n\n"
                + ": x-purser-cost-usd=0.000025000\n\n",
            text
        );
        Assert.Contains("\"include_usage\":true", gateway.Upstream.Requests.Single().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_anthropic_request_keeps_its_betas_and_its_query()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                """{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":5}}"""
            );

        using var response = await gateway.PostAsync(
            "/v1/messages?beta=true",
            """{"model":"claude-test","max_tokens":16,"messages":[{"role":"user","content":"hi"}],"context_management":{"edits":[]}}""",
            ("x-api-key", key),
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", "one-2025-01-01,two-2025-02-02")
        );

        Assert.Equal(200, (int)response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/v1/messages?beta=true", sent.Target);
        Assert.Equal("one-2025-01-01,two-2025-02-02", sent.Headers["anthropic-beta"]);
        Assert.Equal("sk-ant-provider-secret", sent.Headers["x-api-key"]);
        Assert.Equal("0.000020000", response.Headers.GetValues("x-purser-cost-usd").Single());
    }

    [Fact]
    public async Task A_header_that_Connection_names_belongs_to_one_hop_in_both_directions()
    {
        // The web server keeps no other name beside keep-alive (in either direction): there such a header can't be told from any other.
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers.Connection = "x-hop-down";
            http.Response.Headers["x-hop-down"] = "secret";
            return RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };

        using var response = await gateway.ChatAsync(
            key,
            """{"model":"gpt-5-mini","max_tokens":16,"messages":[]}""",
            ("Connection", "x-hop-up"),
            ("x-hop-up", "secret")
        );

        Assert.False(gateway.Upstream.Requests.Single().Headers.ContainsKey("x-hop-up"));
        Assert.False(response.Headers.Contains("x-hop-down"));
    }

    [Fact]
    public async Task The_providers_own_credentials_and_organization_never_come_down()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers["openai-organization"] = "org-secret";
            http.Response.Headers.SetCookie = "session=1";
            http.Response.Headers["x-ratelimit-remaining-requests"] = "99";
            return RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };

        using var response = await gateway.ChatAsync(key, """{"model":"gpt-5-mini","max_tokens":16,"messages":[]}""");

        Assert.False(response.Headers.Contains("openai-organization"));
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.Equal("99", response.Headers.GetValues("x-ratelimit-remaining-requests").Single());
    }
}
