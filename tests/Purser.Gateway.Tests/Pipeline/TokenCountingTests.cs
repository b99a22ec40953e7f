using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary><c>POST /v1/messages/count_tokens</c>: through the provider, or here.</summary>
public sealed class TokenCountingTests
{
    private const string Body = """{"model":"claude-test","messages":[{"role":"user","content":"hello there"}]}""";

    private static readonly string Long = string.Concat(Enumerable.Repeat("hello there ", 100));

    private static Task<HttpResponseMessage> CountAsync(
        TestGateway gateway,
        string key,
        string body = Body,
        params (string Name, string Value)[] headers
    ) =>
        gateway.PostAsync(
            "/v1/messages/count_tokens?beta=true",
            body,
            [("x-api-key", key), ("anthropic-version", "2023-06-01"), .. headers]
        );

    private static Func<HttpContext, Task> Answers(int status, string body) => http => RecordingUpstream.JsonAsync(http, status, body);

    private static string Sureness(HttpResponseMessage response) => response.Headers.GetValues("x-purser-token-count").Single();

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    [Fact]
    public async Task The_provider_counts_and_its_answer_is_relayed()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers["request-id"] = "req_011";
            return RecordingUpstream.JsonAsync(http, 200, """{"input_tokens":9,"context_management":null}""");
        };

        using var response = await CountAsync(gateway, key, Body, ("anthropic-beta", "one-2025-01-01"));

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("""{"input_tokens":9,"context_management":null}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("provider", Sureness(response));
        Assert.Equal("req_011", response.Headers.GetValues("request-id").Single());
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/v1/messages/count_tokens?beta=true", sent.Target);
        Assert.Equal(Body, sent.Body);
        Assert.Equal("one-2025-01-01", sent.Headers["anthropic-beta"]);
        Assert.Equal("sk-ant-provider-secret", sent.Headers["x-api-key"]);
        Assert.DoesNotContain(sent.Headers, header => header.Value.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_is_named_with_its_provider_goes_there_by_its_own_name()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.Answer = Answers(200, """{"input_tokens":9}""");

        using var response = await CountAsync(
            gateway,
            await gateway.KeyAsync(),
            Body.Replace("claude-test", "anthropic/claude-test", StringComparison.Ordinal)
        );

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(Body, Assert.Single(gateway.Upstream.Requests).Body);
    }

    [Fact]
    public async Task Nothing_is_reserved_charged_or_counted_as_a_request()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = (await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "", name = "one request" }))!;
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                key = key["id"]!.GetValue<string>(),
                unit = "requests",
                window = "day",
                limit = "1",
            }
        );
        gateway.Upstream.Answer = Answers(200, """{"input_tokens":9}""");
        for (var time = 0; time < 3; time++)
        {
            using var counted = await CountAsync(gateway, key["key"]!.GetValue<string>());
            Assert.Equal(200, (int)counted.StatusCode);
            Assert.False(counted.Headers.Contains("x-purser-cost-usd"));
        }

        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        using var first = await gateway.ChatAsync(
            key["key"]!.GetValue<string>(),
            """{"model":"gpt-5-mini","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}"""
        );

        Assert.Equal(200, (int)first.StatusCode);
        await gateway.SettledAsync();
        var spend = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        Assert.Equal(1, spend!["total"]!["requests"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"Not Found"}}""")]
    [InlineData(404, "404 page not found")]
    [InlineData(404, """{"detail":"Not Found"}""")]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"POST /v1/messages/count_tokens: no such path"}}""")]
    [InlineData(405, "{}")]
    [InlineData(501, "")]
    [InlineData(200, "<html>hello</html>")]
    [InlineData(200, """{"tokens":9}""")]
    public async Task A_provider_without_the_endpoint_is_stood_in_for_and_not_asked_again_for_a_while(int status, string answer)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = Answers(status, answer);
        for (var time = 0; time < 2; time++)
        {
            using var response = await CountAsync(gateway, key);

            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
            // Two words, and seven for the frame.
            Assert.InRange((await JsonAsync(response))["input_tokens"]!.GetValue<int>(), 8, 11);
            Assert.Matches(@"^estimate; p90-error=0\.\d\d$", Sureness(response));
        }

        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_model_in_another_format_is_counted_here()
    {
        await using var gateway = await TestGateway.StartAsync();
        var body = Body.Replace("claude-test", "gpt-5-mini", StringComparison.Ordinal);

        using var response = await CountAsync(gateway, await gateway.KeyAsync(), body);

        // "hello there" is two tokens, its role one; three frame the message and three the answer, which isn't documented for this model.
        Assert.Equal("""{"input_tokens":9}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("estimate; p90-error=0.67", Sureness(response));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","messages":"hello" """)]
    [InlineData(""","messages":{"role":"user","content":"hello"} """)]
    [InlineData(""","messages":[{"role":"user","content":"hello"},null]""")]
    public async Task What_are_no_messages_is_refused_and_not_counted(string messages)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await CountAsync(gateway, key, $$"""{"system":"be kind","model":"gpt-5-mini"{{messages}}}""");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("invalid_member", (await JsonAsync(response))["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_model_whose_count_is_documented_is_counted_exactly()
    {
        const string prices = """
            provider: openai
            models:
              - id: gpt-4o
                prices:
                  - start: unknown
                    source: made up for tests
                    input_per_mtok: 10
                    output_per_mtok: 20
            """;
        await using var gateway = await TestGateway.StartAsync(
            provider => provider.Models is null ? provider : provider with { Models = ["gpt-4o"] },
            options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("more.yml", prices)] }
        );

        using var response = await CountAsync(
            gateway,
            await gateway.KeyAsync(),
            Body.Replace("claude-test", "gpt-4o", StringComparison.Ordinal)
        );

        Assert.Equal("""{"input_tokens":9}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("exact", Sureness(response));
    }

    [Fact]
    public async Task Input_that_is_not_text_is_counted_without_a_claim()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.Answer = Answers(404, "");

        using var response = await CountAsync(
            gateway,
            await gateway.KeyAsync(),
            """{"model":"claude-test","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}"""
        );

        Assert.Equal("estimate; p90-error=unknown", Sureness(response));
    }

    [Theory]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"model: claude-test"}}""")]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"File not found: file_1"}}""")]
    [InlineData(
        400,
        """{"type":"error","error":{"type":"invalid_request_error","message":"messages: at least one message is required"}}"""
    )]
    [InlineData(429, """{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}""")]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""")]
    public async Task What_else_the_provider_says_is_its_answer_and_it_is_asked_once(int status, string error)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers["retry-after"] = "7";
            return RecordingUpstream.JsonAsync(http, status, error);
        };

        using var response = await CountAsync(gateway, await gateway.KeyAsync());

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(error, await response.Content.ReadAsStringAsync());
        Assert.Equal("7", response.Headers.GetValues("retry-after").Single());
        Assert.False(response.Headers.Contains("x-purser-token-count"));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_provider_that_repeats_its_key_does_not_tell_it()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Upstream.Answer = Answers(401, """{"error":{"message":"bad key sk-ant-provider-secret"}}""");

        using var response = await CountAsync(gateway, await gateway.KeyAsync());

        Assert.DoesNotContain("provider-secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_out_of_reach_is_an_error_and_not_a_guess()
    {
        await using var gateway = await TestGateway.StartAsync(provider => provider with { BaseUrl = new Uri("http://127.0.0.1:1") });

        using var response = await CountAsync(gateway, await gateway.KeyAsync());

        Assert.Equal(502, (int)response.StatusCode);
        Assert.Equal("true", response.Headers.GetValues("x-should-retry").Single());
        var error = (await JsonAsync(response))["error"]!;
        Assert.Equal(("api_error", "provider_unreachable"), (error["type"]!.GetValue<string>(), error["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_provider_out_of_reach_is_passed_over_where_another_has_the_model()
    {
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers =
                [
                    options.Providers[1] with
                    {
                        Name = "anthropic-down",
                        BaseUrl = new Uri("http://127.0.0.1:1"),
                        PriceProvider = "anthropic",
                    },
                    .. options.Providers,
                ],
            }
        );
        gateway.Upstream.Answer = Answers(200, """{"input_tokens":9}""");

        using var response = await CountAsync(gateway, await gateway.KeyAsync());

        Assert.Equal((200, "provider"), ((int)response.StatusCode, Sureness(response)));
        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("wrong", Body, 401, "authentication_error", "invalid_api_key")]
    [InlineData(null, """{"model":"nobody","messages":[]}""", 404, "not_found_error", "model_not_found")]
    [InlineData(null, """{"messages":[]}""", 400, "invalid_request_error", "model_missing")]
    [InlineData(null, "hello", 400, "invalid_request_error", "invalid_json")]
    public async Task A_refusal_is_in_Anthropics_format(string? key, string body, int status, string type, string code)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await CountAsync(gateway, key ?? await gateway.KeyAsync(), body);

        Assert.Equal(status, (int)response.StatusCode);
        var error = await JsonAsync(response);
        Assert.Equal("error", error["type"]!.GetValue<string>());
        Assert.Equal((type, code), (error["error"]!["type"]!.GetValue<string>(), error["error"]!["code"]!.GetValue<string>()));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_as_for_a_message()
    {
        await using var gateway = await TestGateway.StartAsync(options: options => options with { MaxBodyBytes = 1000 });

        using var response = await CountAsync(gateway, await gateway.KeyAsync(), Body.Replace("hello", Long, StringComparison.Ordinal));

        Assert.Equal(413, (int)response.StatusCode);
        Assert.Equal("request_too_large", (await JsonAsync(response))["error"]!["type"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/v1/messages")]
    [InlineData("/v1/messages/count_tokens")]
    public async Task The_providers_own_counts_teach_what_an_estimate_says(string teaching)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var body = $$"""{"model":"claude-test","max_tokens":16,"messages":[{"role":"user","content":"{{Long}}"}]}""";
        // 200 words, and a made-up tokenizer that counts 1,000.
        gateway.Upstream.Answer = Answers(
            200,
            teaching.EndsWith("messages", StringComparison.Ordinal)
                ? """{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":100,"cache_creation_input_tokens":300,"cache_read_input_tokens":600,"output_tokens":5}}"""
                : """{"input_tokens":1000}"""
        );
        for (var time = 0; time < 40; time++)
        {
            using var taught = await gateway.PostAsync(teaching, body, ("x-api-key", key), ("anthropic-version", "2023-06-01"));
            Assert.Equal(200, (int)taught.StatusCode);
        }

        gateway.Upstream.Answer = Answers(404, "");
        using var response = await CountAsync(gateway, key, body.Replace("\"max_tokens\":16,", "", StringComparison.Ordinal));

        Assert.InRange((await JsonAsync(response))["input_tokens"]!.GetValue<int>(), 1000, 1001);
        Assert.Equal("estimate; p90-error=0.00", Sureness(response));
    }

    [Fact]
    public async Task The_metrics_say_who_counted()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = Answers(200, """{"input_tokens":9}""");
        (await CountAsync(gateway, key)).Dispose();
        gateway.Upstream.Answer = Answers(405, "");
        (await CountAsync(gateway, key)).Dispose();

        var metrics = (await gateway.Client.GetStringAsync("/metrics")).Split('\n');

        // Other gateways of this process may be in it as well.
        foreach (var source in (string[])["provider", "estimate"])
        {
            Assert.Contains(
                metrics,
                line =>
                    line.StartsWith("purser_token_counts_total{", StringComparison.Ordinal)
                    && line.Contains("gen_ai_request_model=\"claude-test\"", StringComparison.Ordinal)
                    && line.Contains($"purser_count_source=\"{source}\"", StringComparison.Ordinal)
            );
        }
    }
}
