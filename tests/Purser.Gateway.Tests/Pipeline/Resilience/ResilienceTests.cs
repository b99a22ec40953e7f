using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

public sealed class ResilienceTests
{
    private const string Body = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamBody =
        """{"model":"gpt-5-mini","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Error = """{"error":{"message":"no","type":"t","param":null,"code":"its_own"}}""";

    [Fact]
    public async Task A_provider_that_fails_too_often_is_left_alone_and_clients_learn_for_how_long()
    {
        await using var gateway = await StartAsync(
            new ResilienceOptions
            {
                Retries = 0,
                BreakAfter = 2,
                BreakTime = TimeSpan.FromSeconds(600),
            }
        );
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 500, Error);
        for (var i = 0; i < 2; i++)
        {
            using var failed = await gateway.ChatAsync(key, Body);
            Assert.Equal(500, (int)failed.StatusCode);
        }

        using var refused = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Equal(
            "provider_unavailable",
            JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>()
        );
        Assert.Equal("true", refused.Headers.GetValues("x-should-retry").Single());
        Assert.InRange(int.Parse(refused.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture), 1, 600);
        Assert.Equal(2, gateway.Upstream.Requests.Count);
        Assert.Equal("refused", (await gateway.ExplainAsync(refused))!["outcome"]!.GetValue<string>());
        var lane = (await gateway.AdminAsync(HttpMethod.Get, "/status"))!["providers"]![0]!["lanes"]![0]!;
        Assert.Equal(
            ("gpt-5-mini", "config", "broken", 0),
            (Text(lane, "model"), Text(lane, "credential"), Text(lane, "state"), lane["under_way"]!.GetValue<int>())
        );
        Assert.NotNull(lane["until"]);
    }

    [Fact]
    public async Task A_request_that_goes_elsewhere_because_of_a_pause_says_so()
    {
        await using var gateway = await TestGateway.StartAsync(options: options =>
        {
            var first = options.Providers[0];
            var other = first with { Name = "other", BaseUrl = new Uri(first.BaseUrl, "/other/v1"), PriceProvider = "openai" };
            return options with { Providers = [first, other] };
        });
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers.RetryAfter = "60";
            return http.Request.Path.StartsWithSegments("/other")
                ? RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer)
                : RecordingUpstream.JsonAsync(http, 429, Error);
        };
        using var first = await gateway.ChatAsync(key, Body);

        using var second = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        Assert.Equal(("2", false), (first.Headers.GetValues("x-purser-attempts").Single(), second.Headers.Contains("x-purser-attempts")));
        var attempt = Assert.Single((await gateway.ExplainAsync(second))!["attempts"]!.AsArray())!;
        Assert.Equal(("other", "openai asked for a pause"), (Text(attempt, "provider"), Text(attempt, "because")));
    }

    [Fact]
    public async Task An_anthropic_client_gets_that_in_its_own_form()
    {
        await using var gateway = await TestGateway.StartAsync(provider =>
            provider with
            {
                Resilience = new ResilienceOptions { Retries = 0 },
            }
        );
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers.RetryAfter = "60";
            return RecordingUpstream.JsonAsync(
                http,
                529,
                """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""
            );
        };
        const string body = """{"model":"claude-test","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
        using var first = await gateway.MessagesAsync(key, body);
        using var confirming = await gateway.MessagesAsync(key, body);

        using var second = await gateway.MessagesAsync(key, body);

        var error = JsonNode.Parse(await second.Content.ReadAsStringAsync())!;
        Assert.Equal((529, 503, "error"), ((int)first.StatusCode, (int)second.StatusCode, Text(error, "type")));
        Assert.Contains("asked for a pause", Text(error["error"]!, "message"), StringComparison.Ordinal);
        Assert.InRange(int.Parse(second.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal(2, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task The_cost_of_an_answer_is_that_of_all_its_attempts()
    {
        await using var gateway = await StartAsync(new ResilienceOptions { RetryWait = TimeSpan.Zero });
        var key = await gateway.KeyAsync();
        var calls = 0;
        gateway.Upstream.Answer = http =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                http.Abort();
                return Task.CompletedTask;
            }

            return Fault.GoodStream(http);
        };

        using var response = await gateway.ChatAsync(key, StreamBody);
        var text = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();
        var costs = attempts.Select(attempt => decimal.Parse(Text(attempt!, "cost_usd"), CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(2, costs.Count);
        Assert.All(costs, cost => Assert.True(cost > 0));
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"x-purser-cost-usd={costs.Sum():0.000000000}"),
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("openai broke off before its answer began", Text(attempts[1]!, "because"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_attempt_is_admitted_anew_and_where_a_budget_has_no_room_for_it_the_first_failure_is_the_answer()
    {
        await using var gateway = await StartAsync(new ResilienceOptions { RetryWait = TimeSpan.Zero });
        var key = await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "", name = "one request" });
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                key = Text(key!, "id"),
                unit = "requests",
                window = "lifetime",
                limit = "1",
            }
        );
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 503, Error);

        using var response = await gateway.ChatAsync(Text(key!, "key"), Body);
        await gateway.SettledAsync();

        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal(Error, await response.Content.ReadAsStringAsync());
        Assert.Single(gateway.Upstream.Requests);
        Assert.Single((await gateway.ExplainAsync(response))!["attempts"]!.AsArray());
    }

    [Fact]
    public async Task A_client_that_leaves_in_a_pause_ends_the_attempts()
    {
        await using var gateway = await StartAsync(new ResilienceOptions { RetryWait = TimeSpan.FromSeconds(60) });
        var key = await gateway.KeyAsync();
        var answered = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            http.Response.Headers.RetryAfter = "30";
            await RecordingUpstream.JsonAsync(http, 503, Error);
            await http.Response.CompleteAsync();
            answered.TrySetResult();
        };
        using var leave = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        var sending = gateway.Client.SendAsync(request, leave.Token);
        await answered.Task;

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        // A stop waits for requests under way: one that still waited for its pause would take all of the five seconds that it's given.
        await gateway.SettledAsync();

        Assert.Single(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("first_token_timeout_seconds")]
    [InlineData("attempt_timeout_seconds")]
    [InlineData("total_timeout_seconds")]
    public async Task Each_time_out_ends_the_wait_and_is_named(string name)
    {
        var time = TimeSpan.FromMilliseconds(200);
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                TotalTimeout = name.StartsWith("total", StringComparison.Ordinal) ? time : options.TotalTimeout,
                Providers =
                [
                    options.Providers[0] with
                    {
                        Resilience = new ResilienceOptions
                        {
                            Retries = 0,
                            FirstTokenTimeout = name.StartsWith("first", StringComparison.Ordinal) ? time : null,
                            AttemptTimeout = name.StartsWith("attempt", StringComparison.Ordinal) ? time : null,
                        },
                    },
                ],
            }
        );
        gateway.Upstream.Answer = Fault.Hang;

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), StreamBody);
        await gateway.SettledAsync();

        Assert.Equal(504, (int)response.StatusCode);
        Assert.Contains(name, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("timeout", Text((await gateway.ExplainAsync(response))!, "outcome"));
    }

    [Fact]
    public async Task A_time_out_before_any_byte_of_the_request_was_sent_costs_nothing()
    {
        // It takes connections and never says a word, so that TLS doesn't come about.
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers =
                [
                    options.Providers[0] with
                    {
                        BaseUrl = new Uri($"https://127.0.0.1:{((IPEndPoint)mute.LocalEndpoint).Port}/v1"),
                        Timeout = TimeSpan.FromMilliseconds(200),
                        Resilience = new ResilienceOptions { Retries = 0 },
                    },
                ],
            }
        );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), Body);
        await gateway.SettledAsync();

        Assert.Equal(502, (int)response.StatusCode);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal(("void", "0.000000000"), (Text(attempt, "outcome"), Text(attempt, "cost_usd")));
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_a_provider_may_have()
    {
        await using var gateway = await StartAsync(new ResilienceOptions { MaxConcurrency = 2, QueueWait = TimeSpan.FromSeconds(60) });
        var key = await gateway.KeyAsync();
        var (underWay, most) = (0, 0);
        gateway.Upstream.Answer = async http =>
        {
            var now = Interlocked.Increment(ref underWay);
            most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref underWay);
            await RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.ChatAsync(key, Body)));

        Assert.All(answers, answer => Assert.Equal(200, (int)answer.StatusCode));
        Assert.InRange(most, 1, 2);
    }

    [Theory]
    [InlineData(0, "true")]
    [InlineData(2, "false")]
    public async Task A_client_is_not_to_repeat_what_the_gateway_has_repeated(int retries, string shouldRetry)
    {
        await using var gateway = await TestGateway.StartAsync(options: options =>
            options with
            {
                Providers =
                [
                    options.Providers[0] with
                    {
                        BaseUrl = new Uri("http://127.0.0.1:9/v1"),
                        Resilience = new ResilienceOptions { Retries = retries, RetryWait = TimeSpan.Zero },
                    },
                ],
            }
        );

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), Body);

        Assert.Equal((502, shouldRetry), ((int)response.StatusCode, response.Headers.GetValues("x-should-retry").Single()));
    }

    [Fact]
    public async Task A_provider_that_is_full_is_void_and_says_when_to_come_again()
    {
        await using var gateway = await StartAsync(new ResilienceOptions { MaxConcurrency = 1, QueueWait = TimeSpan.Zero });
        var key = await gateway.KeyAsync();
        var (arrived, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Upstream.Answer = async http =>
        {
            arrived.TrySetResult();
            await release.Task;
            await RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };
        var answering = gateway.ChatAsync(key, Body);
        await arrived.Task;

        using var refused = await gateway.ChatAsync(key, Body);
        release.SetResult();
        using var answered = await answering;
        await gateway.SettledAsync();

        Assert.Equal((503, 200), ((int)refused.StatusCode, (int)answered.StatusCode));
        Assert.Contains("max_concurrency", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.InRange(int.Parse(refused.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal("void", Text(Assert.Single((await gateway.ExplainAsync(refused))!["attempts"]!.AsArray())!, "outcome"));
    }

    [Fact]
    public async Task Nothing_of_a_stream_reaches_the_client_before_it_says_something()
    {
        await using var gateway = await StartAsync(new ResilienceOptions { RetryWait = TimeSpan.Zero });
        var key = await gateway.KeyAsync();
        var (opened, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Upstream.Answer = async http =>
        {
            await RecordingUpstream.EventsAsync(http, ": ping\n\n");
            opened.TrySetResult();
            await release.Task;
            await Fault.GoodStream(http);
        };

        var sending = gateway.ChatAsync(key, StreamBody);
        await opened.Task;
        Assert.False(sending.IsCompleted);
        release.SetResult();

        using var response = await sending;
        Assert.StartsWith(": ping\n\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<TestGateway> StartAsync(ResilienceOptions resilience) =>
        TestGateway.StartAsync(options: options => options with { Providers = [options.Providers[0] with { Resilience = resilience }] });

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
