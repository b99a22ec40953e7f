using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

/// <summary>
/// What is posted where the provider said no usage: no more than was held, unless more was seen. Prices are $1 and $2 per million; a
/// stream without a limit could cost $0.256 (OpenAI's formats) or $0.128, and holds about $0.0123 at first.
/// </summary>
public sealed class EstimateTests
{
    private const decimal FirstSlice = 0.012288m;
    private const decimal Ahead = 0.004096m;

    /// <summary>When an attempt ends, and how.</summary>
    public enum Moment
    {
        ClientLeavesBeforeHeaders,
        ClientLeavesAfterHeaders,
        ClientLeavesAfterAnEvent,
        ResetBeforeHeaders,
        ClosedAfterHeaders,
        Timeout,
        Error,
        ErrorBroken,
        NoStream,
        NoStreamBroken,
        NoJson,
    }

    public static TheoryData<string, Moment> Cases
    {
        get
        {
            var cases = new TheoryData<string, Moment>();
            foreach (var path in (string[])["/v1/chat/completions", "/v1/responses", "/v1/messages"])
            {
                foreach (var moment in Enum.GetValues<Moment>())
                {
                    cases.Add(path, moment);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Where_nothing_was_seen_no_more_is_posted_than_was_held(string path, Moment moment)
    {
        await using var gateway = await TestGateway.StartAsync(provider =>
            TestGateway.Once(moment == Moment.Timeout ? provider with { Timeout = TimeSpan.FromMilliseconds(200) } : provider)
        );
        var key = await gateway.KeyAsync(0.5m);
        using var leave = new CancellationTokenSource();
        gateway.Upstream.Answer = http => EndAsync(http, path, moment, leave);

        await SendAsync(gateway, path, key, leave.Token);
        await gateway.SettledAsync();

        var attempt = await AttemptAsync(gateway);
        Assert.True(attempt.Posted <= attempt.Held, $"{attempt} is posted above what was held");
        Assert.InRange(attempt.Held, FirstSlice, FirstSlice + 0.001m);
        switch (moment)
        {
            case Moment.Error or Moment.ErrorBroken:
                Assert.Equal(0m, attempt.Posted);
                break;
            case Moment.ClientLeavesAfterHeaders or Moment.ClientLeavesAfterAnEvent or Moment.ClosedAfterHeaders:
                Assert.InRange(attempt.Posted, Ahead, attempt.Held);
                break;
            default:
                // Nothing says how far the answer was: exactly what a crash at this moment posts.
                Assert.InRange(attempt.Posted, FirstSlice, attempt.Held);
                break;
        }
    }

    [Fact]
    public async Task A_budget_is_not_overspent_by_clients_that_leave_before_the_first_line()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.05m);
        for (var i = 0; i < 8; i++)
        {
            using var leave = new CancellationTokenSource();
            gateway.Upstream.Answer = http => EndAsync(http, "/v1/chat/completions", Moment.ClientLeavesBeforeHeaders, leave);
            await SendAsync(gateway, "/v1/chat/completions", key, leave.Token);
            await gateway.SettledAsync();
        }

        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend");
        Assert.InRange(decimal.Parse(report!["total"]!["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture), 0.04m, 0.05m);
    }

    [Theory]
    [InlineData(Moment.ResetBeforeHeaders)]
    [InlineData(Moment.NoStream)]
    public async Task A_provider_that_bills_an_answer_to_its_end_is_held_and_posted_at_its_ceiling(Moment moment)
    {
        await using var gateway = await TestGateway.StartAsync(provider =>
            TestGateway.Once(provider with { OnDisconnect = OnDisconnect.Drain })
        );
        var key = await gateway.KeyAsync(0.5m);
        using var leave = new CancellationTokenSource();
        gateway.Upstream.Answer = http => EndAsync(http, "/v1/chat/completions", moment, leave);

        await SendAsync(gateway, "/v1/chat/completions", key, leave.Token);
        await gateway.SettledAsync();

        var attempt = await AttemptAsync(gateway);
        Assert.InRange(attempt.Held, 0.256m, 0.257m);
        Assert.Equal(attempt.Held, attempt.Posted);
    }

    [Fact]
    public async Task A_body_that_comes_instead_of_a_stream_counts_as_its_usage_says()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(0.5m);

        await SendAsync(gateway, "/v1/chat/completions", key, CancellationToken.None);
        await gateway.SettledAsync();

        Assert.Equal(0.000025m, (await AttemptAsync(gateway)).Posted);
    }

    [Theory]
    [InlineData(0.5, "completed")]
    [InlineData(0.02, "cut_off")]
    public async Task A_body_that_comes_instead_of_a_stream_is_held_as_it_grows(double limit, string outcome)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync((decimal)limit);
        var text = $$$"""{"choices":[{"index":0,"message":{"role":"assistant","content":"{{{new string('x', 12_000)}}}"}}]}""";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, text);

        await SendAsync(gateway, "/v1/chat/completions", key, CancellationToken.None);
        await gateway.SettledAsync();

        var attempt = await AttemptAsync(gateway);
        Assert.Equal(outcome, attempt.Outcome);
        if (outcome == "completed")
        {
            Assert.InRange(attempt.Posted, 0.024m, attempt.Held);
        }
        else
        {
            // No more than the bytes that were really read can be posted beyond the hold.
            Assert.InRange(attempt.Posted, attempt.Held, 0.0245m);
        }
    }

    [Theory]
    [InlineData(500, 0.5, "client_closed")]
    [InlineData(10_000, 0.5, "client_closed")]
    [InlineData(10_000, 0.03, "cut_off")]
    public async Task What_a_model_may_think_before_the_first_line_is_held_meanwhile(long speed, double limit, string outcome)
    {
        await using var gateway = await TestGateway.StartAsync(
            provider => provider with { UnseenTokensPerSecond = speed },
            options =>
                options with
                {
                    PriceFiles =
                    [
                        new(
                            "openai.yml",
                            TestGateway.Prices.Replace(
                                "max_output_tokens: 128000",
                                "max_output_tokens: 128000\n    reasoning: true",
                                StringComparison.Ordinal
                            )
                        ),
                    ],
                }
        );
        var key = await gateway.KeyAsync((decimal)limit);
        using var leave = new CancellationTokenSource();
        gateway.Upstream.Answer = async http =>
        {
            var gone = GoneAsync(http);
            if (await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1.3)), gone) != gone)
            {
                await leave.CancelAsync();
                await gone;
            }
        };

