using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>
/// Each format's own provider, before the simulator: it answers by a schema, but for the pattern that this one asks for, so that the cheap model's answer
/// fails, streamed and not.
/// </summary>
public sealed class EscalationSimulatedTests
{
    private const string Schema =
        """{"type":"object","properties":{"code":{"type":"string","pattern":"^[0-9]{20}$"}},"required":["code"]}""";

    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"the code, please\"}]";

    private const string Contents =
        $$$"""{"contents":[{"role":"user","parts":[{"text":"the code, please"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{{{Schema}}}}}""";

    private static readonly string[] Apis = ["openai", "anthropic", "gemini", "ollama"];

    private static readonly (string Path, string Body)[] Calls =
    [
        .. Both(
            "/v1/chat/completions",
            $$$"""{"model":"auto:openai",STREAM"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{{{Schema}}}}},{{{Messages}}}}"""
        ),
        .. Both(
            "/v1/responses",
            $$$"""{"model":"auto:openai",STREAM"store":false,"text":{"format":{"type":"json_schema","name":"a","schema":{{{Schema}}}}},"input":"the code, please"}"""
        ),
        .. Both(
            "/v1/messages",
            $$$"""{"model":"auto:anthropic",STREAM"max_tokens":400,"output_config":{"format":{"type":"json_schema","schema":{{{Schema}}}}},{{{Messages}}}}"""
        ),
        ("/v1beta/models/auto:gemini:generateContent", Contents),
        ("/v1beta/models/auto:gemini:streamGenerateContent?alt=sse", Contents),
        .. Both("/api/chat", $$"""{"model":"auto:ollama",STREAM"format":{{Schema}},{{Messages}}}"""),
    ];

    [Fact]
    public async Task What_fails_at_each_formats_own_provider_goes_up()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await StartAsync(simulator.Address);
        await RoutedGateway.SetModeAsync(gateway, "on");
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
            var route = EscalationTests.Header(response, "x-purser-route");
            Assert.True(route?.EndsWith("-cheap: schema", StringComparison.Ordinal), $"{path} {body}: {route} {answer}");
            var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();
            Assert.Equal(2, attempts.Count);
            Assert.All(
                attempts,
                attempt =>
                    Assert.Equal(("completed", false), (EscalationTests.Text(attempt, "outcome"), attempt!["estimated"]!.GetValue<bool>()))
            );
            Assert.Equal("schema: the answer doesn't keep to the schema (pattern)", EscalationTests.Text(attempts[0], "check"));
        }

        using var client = new HttpClient();
        var billed = (await client.GetFromJsonAsync<JsonNode>(new Uri(simulator.Address, "/simulator/summary")))!["billed"]!;
        Assert.Equal(2 * Calls.Length, billed["requests"]!.GetValue<int>());
    }

    private static (string Path, string Body)[] Both(string path, string body) =>
        [
            (path, body.Replace("STREAM", "\"stream\":false,", StringComparison.Ordinal)),
            (path, body.Replace("STREAM", "\"stream\":true,", StringComparison.Ordinal)),
        ];

    private static Task<TestGateway> StartAsync(Uri simulator)
    {
        var policies = Apis.Select(api => $"    - {{ name: {api}, reference: {api}-dear, candidates: [{api}-cheap] }}");
        var read = ConfigurationFile.Parse(
            "purser.yml",
            $"routing:\n  reference: openai-dear\n  escalate: {{ hold_stream: true }}\n  holdout_percent: 0\n  policies:\n{string.Join('\n', policies)}\n",
            _ => null
        );
        Assert.Empty(read.Errors);
        return TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles =
                [
                    .. Apis.Select(api => new PriceFile(
                        $"{api}.yml",
                        $"provider: {(api == "gemini" ? "google" : api)}\nmodels:\n{Model($"{api}-cheap", 1)}{Model($"{api}-dear", 10)}"
                    )),
                ],
                Providers =
                [
                    .. Apis.Select(api => new ProviderOptions
                    {
                        Name = api,
                        Api = api,
                        BaseUrl = api == "openai" ? new Uri(simulator, "/v1") : simulator,
                        ApiKey = "any",
                        Models = [$"{api}-cheap", $"{api}-dear"],
                    }),
                ],
                Routing = read.Routing! with
                {
                    Evidence = RoutedGateway.Evidence([.. Apis.SelectMany(api => new[] { ($"{api}-dear", 0.99), ($"{api}-cheap", 0.95) })]),
                },
            }
        );
    }

    private static string Model(string id, int times) =>
        $"""
              - id: {id}
                context_tokens: 100000
                max_output_tokens: 4000
                prices:
                  - start: unknown
                    source: made up for tests
                    input_per_mtok: {times}
                    cache_read_per_mtok: {times}
                    output_per_mtok: {2 * times}

            """;
}
