using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>
/// Answers that are of no use go up. gpt-5-mini's cost 25 millionths of a dollar, gpt-5-dear's 250: 11 input and 7 output tokens at $1 and $2, or $10 and $20.
/// </summary>
public sealed class EscalationTests
{
    private const string Json =
        """{"model":"auto","max_tokens":50,"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"the capital of Australia as JSON"}]}""";

    private const string Plain =
        """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"What is the capital of Australia?"}]}""";

    private const string Refusal = "I'm sorry, but I can't help with that.";

    private static readonly string[] Both = ["gpt-5-mini", "gpt-5-dear"];

    [Fact]
    public async Task An_answer_that_fails_a_check_goes_to_the_reference_and_both_costs_are_in_the_receipt()
    {
        await using var gateway = await StartAsync(mini: "Canberra", dear: """{"capital":"Canberra"}""");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Json);
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Contains("capital", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("gpt-5-dear; mode=on; policy=auto; escalated from gpt-5-mini: schema", Header(response, "x-purser-route"));
        Assert.Equal("gpt-5-dear", Header(response, "x-purser-model"));
        Assert.Equal("0.000275000", Header(response, "x-purser-cost-usd"));
        Assert.Equal("2", Header(response, "x-purser-attempts"));
        Assert.Null(Header(response, "x-purser-check"));
        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();
        Assert.Equal(Both, attempts.Select(attempt => Text(attempt, "model_requested")));
        Assert.Equal(["0.000025000", "0.000250000"], attempts.Select(attempt => Text(attempt, "cost_usd")));
        Assert.Equal(["completed", "completed"], attempts.Select(attempt => Text(attempt, "outcome")));
        Assert.Equal("schema: the answer isn't JSON", Text(attempts[0], "check"));
        Assert.Null(attempts[0]!["because"]);
        Assert.Equal("the answer of openai/gpt-5-mini failed a check (schema: the answer isn't JSON)", Text(attempts[1], "because"));
        Assert.Null(attempts[1]!["check"]);
        Assert.Equal(["""{"class":"extract","model":"gpt-5-mini","source":"check","count":1,"score":0}"""], await QualityAsync(gateway, 1));
    }

    [Fact]
    public async Task An_answer_that_passes_is_the_only_one()
    {
        await using var gateway = await StartAsync(mini: """{"capital":"Canberra"}""", dear: "never asked");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Json);
        await gateway.SettledAsync();