        var status = await SendAsync(gateway, "/v1/chat/completions", key, leave.Token);
        await gateway.SettledAsync();

        var attempt = await AttemptAsync(gateway);
        Assert.Equal(outcome, attempt.Outcome);
        Assert.Equal(attempt.Held, attempt.Posted);
        Assert.Equal(outcome == "cut_off" ? 402 : 0, status);
        Assert.True(speed == 500 ? attempt.Held < 0.0131m : outcome == "cut_off" || attempt.Held > 0.04m, $"{attempt}");
    }

    private static async Task EndAsync(HttpContext http, string path, Moment moment, CancellationTokenSource leave)
    {
        switch (moment)
        {
            case Moment.ClientLeavesBeforeHeaders:
                await leave.CancelAsync();
                await GoneAsync(http);
                break;
            case Moment.ClientLeavesAfterHeaders or Moment.ClientLeavesAfterAnEvent:
                await RecordingUpstream.EventsAsync(http, ": hello\n\n", moment == Moment.ClientLeavesAfterAnEvent ? FirstEvent(path) : "");
                // So that the gateway has read them; where it hasn't, more is posted, and that is checked too.
                await Task.Delay(TimeSpan.FromMilliseconds(100), http.RequestAborted);
                await leave.CancelAsync();
                await GoneAsync(http);
                break;
            // The server closes a connection whose answer is shorter than it said; a reset could overtake what was written.
            case Moment.ClosedAfterHeaders:
                http.Response.ContentLength = 1000;
                await RecordingUpstream.EventsAsync(http, ": hello\n\n");
                break;
            case Moment.ResetBeforeHeaders:
                http.Abort();
                break;
            case Moment.Timeout:
                await GoneAsync(http);
                break;
            case Moment.Error:
                await RecordingUpstream.JsonAsync(http, 529, """{"error":{"message":"overloaded"}}""");
                break;
            case Moment.ErrorBroken or Moment.NoStreamBroken:
                http.Response.ContentLength = 1000;
                await RecordingUpstream.JsonAsync(http, moment == Moment.ErrorBroken ? 500 : 200, """{"choices":[""");
                await http.Response.Body.FlushAsync();
                break;
            case Moment.NoStream:
                await RecordingUpstream.JsonAsync(http, 200, """{"id":"x"}""");
                break;
            default:
                await RecordingUpstream.JsonAsync(http, 200, "<html>oops</html>");
                break;
        }
    }

    private static string FirstEvent(string path) =>
        path switch
        {
            "/v1/messages" =>
                "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"hi\"}}\n\n",
            "/v1/responses" => "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\n\n",
            _ => "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n",
        };

    private static async Task GoneAsync(HttpContext http)
    {
        var gone = new TaskCompletionSource();
        await using var registered = http.RequestAborted.Register(() => gone.TrySetResult());
        await gone.Task;
    }

    /// <summary>Sends a stream's request without a limit, where the format has one to leave out. The status, or 0 where the client left first.</summary>
    private static async Task<int> SendAsync(TestGateway gateway, string path, string key, CancellationToken leave)
    {
        var body = path switch
        {
            "/v1/messages" => """{"model":"claude-test","stream":true,"max_tokens":64000,"messages":[{"role":"user","content":"hi"}]}""",
            "/v1/responses" => """{"model":"gpt-5-mini","stream":true,"store":false,"input":"hi"}""",
            _ => """{"model":"gpt-5-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}""",
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        var status = 0;
        try
        {
            using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave);
            status = (int)response.StatusCode;
            await response.Content.CopyToAsync(Stream.Null, leave);
        }
        catch (Exception ended) when (ended is OperationCanceledException or HttpRequestException or IOException)
        {
            // The client left, or the answer broke off.
        }

        return status;
    }

    /// <summary>The one attempt's outcome and money, in dollars.</summary>
    private static async Task<(string Outcome, decimal Posted, decimal Held)> AttemptAsync(TestGateway gateway)
    {
        var events = await gateway.AdminTextAsync("/events?limit=10");
        var line = System.Text.Json.Nodes.JsonNode.Parse(Assert.Single(events.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!;
        var story = await gateway.AdminAsync(HttpMethod.Get, $"/requests/{line["request_id"]!.GetValue<string>()}");
        var attempt = story!["attempts"]![0]!;
        return (
            attempt["outcome"]!.GetValue<string>(),
            decimal.Parse(attempt["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture),
            decimal.Parse(attempt["ceiling_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture)
        );
    }
}
