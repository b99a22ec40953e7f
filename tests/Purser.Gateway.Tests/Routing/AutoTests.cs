using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>Requests for <c>auto</c>: 11 input and 7 output tokens at $10 and $20, or $1 and $2.</summary>
public sealed class AutoTests
{
    private const string Auto = """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    [Fact]
    public async Task Without_evidence_it_goes_to_the_reference_and_the_name_that_was_asked_for_is_kept()
    {
        await using var gateway = await RoutedGateway.StartAsync();
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Auto);
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("gpt-5-dear", RoutedGateway.AskedUpstream(gateway));
        Assert.Equal("gpt-5-dear; mode=on; policy=auto", response.Headers.GetValues("x-purser-route").Single());
        var story = (await gateway.ExplainAsync(response))!;
        Assert.Equal("auto", story["model_requested"]!.GetValue<string>());
        Assert.Equal("gpt-5-dear", story["attempts"]![0]!["model_requested"]!.GetValue<string>());
        var route = story["route"]!;
        Assert.Equal("gpt-5-dear", route["served"]!.GetValue<string>());
        Assert.Equal(
            "nothing is known of how well other models do, so it stays with the reference 'gpt-5-dear'",
            route["reason"]!.GetValue<string>()
        );
        Assert.Equal(
            ["gpt-5-dear reference", "gpt-5-mini unknown", "claude-test unknown"],
            route["candidates"]!.AsArray().Select(option => $"{option!["model"]} {option["standing"]}")
        );
    }

    [Fact]
    public async Task The_cheapest_model_that_is_shown_to_do_it_is_served_and_the_record_says_why()
    {
        await using var gateway = await RoutedGateway.StartAsync(
            evidence: RoutedGateway.Evidence(("gpt-5-dear", 0.99), ("gpt-5-mini", 0.93), ("claude-test", 0.4))
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Auto);
        await gateway.SettledAsync();

        Assert.Equal("gpt-5-mini", RoutedGateway.AskedUpstream(gateway));
        Assert.Equal("gpt-5-mini-2025-08-07", response.Headers.GetValues("x-purser-model").Single());
        Assert.Equal("0.000025000", response.Headers.GetValues("x-purser-cost-usd").Single());
        var route = (await gateway.ExplainAsync(response))!["route"]!;
        var bytes = Auto.Length;
        // A token for each four bytes, and as many output tokens as are allowed: 50, where 500 are usual.
        var (input, output) = ((bytes / 4) + 1, 50);
        Assert.Equal(new Money(((input * 9) + (output * 18)) * 1000).ToString(), route["saves_usd"]!.GetValue<string>());
        Assert.Equal(
            "'gpt-5-mini' is the cheapest of the 2 models that may do it (class extract) (93 % likely to be good enough; 90 % is asked for)",
            route["reason"]!.GetValue<string>().Replace(" %", "%").Replace("%", " %")
        );
        var chosen = route["candidates"]![1]!;
        Assert.Equal("shown", chosen["standing"]!.GetValue<string>());
        Assert.Equal(0.93, chosen["good"]!.GetValue<double>());
        Assert.Equal("openai/gpt-5-mini@unknown", chosen["price_entry"]!.GetValue<string>());
        Assert.Equal("too_weak", route["candidates"]![2]!["standing"]!.GetValue<string>());
        Assert.Equal("extract", route["class"]!.GetValue<string>());
        Assert.Equal("gpt-5-dear", route["instead_of"]!.GetValue<string>());
        Assert.Equal("fixed-1", route["predictor_version"]!.GetValue<string>());
        Assert.Equal("thresholds-1", route["evidence_version"]!.GetValue<string>());
        Assert.Equal(12, route["policy_version"]!.GetValue<string>().Length);
    }

    [Theory]
    [InlineData("auto:best", "gpt-5-dear", 200)]
    [InlineData("auto:fast", "gpt-5-mini", 200)]
    [InlineData("auto:trivial", "gpt-5-mini", 200)]
    [InlineData("thrifty", "gpt-5-mini", 200)]
    [InlineData("smart", "gpt-5-mini", 200)] // what it stands for has a policy
    [InlineData("auto:near", null, 400)] // no provider here says where it is
    [InlineData("auto:nosuch", null, 404)]
    public async Task Policies_and_aliases_are_asked_for_by_name(string asked, string? served, int status)
    {
        await using var gateway = await RoutedGateway.StartAsync(
            evidence: RoutedGateway.Evidence(("gpt-5-dear", 0.99), ("gpt-5-mini", 0.93))
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Auto.Replace("auto", asked, StringComparison.Ordinal));

        Assert.True(status == (int)response.StatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal(served, gateway.Upstream.Requests.IsEmpty ? null : RoutedGateway.AskedUpstream(gateway));
    }

    [Theory]
    [InlineData("us-east-1", "eu-west-1")]
    [InlineData("eu-west-1", "us-east-1")]
    [InlineData(null, "eu-west-1")]
    public async Task A_model_is_asked_at_its_providers_in_the_policys_regions_alone(string? first, string? second)
    {
        await using var gateway = await RoutedGateway.StartAsync(
            evidence: RoutedGateway.Evidence(("gpt-5-mini", 0.93)),
            options: options =>
                options with
                {
                    Providers =
                    [
                        options.Providers[0] with
                        {
                            Region = first,
                        },
                        options.Providers[0] with
                        {
                            Name = "other",
                            Region = second,
                        },
                        // Nobody knows where the last one is.
                        options.Providers[1],
                    ],
                }
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(1m);
        var near = first == "eu-west-1" ? "openai" : "other";

        using var served = await gateway.ChatAsync(key, Auto.Replace("auto", "auto:near", StringComparison.Ordinal));
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 500, """{"error":{"message":"broken"}}""");
        using var failed = await gateway.ChatAsync(key, Auto.Replace("auto", "auto:near", StringComparison.Ordinal));
        await gateway.SettledAsync();

        Assert.True(served.IsSuccessStatusCode, await served.Content.ReadAsStringAsync());
        Assert.Equal([("gpt-5-mini", near)], await AttemptsAsync(served));
        // It fails over to the reference there, and to nothing elsewhere.
        Assert.Equal([("gpt-5-mini", near), ("gpt-5-dear", near)], await AttemptsAsync(failed));

        async Task<IEnumerable<(string, string)>> AttemptsAsync(HttpResponseMessage response) =>
            (await gateway.ExplainAsync(response))!["attempts"]!
                .AsArray()
                .Select(attempt => (attempt!["model_requested"]!.GetValue<string>(), attempt["provider"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Where_the_chosen_model_fails_the_reference_is_tried()
    {
        await using var gateway = await RoutedGateway.StartAsync(
            evidence: RoutedGateway.Evidence(("gpt-5-mini", 0.93), ("claude-test", 0.93)),
            options: options => options with { Balance = Balance.LeastLoaded }
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http =>
            RecordingUpstream.BodyOf(http).Contains("gpt-5-mini", StringComparison.Ordinal)
                ? RecordingUpstream.JsonAsync(http, 500, """{"error":{"message":"broken"}}""")
                : RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer.Replace("gpt-5-mini-2025-08-07", "gpt-5-dear"));

        using var response = await gateway.ChatAsync(key, Auto);
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("gpt-5-dear", response.Headers.GetValues("x-purser-model").Single());
        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();
        Assert.Equal(["gpt-5-mini", "gpt-5-dear"], attempts.Select(attempt => attempt!["model_requested"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}]", "it isn't said to call tools")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "it isn't said to answer by a JSON schema")]
    [InlineData("\"max_tokens\":100000", "its answers have at most 64000 tokens, and 100000 are asked for")]
    public async Task A_model_that_cant_do_it_is_no_candidate_and_the_record_says_why(string member, string why)
    {
        await using var gateway = await RoutedGateway.StartAsync(
            """
            routing:
              reference: gpt-5-dear
              candidates: [{ model: claude-test, can: [] }]
            """,
            RoutedGateway.Evidence(("claude-test", 0.99))
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(10m);

        using var response = await gateway.ChatAsync(key, $$"""{"model":"auto",{{member}},"messages":[{"role":"user","content":"hi"}]}""");
        await gateway.SettledAsync();

        Assert.Equal("gpt-5-dear", RoutedGateway.AskedUpstream(gateway));
        var option = (await gateway.ExplainAsync(response))!["route"]!["candidates"]![1]!;
        Assert.Equal(("unable", why), (option["standing"]!.GetValue<string>(), option["why"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Where_the_reference_cant_do_it_the_first_candidate_that_can_is_asked()
    {
        await using var gateway = await RoutedGateway.StartAsync(
            """
            routing:
              reference: claude-test
              candidates: [gpt-5-mini, gpt-5-dear]
            """
        );
        var key = await gateway.KeyAsync(10m);

        using var response = await gateway.ChatAsync(key, Auto.Replace("50", "100000", StringComparison.Ordinal));

        Assert.Equal("gpt-5-mini", RoutedGateway.AskedUpstream(gateway));
    }

    [Fact]
    public async Task Every_clients_format_has_it()
    {
        const string rates = """
                context_tokens: 100000
                max_output_tokens: 4000
                prices:
                  - start: unknown
                    source: made up for tests
                    input_per_mtok: 1
                    cache_read_per_mtok: 0.5
                    output_per_mtok: 2
            """;
        const string messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]";
        const string contents =
            """{"contents":[{"role":"user","parts":[{"text":"hello there"}]}],"generationConfig":{"maxOutputTokens":60}}""";
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        var read = ConfigurationFile.Parse("purser.yml", "routing: { reference: llama3.2, candidates: [command-a] }", _ => null);
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                PriceFiles =
                [
                    new PriceFile("ollama.yml", $"provider: ollama\nmodels:\n  - id: llama3.2\n{rates}\n"),
                    new PriceFile("cohere.yml", $"provider: cohere\nmodels:\n  - id: command-a\n{rates}\n"),
                ],
                Providers =
                [
                    .. new[] { "ollama", "cohere" }.Select(api => new ProviderOptions
                    {
                        Name = api,
                        Api = api,
                        BaseUrl = simulator.Address,
                        ApiKey = "any",
                    }),
                ],
                Routing = read.Routing,
            }
        );
        var key = await gateway.KeyAsync();

        foreach (
            var (path, body) in (IEnumerable<(string, string)>)
                [
                    ("/v1/chat/completions", $$$"""{"model":"auto","max_tokens":40,{{{messages}}}}"""),
                    ("/v1/responses", """{"model":"auto","max_output_tokens":40,"input":"hello there"}"""),
                    ("/v1/messages", $$$"""{"model":"auto","max_tokens":40,{{{messages}}}}"""),
                    ("/v1beta/models/auto:generateContent", contents),
                    ("/v1beta/models/auto:fast:streamGenerateContent?alt=sse", contents),
                    ("/api/chat", $$$"""{"model":"auto",{{{messages}}},"options":{"num_predict":30}}"""),
                    ("/v2/chat", $$$"""{"model":"auto","max_tokens":30,{{{messages}}}}"""),
                    (
                        "/model/auto/converse",
                        """{"messages":[{"role":"user","content":[{"text":"hello there"}]}],"inferenceConfig":{"maxTokens":40}}"""
                    ),
                ]
        )
        {
            using var response = await gateway.PostAsync(
                path,
                body,
                ("Authorization", $"Bearer {key}"),
                ("anthropic-version", "2023-06-01")
            );
            var answer = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == 200, $"{path}: {(int)response.StatusCode} {answer}");
            // Cohere's format is carried to no other vendor: there the reference can't do it, and the first that can is asked.
            var served = path == "/v2/chat" ? "command-a" : "llama3.2";
            Assert.Equal(served, response.Headers.GetValues("x-purser-model").Single());
            await gateway.SettledAsync();
            var story = (await gateway.ExplainAsync(response))!;
            Assert.Equal(served, story["route"]!["served"]!.GetValue<string>());
            Assert.StartsWith("auto", story["model_requested"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }
}
