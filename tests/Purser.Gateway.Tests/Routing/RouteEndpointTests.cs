using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

public sealed class RouteEndpointTests
{
    private const string Body = """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    [Theory]
    [InlineData("", Body)]
    [InlineData("?format=messages", Body)]
    [InlineData("?format=responses", """{"model":"auto","max_output_tokens":50,"input":"hi"}""")]
    [InlineData(
        "?format=gemini&model=auto",
        """{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":50}}"""
    )]
    public async Task A_request_is_routed_and_priced_and_nothing_is_reserved_or_sent(string query, string body)
    {
        await using var gateway = await RoutedGateway.StartAsync(
            evidence: RoutedGateway.Evidence(("gpt-5-dear", 0.99), ("gpt-5-mini", 0.93), ("claude-test", 0.4))
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.PostAsync("/v1/route" + query, body, ("Authorization", $"Bearer {key}"));

        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True((int)response.StatusCode == 200, answer.ToJsonString());
        Assert.Equal(("auto", "gpt-5-mini", "openai"), (Text("asked"), Text("model"), Text("provider")));
        Assert.Equal("gpt-5-dear", answer["route"]!["instead_of"]!.GetValue<string>());
        var models = answer["models"]!.AsArray();
        Assert.Equal("gpt-5-dear", models[^1]!["model"]!.GetValue<string>());
        Assert.All(models, model => Assert.NotNull(model!["expected_usd"]));
        Assert.Empty(gateway.Upstream.Requests);
        Assert.Equal(0, await gateway.OpenReservationsAsync());
        Assert.Empty(await gateway.AdminTextAsync("/events"));

        string Text(string name) => answer[name]!.GetValue<string>();
    }

    [Fact]
    public async Task Without_routing_every_model_is_quoted_and_what_is_named_is_where_it_would_go()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.PostAsync(
            "/v1/route",
            Body.Replace("auto", "gpt-5-mini", StringComparison.Ordinal).Replace("50", "100000", StringComparison.Ordinal),
            ("Authorization", $"Bearer {key}")
        );

        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("gpt-5-mini", answer["model"]!.GetValue<string>());
        Assert.Null(answer["route"]);
        Assert.Equal(
            [("openai/gpt-5-mini", null), ("anthropic/claude-test", "its answers have at most 64000 tokens, and 100000 are asked for")],
            answer["models"]!.AsArray().Select(model => (model!["model"]!.GetValue<string>(), model["unable"]?.GetValue<string>()))
        );
    }

    [Fact]
    public async Task The_names_are_listed_with_what_they_stand_for()
    {
        await using var gateway = await RoutedGateway.StartAsync();
        await RoutedGateway.SetModeAsync(gateway, "suggest");
        var key = await gateway.KeyAsync(1m);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/route");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

        using var response = await gateway.Client.SendAsync(request);

        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("suggest", answer["mode"]!.GetValue<string>());
        Assert.Equal(
            ["auto", "auto:best", "auto:fast", "auto:near", "auto:trivial", "smart", "thrifty"],
            answer["names"]!.AsArray().Select(name => name!["name"]!.GetValue<string>())
        );
        Assert.Equal("gpt-5-dear", answer["names"]![5]!["stands_for"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("", null, Body, 401)]
    [InlineData("?format=nosuch", "key", Body, 400)]
    [InlineData("", "key", "no json", 400)]
    public async Task What_is_wrong_is_refused(string query, string? key, string body, int status)
    {
        await using var gateway = await RoutedGateway.StartAsync();
        key = key is null ? "none" : await gateway.KeyAsync(1m);

        using var response = await gateway.PostAsync("/v1/route" + query, body, ("Authorization", $"Bearer {key}"));

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Tokens_are_counted_for_what_auto_stands_for()
    {
        await using var gateway = await RoutedGateway.StartAsync("routing: { reference: claude-test }");
        var key = await gateway.KeyAsync(1m);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, """{"input_tokens":9}""");

        using var response = await gateway.PostAsync(
            "/v1/messages/count_tokens",
            Body.Replace("\"max_tokens\":50,", "", StringComparison.Ordinal),
            ("x-api-key", key),
            ("anthropic-version", "2023-06-01")
        );

        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        Assert.Equal("claude-test", RoutedGateway.AskedUpstream(gateway));
    }
}
