using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>Prices are $1 and $2 per million, so an answer of 64,000 tokens costs up to $0.128.</summary>
public sealed class SliceTests
{
    private const string Agent =
        """{"model":"gpt-5-mini","stream":true,"max_completion_tokens":64000,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Chunk =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"TEXT\"},\"finish_reason\":null}],\"usage\":null}\n\n";
    private const string End =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n"
        + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":900,\"total_tokens\":911}}\n\n"
        + "data: [DONE]\n\n";

    [Fact]
    public async Task An_agent_that_asks_for_64k_tokens_works_on_a_budget_that_never_held_them()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.02m);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, Chunk, End);

        for (var i = 0; i < 5; i++)
        {
            using var response = await gateway.ChatAsync(key, Agent);
            Assert.Equal(200, (int)response.StatusCode);
            await response.Content.ReadAsStringAsync();
            await gateway.SettledAsync();
        }

        Assert.All(
            gateway.Upstream.Requests,
            request => Assert.Contains("\"max_completion_tokens\":64000", request.Body, StringComparison.Ordinal)
        );
        Assert.Equal(5 * (0.000011m + 0.0018m), await SpentAsync(gateway));
    }

    [Fact]
    public async Task A_stream_that_a_budget_has_no_room_for_is_cut_off_in_its_own_protocol_and_never_overspends()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.02m);
        var cancelled = new TaskCompletionSource();
        using var relayed = new SemaphoreSlim(1);
        gateway.Upstream.Answer = async http =>
        {
            // 256 bytes of text an event, without end; each once the client has the one before, or they would come in one burst.
            var text = Chunk.Replace("TEXT", new string('x', 256), StringComparison.Ordinal);
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            http.Response.ContentType = "text/event-stream";
            while (true)
            {
                await relayed.WaitAsync(http.RequestAborted);
                await http.Response.WriteAsync(text, CancellationToken.None);
                await http.Response.Body.FlushAsync(CancellationToken.None);
            }
        };

        using var response = await gateway.ChatAsync(key, Agent);
        var answer = await ReadAsync(response, relayed);

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await gateway.SettledAsync();
        Assert.Contains("\"finish_reason\":\"length\"", answer, StringComparison.Ordinal);
        Assert.Contains("purser asks create req_", answer, StringComparison.Ordinal);
        Assert.Contains("data: [DONE]", answer, StringComparison.Ordinal);
        var story = (await gateway.ExplainAsync(response))!;
        Assert.Equal("cut_off", story["outcome"]!.GetValue<string>());
        Assert.True(story["attempts"]![0]!["estimated"]!.GetValue<bool>());
        Assert.InRange(await SpentAsync(gateway), 0.008m, 0.02m);
    }

    [Fact]
    public async Task An_answer_that_cant_be_watched_is_limited_to_what_is_affordable()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.02m);

        using var response = await gateway.ChatAsync(
            key,
            """{"model":"gpt-5-mini","max_tokens":64000,"messages":[{"role":"user","content":"hi"}]}"""
        );

        Assert.Equal(200, (int)response.StatusCode);
        var lowered = long.Parse(response.Headers.GetValues("x-purser-max-output-tokens").Single(), CultureInfo.InvariantCulture);
        // $0.02 less the body's bytes at $1 per million, at $2 per million.
        var sent = Assert.Single(gateway.Upstream.Requests).Body;
        Assert.Equal(lowered, JsonNode.Parse(sent)!["max_tokens"]!.GetValue<long>());
        Assert.InRange(lowered, 9900, 9999);
    }

    [Fact]
    public async Task A_budget_with_no_room_for_an_answer_worth_having_refuses()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.001m);

        using var response = await gateway.ChatAsync(key, Agent);

        Assert.Equal(402, (int)response.StatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_person_is_warned_before_the_budget_is_at_its_end()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.001m);
        const string body = """{"model":"gpt-5-mini","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
        const string dear =
            """{"id":"c","object":"chat.completion","created":1,"model":"gpt-5-mini","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":830,"completion_tokens":0,"total_tokens":830}}""";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, dear);

        using var first = await gateway.ChatAsync(key, body);
        await gateway.SettledAsync();
        using var second = await gateway.ChatAsync(key, body);

        Assert.False(first.Headers.Contains("x-purser-budget-warning"));
        Assert.Matches("^83% of bud_.* used; more: purser asks create req_", second.Headers.GetValues("x-purser-budget-warning").Single());
    }

    /// <summary>Reads a stream event by event, and says of each that it has come.</summary>
    private static async Task<string> ReadAsync(HttpResponseMessage response, SemaphoreSlim relayed)
    {
        var answer = new StringBuilder();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            answer.Append(line).Append('\n');
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                relayed.Release();
            }
        }

        return answer.ToString();
    }

    private static async Task<decimal> SpentAsync(TestGateway gateway)
    {
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        return decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }
}
