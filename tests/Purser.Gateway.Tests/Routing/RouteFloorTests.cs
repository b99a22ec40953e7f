using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>Which floor a request has: by its declared risk, and by what is left of its budgets.</summary>
public sealed class RouteFloorTests
{
    private const string Body = """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    private const string Routing = """
        routing:
          reference: gpt-5-dear
          floor: 90
          candidates: [gpt-5-mini]
          risk: { high: 98, low: 80 }
          when_budget_below: { percent: 50, floor: 70 }
          policies:
            - { name: plain, risk: { high: 85 }, when_budget_below: { percent: 1, floor: 60 } }
        """;

    [Theory]
    [InlineData("auto", null, null, 90, null)]
    [InlineData("auto", "high", null, 98, "the request is declared to be of high risk")]
    [InlineData("auto", "low", null, 80, "the request is declared to be of low risk")]
    [InlineData("auto", "perhaps", null, 98, "the request is declared to be of high risk")]
    [InlineData("auto", null, "risk=high", 98, "the request is declared to be of high risk")]
    [InlineData("auto", null, "risk=low", 80, "the request is declared to be of low risk")]
    [InlineData("auto", null, "risk=critical", 98, "the request is declared to be of high risk")]
    [InlineData("auto", null, "team=critical", 90, null)]
    [InlineData("auto", "low", "risk=high", 80, "the request is declared to be of low risk")]
    [InlineData("auto:plain", "high", null, 90, null)] // declared risk never lowers it
    public async Task A_declared_risk_moves_it(string model, string? header, string? tags, long floor, string? why)
    {
        await using var gateway = await StartAsync();
        var key = await gateway.KeyAsync(10m);
        var headers = new List<(string, string)>();
        if (header is not null)
        {
            headers.Add(("x-purser-risk", header));
        }

        if (tags is not null)
        {
            headers.Add(("x-purser-tags", tags));
        }

        var route = await RouteAsync(gateway, key, model, [.. headers]);

        Assert.Equal((floor, why), (route["floor_percent"]!.GetValue<long>(), route["floor_reason"]?.GetValue<string>()));
    }

    [Fact]
    public async Task It_falls_once_a_budget_is_nearly_used_and_a_high_risk_doesnt_let_it()
    {
        await using var gateway = await StartAsync();
        // 11 tokens in and 300 out at $10 and $20: $0.00611 of it.
        var key = await gateway.KeyAsync(0.01m, "month");
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                RecordingUpstream
                    .ChatAnswer.Replace("\"completion_tokens\":7", "\"completion_tokens\":300", StringComparison.Ordinal)
                    .Replace(":18", ":311", StringComparison.Ordinal)
                    .Replace("gpt-5-mini-2025-08-07", "gpt-5-dear", StringComparison.Ordinal)
            );
        var before = await RouteAsync(gateway, key, "auto");
        // The first one sees the whole budget.
        foreach (var most in (string[])["300", "1"])
        {
            using var response = await gateway.ChatAsync(
                key,
                Body.Replace("50", most, StringComparison.Ordinal),
                ("x-purser-route", "auto:best")
            );
            Assert.Equal(200, (int)response.StatusCode);
            await gateway.SettledAsync();
        }

        var after = await RouteAsync(gateway, key, "auto");
        var risky = await RouteAsync(gateway, key, "auto", ("x-purser-risk", "high"));

        Assert.Equal(90, before["floor_percent"]!.GetValue<long>());
        Assert.Equal(70, after["floor_percent"]!.GetValue<long>());
        Assert.Equal("less than 50 % is left of a budget that it counts in", after["floor_reason"]!.GetValue<string>());
        Assert.Equal(98, risky["floor_percent"]!.GetValue<long>());
    }

    private static async Task<TestGateway> StartAsync()
    {
        var gateway = await RoutedGateway.StartAsync(Routing, RoutedGateway.Evidence(("gpt-5-dear", 0.99), ("gpt-5-mini", 0.5)));
        await RoutedGateway.SetModeAsync(gateway, "on");
        return gateway;
    }

    private static async Task<JsonNode> RouteAsync(TestGateway gateway, string key, string model, params (string, string)[] headers)
    {
        using var response = await gateway.PostAsync(
            "/v1/route",
            Body.Replace("auto", model, StringComparison.Ordinal),
            [("Authorization", $"Bearer {key}"), .. headers]
        );
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True((int)response.StatusCode == 200, answer.ToJsonString());
        return answer["route"]!;
    }
}
