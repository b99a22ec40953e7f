using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Core.Pricing;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Models of one's own, by the hour of the machine: 3.6 USD an hour are 1 µ$ a millisecond.</summary>
public sealed class MachineHourTests
{
    private const string Prices = """
        provider: openai
        models:
          - id: local
            context_tokens: 8000
            max_output_tokens: 500
            max_seconds: 20
            prices: [{ start: unknown, source: made up for tests, compute_per_hour: 3.6 }]
          - id: hasty
            context_tokens: 8000
            max_output_tokens: 500
            max_seconds: 1
            prices: [{ start: unknown, source: made up for tests, compute_per_hour: 3.6 }]
          - id: endless
            context_tokens: 8000
            max_output_tokens: 500
            prices: [{ start: unknown, source: made up for tests, compute_per_hour: 3.6 }]
        """;

    private const string Usage = "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}";
    private const string Timings =
        "\"timings\":{\"cache_n\":0,\"prompt_n\":11,\"prompt_ms\":20.5,\"predicted_n\":7,\"predicted_ms\":100.25}";
    private const string Choices =
        "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"finish_reason\":\"stop\"}]";

    [Fact]
    public async Task A_model_whose_time_nothing_bounds_is_refused_and_nothing_is_sent()
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("endless"));

        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("cost_not_bounded", error["code"]!.GetValue<string>());
        Assert.Contains("max_seconds", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task What_its_whole_time_can_cost_is_held_before()
    {
        await using var gateway = await StartAsync();

        // 20 s can cost 0.02 USD.
        using var refused = await gateway.ChatAsync(await gateway.KeyAsync(0.019m), Body("local", stream: true));
        using var served = await gateway.ChatAsync(await gateway.KeyAsync(0.02m), Body("local"));

        Assert.Equal(402, (int)refused.StatusCode);
        Assert.Equal(200, (int)served.StatusCode);
    }

    [Fact]
    public async Task The_time_that_the_provider_states_is_charged()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                $$"""{"id":"c","object":"chat.completion","model":"local",{{Choices}},{{Usage}},{{Timings}}}"""
            );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("local"));
        await gateway.SettledAsync();

        // 20.5 + 100.25 = 120.75 ms, so 121 × 1 µ$
        Assert.Equal("0.000121000", response.Headers.GetValues("x-purser-cost-usd").Single());
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.False(attempt["estimated"]!.GetValue<bool>());
        Assert.Equal("0.020000000", attempt["ceiling_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_time_that_a_stream_states_is_charged()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.EventsAsync(
                http,
                Chunk("{\"content\":\"hi\"}", "null", ""),
                Chunk("{}", "\"stop\"", $",{Timings}"),
                $"data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"local\",\"choices\":[],{Usage}}}\n\n",
                "data: [DONE]\n\n"
            );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("local", stream: true));
        await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Equal("0.000121000", (await gateway.ExplainAsync(response))!["attempts"]![0]!["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task Where_the_provider_states_none_the_time_that_it_took_is_charged()
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = async http =>
        {
            await Task.Delay(50);
            await RecordingUpstream.JsonAsync(
                http,
                200,
                $$"""{"id":"c","object":"chat.completion","model":"local",{{Choices}},{{Usage}}}"""
            );
        };

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("local"));
        await gateway.SettledAsync();

        var cost = decimal.Parse(response.Headers.GetValues("x-purser-cost-usd").Single(), CultureInfo.InvariantCulture);
        Assert.InRange(cost, 0.000045m, 0.02m);
        // Whole milliseconds, and nothing for the tokens.
        Assert.Equal(0m, cost % 0.000001m);
        Assert.False((await gateway.ExplainAsync(response))!["attempts"]![0]!["estimated"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_is_cut_off_at_its_limit_and_charged_for_the_time_so_far(bool stream)
    {
        await using var gateway = await StartAsync();
        gateway.Upstream.Answer = async http =>
        {
            http.Response.ContentType = stream ? "text/event-stream" : "application/json";
            // Never silent, so that only the limit ends it.
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.WriteAsync(stream ? Chunk("{\"content\":\"hi\"}", "null", "") : " ");
                await http.Response.Body.FlushAsync();
                await Task.Delay(100);
            }
        };

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(1m), Body("hasty", stream));
        var text = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Contains("provider_timeout", text, StringComparison.Ordinal);
        Assert.Contains("max_seconds", text, StringComparison.Ordinal);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("timeout", attempt["outcome"]!.GetValue<string>());
        var cost = decimal.Parse(attempt["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        Assert.InRange(cost, 0.00095m, 0.001m);
    }

    private static Task<TestGateway> StartAsync() =>
        TestGateway.StartAsync(
            provider => provider.Models is null ? provider : provider with { Models = [.. provider.Models, "local", "hasty", "endless"] },
            options => options with { PriceFiles = [.. options.PriceFiles, new PriceFile("local.yml", Prices)] }
        );

    private static string Body(string model, bool stream = false) =>
        $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    private static string Chunk(string delta, string reason, string more) =>
        $"data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"local\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{reason}}}]{more}}}\n\n";
}
