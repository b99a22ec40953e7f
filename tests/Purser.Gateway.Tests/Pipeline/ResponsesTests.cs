using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>OpenAI's responses. Prices are $1 and $2 per million, so an answer of 64,000 tokens costs up to $0.128.</summary>
public sealed class ResponsesTests
{
    private const string Agent = """{"model":"gpt-5-mini","stream":true,"max_output_tokens":64000,"input":"hi"}""";
    private const string Begin =
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"in_progress\",\"model\":\"gpt-5-mini\",\"output\":[],\"usage\":null}}\n\n"
        + "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],\"role\":\"assistant\"}}\n\n"
        + "event: response.content_part.added\ndata: {\"type\":\"response.content_part.added\",\"sequence_number\":2,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"annotations\":[],\"text\":\"\"}}\n\n";
    private const string Delta =
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":NUMBER,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"TEXT\"}\n\n";
    private const string End =
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":4,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"gpt-5-mini\",\"output\":[],\"usage\":{\"input_tokens\":11,\"input_tokens_details\":{\"cached_tokens\":10},\"output_tokens\":900,\"output_tokens_details\":{\"reasoning_tokens\":800},\"total_tokens\":911}}}\n\n";
    private const string Answer =
        """{"id":"resp_1","object":"response","status":"completed","model":"gpt-5-mini-2025-08-07","output":[{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"hello"}]}],"usage":{"input_tokens":11,"output_tokens":7,"total_tokens":18}}""";

    [Fact]
    public async Task A_whole_answer_is_relayed_and_charged_by_its_usage()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        const string body = """{"model":"gpt-5-mini","max_output_tokens":100,"input":"hi"}""";

        using var response = await gateway.ResponsesAsync(key, body);

        Assert.Equal(Answer, await response.Content.ReadAsStringAsync());
        Assert.Equal("0.000025000", response.Headers.GetValues("x-purser-cost-usd").Single());
        Assert.Equal("gpt-5-mini-2025-08-07", response.Headers.GetValues("x-purser-model").Single());
        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(("/v1/responses", body), (sent.Target, sent.Body));
        Assert.Equal("Bearer sk-provider-secret", sent.Headers["Authorization"]);
    }

    [Fact]
    public async Task A_stream_is_relayed_and_charged_class_by_class()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.02m);
        var stream = Begin + Text(3, "hi") + End;
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, Begin, Text(3, "hi"), End);

        using var response = await gateway.ResponsesAsync(key, Agent);
        var answer = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.StartsWith(stream, answer, StringComparison.Ordinal);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("completed", false), (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
        // One fresh token, ten cached ones, and 900 out.
        Assert.Equal("0.001802000", attempt["cost_usd"]!.GetValue<string>());
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
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(Begin, CancellationToken.None);
            for (var number = 3; ; number++)
            {
                // Each event once the client has the one before, or they would come in one burst.
                await relayed.WaitAsync(http.RequestAborted);
                await http.Response.WriteAsync(Text(number, new string('x', 256)), CancellationToken.None);
                await http.Response.Body.FlushAsync(CancellationToken.None);
            }
        };

        using var response = await gateway.ResponsesAsync(key, Agent);
        var events = await ReadAsync(response, relayed);

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await gateway.SettledAsync();
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(sent => sent["sequence_number"]!.GetValue<int>()));
        Assert.Equal("response.incomplete", events[^1]["type"]!.GetValue<string>());
        var last = events[^1]["response"]!;
        Assert.Equal("max_output_tokens", last["incomplete_details"]!["reason"]!.GetValue<string>());
        var text = last["output"]![0]!["content"]![0]!["text"]!.GetValue<string>();
        Assert.StartsWith("xxx", text, StringComparison.Ordinal);
        Assert.Contains("purser asks create req_", text, StringComparison.Ordinal);
        Assert.Equal("cut_off", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
        Assert.InRange(await SpentAsync(gateway), 0.008m, 0.02m);
    }

    [Fact]
    public async Task An_answer_that_cant_be_watched_is_limited_to_what_is_affordable()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.02m);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);

        using var response = await gateway.ResponsesAsync(key, """{"model":"gpt-5-mini","input":"hi"}""");

        Assert.Equal(200, (int)response.StatusCode);
        var lowered = long.Parse(response.Headers.GetValues("x-purser-max-output-tokens").Single(), CultureInfo.InvariantCulture);
        Assert.Equal(lowered, JsonNode.Parse(Assert.Single(gateway.Upstream.Requests).Body)!["max_output_tokens"]!.GetValue<long>());
        Assert.InRange(lowered, 9900, 9999);
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_response_and_is_charged_for_what_came()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var cancelled = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            await RecordingUpstream.EventsAsync(http, Begin, Text(3, "hi"));
            await cancelled.Task;
        };

        var response = await gateway.ResponsesAsync(key, Agent);
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync()))
        {
            Assert.Equal("event: response.created", await reader.ReadLineAsync());
        }

        response.Dispose();
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await gateway.SettledAsync();
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("client_closed", true), (attempt["outcome"]!.GetValue<string>(), attempt["estimated"]!.GetValue<bool>()));
        Assert.NotEqual("0.000000000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_an_earlier_response_holds_is_reserved_up_to_the_models_context()
    {
        await using var gateway = await TestGateway.StartAsync();
        // 400,000 tokens at $1 per million.
        var (poor, rich) = (await gateway.KeyAsync(0.4m), await gateway.KeyAsync(0.41m));
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, Answer);
        const string body = """{"model":"gpt-5-mini","max_output_tokens":100,"previous_response_id":"resp_1","input":"and?"}""";

        using var earlier = await gateway.ResponsesAsync(rich, """{"model":"gpt-5-mini","max_output_tokens":100,"input":"hi"}""");
        using var refused = await gateway.ResponsesAsync(poor, body);
        using var admitted = await gateway.ResponsesAsync(rich, body);

        Assert.Equal((402, 200), ((int)refused.StatusCode, (int)admitted.StatusCode));
    }

    [Fact]
    public async Task A_response_in_the_background_is_refused_before_it_is_sent()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();

        using var response = await gateway.ResponsesAsync(key, """{"model":"gpt-5-mini","background":true,"input":"hi"}""");

        Assert.Equal(400, (int)response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("unsupported", error["code"]!.GetValue<string>());
        Assert.Empty(gateway.Upstream.Requests);
    }

    private static string Text(int number, string text) =>
        Delta
            .Replace("NUMBER", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("TEXT", text, StringComparison.Ordinal);

    /// <summary>Reads a stream event by event, and says of each that it has come.</summary>
    private static async Task<List<JsonNode>> ReadAsync(HttpResponseMessage response, SemaphoreSlim relayed)
    {
        var events = new List<JsonNode>();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events.Add(JsonNode.Parse(line[6..])!);
                relayed.Release();
            }
        }

        return events;
    }

    private static async Task<decimal> SpentAsync(TestGateway gateway)
    {
        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        return decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }
}