        Assert.Equal("gpt-5-mini; mode=on; policy=auto", Header(response, "x-purser-route"));
        Assert.Equal("0.000025000", Header(response, "x-purser-cost-usd"));
        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();
        Assert.Equal("passed", Text(Assert.Single(attempts), "check"));
    }

    [Fact]
    public async Task Where_no_budget_has_room_for_the_second_the_first_is_given_and_the_client_is_told()
    {
        await using var gateway = await StartAsync(mini: "Canberra", dear: "{}");
        // The reference's ceiling is some two thousandths.
        var key = await gateway.KeyAsync(0.001m);

        using var response = await gateway.ChatAsync(key, Json);
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Contains("Canberra", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("failed=schema; kept=budget", Header(response, "x-purser-check"));
        Assert.Equal("gpt-5-mini; mode=on; policy=auto", Header(response, "x-purser-route"));
        Assert.Equal("0.000025000", Header(response, "x-purser-cost-usd"));
        Assert.Equal("gpt-5-mini", Assert.Single(Asked(gateway)));
    }

    [Fact]
    public async Task Where_the_budget_lets_the_reference_say_less_only_it_isnt_asked()
    {
        await using var gateway = await StartAsync(mini: "Canberra", dear: "{}");
        // Enough for its input, and for less output than is asked for.
        var key = await gateway.KeyAsync(0.05m);

        using var response = await gateway.ChatAsync(
            key,
            Json.Replace("\"max_tokens\":50", "\"max_tokens\":4000", StringComparison.Ordinal)
        );
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("failed=schema; kept=budget", Header(response, "x-purser-check"));
        Assert.Equal("0.000025000", Header(response, "x-purser-cost-usd"));
        Assert.Equal("gpt-5-mini", Assert.Single(Asked(gateway)));
        Assert.Equal(["completed 0.000025000", "void 0.000000000"], await CostsAsync(gateway, response));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(400)]
    public async Task Where_the_reference_fails_the_first_is_given_and_only_it_is_charged(int status)
    {
        await using var gateway = await StartAsync(mini: "Canberra", dear: "{}", dearStatus: status);
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Json);
        await gateway.SettledAsync();

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Contains("Canberra", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("failed=schema; kept=unavailable", Header(response, "x-purser-check"));
        Assert.Equal("0.000025000", Header(response, "x-purser-cost-usd"));
        Assert.Equal(Both, Asked(gateway));
        Assert.Equal(["completed 0.000025000", "provider_error 0.000000000"], await CostsAsync(gateway, response));
    }

    [Theory]
    [InlineData("suggest", "auto", "gpt-5-dear")] // the reference: nothing to check
    [InlineData("on", "gpt-5-mini", "gpt-5-mini")] // named
    public async Task What_isnt_routed_down_isnt_checked(string mode, string model, string served)
    {
        await using var gateway = await StartAsync(mini: Refusal, dear: Refusal, mode);
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Plain.Replace("auto", model, StringComparison.Ordinal));
        await gateway.SettledAsync();

        Assert.Equal(served, Assert.Single(Asked(gateway)));
        Assert.Null((await gateway.ExplainAsync(response))!["attempts"]![0]!["check"]);
    }

    [Fact]
    public async Task A_named_model_that_a_policy_is_for_gets_what_it_named_where_the_cheaper_one_fails()
    {
        await using var gateway = await StartAsync(mini: Refusal, dear: "Canberra");
        var key = await gateway.KeyAsync(1m);

        using var response = await gateway.ChatAsync(key, Plain.Replace("auto", "gpt-5-dear", StringComparison.Ordinal));

        Assert.Equal(Both, Asked(gateway));
        Assert.Equal("gpt-5-dear; mode=on; policy=trivial; escalated from gpt-5-mini: refusal", Header(response, "x-purser-route"));
    }

    [Fact]
    public async Task Whats_expected_to_go_up_is_part_of_what_a_model_is_expected_to_cost()
    {
        await using var gateway = await StartAsync(mini: Refusal, dear: "Canberra");
        var key = await gateway.KeyAsync(1m);

        // One of twenty by what is assumed: 5 % of the reference's cost; then one of 21 was seen to fail, and 2/21 are expected to.
        Assert.Equal((1, 20), await RateAsync());
        Assert.Equal((2, 21), await RateAsync());

        async Task<(long, long)> RateAsync()
        {
            using var response = await gateway.ChatAsync(key, Plain);
            await gateway.SettledAsync();
            var options = (await gateway.ExplainAsync(response))!["route"]!["candidates"]!.AsArray();
            var (dear, up) = (Nanos(options[0], "expected_usd"), Nanos(options[1], "going_up_usd"));
            return up == ((dear * 1) + 19) / 20 ? (1, 20)
                : up == ((dear * 2) + 20) / 21 ? (2, 21)
                : (up, dear);
        }
    }

    private static long Nanos(JsonNode? node, string name) =>
        long.Parse(Text(node, name)!.Replace(".", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task The_same_turn_again_in_a_session_goes_to_the_reference()
    {
        await using var gateway = await StartAsync(mini: "Sydney", dear: "Canberra");
        var key = await gateway.KeyAsync(1m);

        using var first = await gateway.ChatAsync(key, Plain, ("x-purser-run", "r1"));
        using var elsewhere = await gateway.ChatAsync(key, Plain, ("x-purser-run", "r2"));
        using var again = await gateway.ChatAsync(
            key,
            Plain.Replace("What", "Wrong! What", StringComparison.Ordinal),
            ("x-purser-run", "r1")
        );
        await gateway.SettledAsync();

        Assert.Equal(["gpt-5-mini", "gpt-5-mini", "gpt-5-dear"], Asked(gateway));
        Assert.Equal(
            "the session's last turn came again within five minutes: it goes to the reference",
            Text((await gateway.ExplainAsync(again))!["route"], "reason")
        );
        // Of the answer that the turn was repeated for.
        Assert.Equal(["""{"class":"extract","model":"gpt-5-mini","source":"check","count":1,"score":0}"""], await QualityAsync(gateway, 1));
    }

    [Fact]
    public async Task An_agent_that_repeats_a_call_that_fails_goes_to_the_reference()
    {
        const string call =
            """{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"run","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"Error: no such file"}""";
        await using var gateway = await StartAsync(mini: "hm", dear: "I see");
        var key = await gateway.KeyAsync(1m);

        using var once = await gateway.ChatAsync(key, Body(call));
        using var twice = await gateway.ChatAsync(key, Body($"{call},{call.Replace("\"c\"", "\"d\"", StringComparison.Ordinal)}"));

        Assert.Equal(Both, Asked(gateway));

        static string Body(string calls) =>
            $$$$"""{"model":"auto","max_tokens":50,"tools":[{"type":"function","function":{"name":"run","parameters":{"type":"object"}}}],"messages":[{"role":"user","content":"go"},{{{{calls}}}}]}""";
    }

    [Fact]
    public async Task A_client_that_leaves_meanwhile_is_charged_for_both()
    {
        await using var gateway = await StartAsync(mini: "Canberra", dear: "{}");
        var key = await gateway.KeyAsync(1m);
        using var left = new CancellationTokenSource();
        var answer = gateway.Upstream.Answer;
        gateway.Upstream.Answer = async http =>
        {
            if (RecordingUpstream.BodyOf(http).Contains("gpt-5-dear", StringComparison.Ordinal))
            {
                await left.CancelAsync();
            }

            await answer(http);
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(Json, System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gateway.Client.SendAsync(request, left.Token));
        await gateway.SettledAsync();

        Assert.Equal(Both, Asked(gateway));
        // 25 and 250: the reference's answer came, and nobody took it.
        var budget = (await gateway.AdminAsync(HttpMethod.Get, "/budgets"))!["data"]![0];
        Assert.Equal("0.000275000", Text(budget, "posted"));
    }

    internal static Task<TestGateway> StartAsync(
        string mini,
        string dear,
        string mode = "on",
        string escalate = "true",
        int dearStatus = 200
    ) =>
        StartAsync(
            (http, isDear) =>
                RecordingUpstream.JsonAsync(
                    http,
                    isDear ? dearStatus : 200,
                    isDear && dearStatus != 200 ? """{"error":{"message":"broken"}}""" : Chat(isDear ? dear : mini, isDear)
                ),
            mode,
            escalate
        );

    internal static async Task<TestGateway> StartAsync(
        Func<HttpContext, bool, Task> answer,
        string mode = "on",
        string escalate = "true",
        Func<GatewayOptions, GatewayOptions>? options = null
    )
    {
        var gateway = await RoutedGateway.StartAsync(
            $$"""
            routing:
              reference: gpt-5-dear
              candidates: [gpt-5-mini]
              escalate: {{escalate}}
              policies:
                - { name: trivial, for: ["gpt-5-dear"] }
            """,
            RoutedGateway.Evidence(("gpt-5-dear", 0.99), ("gpt-5-mini", 0.93)),
            options
        );
        gateway.Upstream.Answer = http => answer(http, RecordingUpstream.BodyOf(http).Contains("gpt-5-dear", StringComparison.Ordinal));
        await RoutedGateway.SetModeAsync(gateway, mode);
        return gateway;
    }

    internal static string Chat(string text, bool isDear) =>
        RecordingUpstream
            .ChatAnswer.Replace("\"hello\"", JsonValue.Create(text).ToJsonString(), StringComparison.Ordinal)
            .Replace("gpt-5-mini-2025-08-07", isDear ? "gpt-5-dear" : "gpt-5-mini-2025-08-07", StringComparison.Ordinal);

    internal static IEnumerable<string> Asked(TestGateway gateway) =>
        gateway.Upstream.Requests.Select(request => JsonNode.Parse(request.Body)!["model"]!.GetValue<string>());

    internal static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    internal static string? Text(JsonNode? node, string name) => node?[name]?.GetValue<string>();

    /// <summary>The report on quality, once it has so many lines: evaluations follow the answer.</summary>
    internal static async Task<IEnumerable<string>> QualityAsync(TestGateway gateway, int lines)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var rows = (await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray();
            if (rows.Count >= lines)
            {
                return rows.Select(row => row!.ToJsonString());
            }

            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    internal static async Task<IEnumerable<string>> CostsAsync(TestGateway gateway, HttpResponseMessage response) =>
        (await gateway.ExplainAsync(response))!["attempts"]!
            .AsArray()
            .Select(attempt => $"{Text(attempt, "outcome")} {Text(attempt, "cost_usd")}");
}
