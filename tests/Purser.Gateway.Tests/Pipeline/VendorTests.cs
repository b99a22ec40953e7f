using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>
/// Vendors that count in ways of their own, by answers as they send them; the same usages are in <c>tests/vectors/usage</c>, so that what is posted is what
/// <c>prices quote --usage</c> says.
/// </summary>
public sealed class VendorTests
{
    private const string Prices = """
        provider: openai
        models:
          - id: v
            context_tokens: 8000
            max_output_tokens: 500
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 2, cache_read_per_mtok: 0.2, output_per_mtok: 10,
              reasoning_output_per_mtok: 12, web_search_per_call: 0.01 }]
          - id: sonar
            context_tokens: 8000
            max_output_tokens: 500
            prices: [{ start: unknown, source: made up for tests, input_per_mtok: 2, output_per_mtok: 10,
              low_context_request_per_call: 0.005, medium_context_request_per_call: 0.008, high_context_request_per_call: 0.012 }]
        """;

    [Theory]
    // Reasoning beside the completion: 24 × 2 + 8 × 0.2 + 9 × 10 + 95 × 12 = 1279.6.
    [InlineData(
        "x-ai",
        "v",
        """{"prompt_tokens":32,"completion_tokens":9,"total_tokens":136,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":95},"num_sources_used":0}""",
        "0.001279600"
    )]
    // 40 × 2 + 60 × 0.2 + 5 × 10 = 142.
    [InlineData(
        "deepseek",
        "v",
        """{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_cache_hit_tokens":60,"prompt_cache_miss_tokens":40}""",
        "0.000142000"
    )]
    [InlineData("moonshotai", "v", """{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"cached_tokens":60}""", "0.000142000")]
    // 16 × 2 + 4 × 0.2 + 7 × 10 = 102.8.
    [InlineData(
        "mistral",
        "v",
        """{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27,"prompt_audio_seconds":null,"num_cached_tokens":4}""",
        "0.000102800"
    )]
    // 3 × 2 + 7 × 10 = 76, and the fee of a small context.
    [InlineData(
        "perplexity",
        "sonar",
        """{"prompt_tokens":3,"completion_tokens":7,"total_tokens":10,"search_context_size":"low"}""",
        "0.005076000"
    )]
    // 10 × 2 + 5 × 10 = 70, and a search; what it says of its own cost is beside.
    [InlineData(
        "openrouter",
        "v",
        """{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"cost":0.5,"server_tool_use":{"web_search_requests":1}}""",
        "0.010070000"
    )]
    public async Task A_vendors_own_figures_are_posted(string api, string model, string usage, string usd)
    {
        await using var gateway = await StartAsync(api);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                $$"""{"id":"c","object":"chat.completion","model":"{{model}}","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{{usage}}}"""
            );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body(model, ""));

        Assert.Equal(200, (int)response.StatusCode);
        await gateway.SettledAsync();
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal((usd, false), (attempt["cost_usd"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Groqs_stream_has_its_usage_in_a_member_of_its_own()
    {
        await using var gateway = await StartAsync("groq");
        string[] events =
        [
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"v\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"x\"},\"finish_reason\":null}],\"x_groq\":{\"id\":\"r\"}}\n\n",
            "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"v\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"service_tier\":\"on_demand\",\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":18,\"completion_tokens\":3,\"total_tokens\":21}}}\n\n",
            "data: [DONE]\n\n",
        ];
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, events);

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("v", "\"stream\":true,"));

        // 18 × 2 + 3 × 10.
        Assert.Equal(string.Concat(events) + ": x-purser-cost-usd=0.000066000\n\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("mistral", "max_tokens", null)]
    [InlineData("deepseek", "max_tokens", true)]
    [InlineData("groq", "max_completion_tokens", true)]
    public async Task What_a_vendor_would_refuse_or_pass_over_is_changed_for_it(string api, string limit, bool? asksForUsage)
    {
        await using var gateway = await StartAsync(api);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.EventsAsync(
                http,
                "data: {\"id\":\"c\",\"model\":\"v\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n",
                "data: [DONE]\n\n"
            );

        using var response = await gateway.ChatAsync(
            await gateway.KeyAsync(1m),
            """{"model":"v","stream":true,"max_completion_tokens":50,"messages":[]}"""
        );
        await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        var sent = JsonNode.Parse(Assert.Single(gateway.Upstream.Requests).Body)!;
        Assert.Equal(50, sent[limit]!.GetValue<int>());
        Assert.Equal(asksForUsage, sent["stream_options"]?["include_usage"]?.GetValue<bool>());
        Assert.Equal("0.000070000", (await gateway.ExplainAsync(response))!["attempts"]![0]!["cost_usd"]!.GetValue<string>());
    }

    private static Task<TestGateway> StartAsync(string api) =>
        TestGateway.StartAsync(
            provider => provider.Models is null ? provider : provider with { Api = api, Models = ["v", "sonar"] },
            options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("vendors.yml", Prices)] }
        );

    private static string Body(string model, string members) =>
        $$"""{"model":"{{model}}",{{members}}"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
}
