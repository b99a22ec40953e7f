using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Each format over real HTTP, before a simulator that shares no code with it: what the ledger charged is what the simulator billed.</summary>
public sealed class SimulatedFormatsTests
{
    private const string Rates = """
            context_tokens: 100000
            max_output_tokens: 4000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                cache_read_per_mtok: 0.5
                output_per_mtok: 2
        """;

    private static readonly PriceFile[] Prices =
    [
        new("google.yml", $"provider: google\nmodels:\n  - id: gemini-2.5-flash\n{Rates}\n  - id: claude-vertex\n{Rates}\n"),
        new("ollama.yml", $"provider: ollama\nmodels:\n  - id: llama3.2\n{Rates}\n"),
        new(
            "cohere.yml",
            $"provider: cohere\nmodels:\n  - id: command-a\n{Rates}\n  - id: rerank-v3.5\n    prices:\n      - start: unknown\n        source: made up for tests\n        search_unit_per_call: 0.002\n"
        ),
    ];

    private const string Contents =
        """{"contents":[{"role":"user","parts":[{"text":"hello there"}]}],"generationConfig":{"maxOutputTokens":60}}""";

    private static readonly (string Path, string Body)[] Calls =
    [
        ("/v1beta/models/gemini-2.5-flash:generateContent", Contents),
        ("/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", Contents),
        ("/v1beta/models/gemini-2.5-flash:streamGenerateContent", Contents),
        (
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            """{"contents":[{"parts":[{"text":"think"}]}],"generationConfig":{"maxOutputTokens":60,"thinkingConfig":{"includeThoughts":true}}}"""
        ),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude-vertex:streamRawPredict",
            """{"anthropic_version":"vertex-2023-10-16","max_tokens":40,"stream":true,"messages":[{"role":"user","content":"hello there"}]}"""
        ),
        ("/v1/messages", """{"model":"claude-vertex","max_tokens":40,"messages":[{"role":"user","content":"hello there"}]}"""),
        ("/api/chat", """{"model":"llama3.2","messages":[{"role":"user","content":"hello there"}],"options":{"num_predict":30}}"""),
        ("/api/generate", """{"model":"llama3.2","prompt":"hello there","stream":false,"options":{"num_predict":30}}"""),
        ("/v2/chat", """{"model":"command-a","stream":true,"max_tokens":30,"messages":[{"role":"user","content":"hello there"}]}"""),
        ("/v2/chat", """{"model":"command-a","stream":false,"max_tokens":30,"messages":[{"role":"user","content":"hello there"}]}"""),
        ("/v2/rerank", """{"model":"rerank-v3.5","query":"q","documents":["a","b"]}"""),
    ];

    [Fact]
    public async Task What_each_format_is_charged_is_what_the_simulator_billed()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles = Prices,
                Providers =
                [
                    Provider("gemini", "any", simulator.Address),
                    Provider("vertex", "ya29.any", new Uri(simulator.Address, "/v1/projects/p/locations/us-central1")) with
                    {
                        Models = ["claude-vertex"],
                    },
                    Provider("ollama", "", simulator.Address),
                    Provider("cohere", "any", simulator.Address),
                ],
            }
        );
        var key = await gateway.KeyAsync();

        foreach (var (path, body) in Calls)
        {
            using var response = await gateway.PostAsync(
                path,
                body,
                ("Authorization", $"Bearer {key}"),
                ("anthropic-version", "2023-06-01")
            );
            var answer = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == 200, $"{path}: {(int)response.StatusCode} {answer}");
            await gateway.SettledAsync();
            var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
            var how = (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>());
            Assert.True(how == ("completed", false), $"{path}: {how} {attempt}");
        }

        using var client = new HttpClient();
        var billed = (await client.GetFromJsonAsync<JsonNode>(new Uri(simulator.Address, "/simulator/summary")))!["billed"]!;
        var microdollars =
            Count("input") + (Count("cache_read") * 0.5m) + ((Count("output") + Count("reasoning")) * 2m) + (Count("search_units") * 2000m);
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        var charged = decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        Assert.Equal(Calls.Length, Count("requests"));
        Assert.Equal(microdollars / 1_000_000m, charged);

        decimal Count(string name) => billed[name]?.GetValue<decimal>() ?? 0m;
    }

    private static ProviderOptions Provider(string api, string key, Uri address) =>
        new()
        {
            Name = api,
            Api = api,
            BaseUrl = address,
            ApiKey = key,
        };
}
