using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Azure's clients and Azure as a provider; and what OpenAI's clients ask for with GET.</summary>
public sealed class AzureTests
{
    private const string Body = """{"messages":[{"role":"user","content":"hi"}],"max_tokens":50}""";

    [Theory]
    [InlineData("/openai/deployments/gpt-5-mini/chat/completions?api-version=2024-10-21", Body)]
    [InlineData("/openai/v1/chat/completions", """{"model":"gpt-5-mini","messages":[],"max_tokens":50}""")]
    [InlineData("/chat/completions?api-version=2024-05-01-preview", """{"model":"gpt-5-mini","messages":[],"max_tokens":50}""")]
    public async Task An_Azure_client_is_served_by_any_provider(string path, string body)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.PostAsync(path, body, ("api-key", await gateway.KeyAsync(1m)));

        Assert.Equal((200, RecordingUpstream.ChatAnswer), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/v1/chat/completions", sent.Target);
        Assert.Equal("gpt-5-mini", JsonNode.Parse(sent.Body)!["model"]!.GetValue<string>());
        Assert.False(sent.Headers.ContainsKey("api-key"));
    }

    [Fact]
    public async Task A_deployment_has_its_models_price_and_its_own_path()
    {
        await using var gateway = await StartAsync(null);

        using var response = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            Body.Replace("{\"m", "{\"model\":\"prod\",\"m", StringComparison.Ordinal)
        );

        Assert.Equal(200, (int)response.StatusCode);
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/openai/deployments/prod/chat/completions?api-version=2025-04-01-preview", sent.Target);
        Assert.Equal("sk-provider-secret", sent.Headers["api-key"]);
        Assert.False(sent.Headers.ContainsKey("Authorization"));
        await gateway.SettledAsync();
        // 11 × 1 + 7 × 2: the model that the answer names isn't one that can be asked for, and has a price all the same.
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("0.000025000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_deployment_of_another_model_than_was_said_is_charged_as_the_answer_says()
    {
        await using var gateway = await StartAsync(
            RecordingUpstream.ChatAnswer.Replace("gpt-5-mini-2025-08-07", "gpt-dear", StringComparison.Ordinal)
        );

        using var response = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            Body.Replace("{\"m", "{\"model\":\"prod\",\"m", StringComparison.Ordinal)
        );
        await gateway.SettledAsync();

        // 11 × 100 + 7 × 200.
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("0.002500000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task Only_deployments_can_be_asked_for()
    {
        await using var gateway = await StartAsync(null);

        using var response = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            Body.Replace("{\"m", "{\"model\":\"gpt-dear\",\"m", StringComparison.Ordinal)
        );

        Assert.Equal(404, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/responses")]
    [InlineData("/openai/v1/responses")]
    public async Task A_WebSocket_is_refused_so_that_Codex_goes_on_with_POST(string path)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");
        request.Headers.TryAddWithoutValidation("openai-beta", "responses_websockets=2026-02-06");

        using var response = await gateway.Client.SendAsync(request);

        Assert.Equal(426, (int)response.StatusCode);
        Assert.Contains("websocket_not_served", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("/v1/models/gpt-5-mini", false, 200, """{"id":"gpt-5-mini","object":"model","created":0,"owned_by":"openai"}""")]
    [InlineData("/openai/v1/models/gpt-5-mini", false, 200, """{"id":"gpt-5-mini","object":"model","created":0,"owned_by":"openai"}""")]
    [InlineData(
        "/v1/models/claude-test",
        true,
        200,
        """{"type":"model","id":"claude-test","display_name":"claude-test","created_at":"1970-01-01T00:00:00Z"}"""
    )]
    public async Task A_model_is_shown_in_the_clients_form(string path, bool isAnthropic, int status, string body)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await GetAsync(gateway, path, await gateway.KeyAsync(1m), isAnthropic);

        Assert.Equal((status, body), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("/v1/models/nothing")]
    [InlineData("/v1/models/gpt-unpriced")]
    public async Task A_model_that_cant_be_used_isnt_shown(string path)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await GetAsync(gateway, path, await gateway.KeyAsync(1m), isAnthropic: false);

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Contains("model_not_found", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_shown()
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await GetAsync(gateway, "/v1/models/gpt-5-mini", "wrong", isAnthropic: false);

        Assert.Equal(401, (int)response.StatusCode);
    }

    private static async Task<TestGateway> StartAsync(string? answer)
    {
        var gateway = await TestGateway.StartAsync(
            provider =>
                provider.Models is null
                    ? provider
                    : provider with
                    {
                        Api = "azure",
                        BaseUrl = new Uri(provider.BaseUrl, "/"),
                        Models = null,
                        Deployments = new Dictionary<string, string> { ["prod"] = "gpt-5-mini" },
                    },
            options =>
                options with
                {
                    PriceFiles =
                    [
                        .. options.PriceFiles,
                        new Purser.Core.Pricing.PriceFile(
                            "dear.yml",
                            """
                            provider: openai
                            models:
                              - id: gpt-dear
                                prices: [{ start: unknown, source: made up for tests, input_per_mtok: 100, output_per_mtok: 200 }]
                            """
                        ),
                    ],
                }
        );
        if (answer is not null)
        {
            gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, answer);
        }

        return gateway;
    }

    private static async Task<HttpResponseMessage> GetAsync(TestGateway gateway, string path, string key, bool isAnthropic)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("x-api-key", key);
        if (isAnthropic)
        {
            request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        }

        return await gateway.Client.SendAsync(request);
    }
}
