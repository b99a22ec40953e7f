using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class IdempotencyTests
{
    private const string Header = "Idempotency-Key";
    private const string Body = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string OtherBody = """{"model":"gpt-5-mini","max_tokens":101,"messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamBody =
        """{"model":"gpt-5-mini","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Chunk =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}],\"usage\":null}\n\n";

    [Fact]
    public async Task A_retry_of_an_ended_request_is_its_next_attempt_and_counts_as_a_request_of_its_own()
    {
        await using var gateway = await TestGateway.StartAsync(TestGateway.Once);
        var key = await RequestsKeyAsync(gateway, 3);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 500, """{"error":{"message":"oops"}}""");

        using var first = await gateway.ChatAsync(key, Body, (Header, "a"));
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        using var second = await gateway.ChatAsync(key, Body, (Header, "a"));
        using var third = await gateway.ChatAsync(key, Body, (Header, "a"));
        using var other = await gateway.ChatAsync(key, Body, (Header, "b"));
        await gateway.SettledAsync();

        Assert.Equal((500, 200, 200, 402), ((int)first.StatusCode, (int)second.StatusCode, (int)third.StatusCode, (int)other.StatusCode));
        Assert.Equal(RequestId(first), RequestId(second));
        Assert.Equal(RequestId(first), RequestId(third));
        Assert.NotEqual(RequestId(first), RequestId(other));
        // 11 tokens in at $1 and 7 out at $2 per million.
        Assert.Equal(
            [(1, "provider_error", "0.000000000"), (2, "completed", "0.000025000"), (3, "completed", "0.000025000")],
            AttemptsOf(await gateway.ExplainAsync(first))
        );
        Assert.Equal(
            ["1", "2", "3"],
            gateway.Upstream.Requests.Select(sent => sent.Headers["x-client-request-id"]).Select(id => id.Split('.')[1])
        );
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public async Task Retries_under_one_name_never_reach_the_provider_more_often_than_a_budget_of_requests_has_room_for(int status)
    {
        await using var gateway = await TestGateway.StartAsync(TestGateway.Once);
        var key = await RequestsKeyAsync(gateway, 3);
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, status, RecordingUpstream.ChatAnswer);

        var answers = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            using var response = await gateway.ChatAsync(key, Body, (Header, "a"));
            answers.Add((int)response.StatusCode);
        }

        Assert.Equal([status, status, status, .. Enumerable.Repeat(402, 9)], answers);
        Assert.Equal(3, gateway.Upstream.Requests.Count);
    }

    [Fact]
    public async Task A_retry_after_an_attempt_that_no_provider_saw_is_the_first_that_counts()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var gateway = await TestGateway.StartAsync(provider =>
            provider with
            {
                BaseUrl = new Uri($"http://127.0.0.1:{port}/v1"),
            }
        );
        var key = await RequestsKeyAsync(gateway, 1);

        for (var i = 0; i < 3; i++)
        {
            using var response = await gateway.ChatAsync(key, Body, (Header, "a"));
            Assert.Equal(502, (int)response.StatusCode);
            await gateway.SettledAsync();
        }
    }

    [Fact]
    public async Task A_retry_while_the_first_client_still_listens_is_told_to_come_again_and_holds_nothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var (arrived, release) = Hold(gateway);
        var first = gateway.ChatAsync(key, Body, (Header, "a"));
        await arrived.WaitAsync(TestContext.Current.CancellationToken);

        using var second = await gateway.ChatAsync(key, Body, (Header, "a"));
        var open = await gateway.OpenReservationsAsync();
        release.SetResult();
        using var answer = await first;

        Assert.Equal(409, (int)second.StatusCode);
        Assert.Equal("idempotency_in_progress", await CodeAsync(second));
        Assert.Equal("1", second.Headers.GetValues("Retry-After").Single());
        Assert.Equal("true", second.Headers.GetValues("x-should-retry").Single());
        Assert.Equal(1, open);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Single(gateway.Upstream.Requests);
        Assert.NotEqual(RequestId(answer), RequestId(second));
    }

    [Fact]
    public async Task Retries_at_once_dont_queue_up_behind_quick_answers()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await RequestsKeyAsync(gateway, 100);
        // Each answer takes less than the moment that a retry waits.
        gateway.Upstream.Answer = async http =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System);
            await RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => gateway.ChatAsync(key, Body, (Header, "a"))));

        // The moment of 250 ms is as long as two answers; a slow machine may begin a third.
        Assert.InRange(answers.Count(answer => (int)answer.StatusCode == 200), 1, 4);
        Assert.All(answers, answer => Assert.Contains((int)answer.StatusCode, (int[])[200, 409]));
    }

    [Fact]
    public async Task Of_parallel_retries_one_wins_and_money_is_held_once()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await RequestsKeyAsync(gateway, 2);
        using var first = await gateway.ChatAsync(key, Body, (Header, "a"));
        var (_, release) = Hold(gateway);

        var retries = Enumerable.Range(0, 8).Select(_ => gateway.ChatAsync(key, Body, (Header, "a"))).ToList();
        var losers = new List<HttpResponseMessage>();
        while (retries.Count > 1)
        {
            var ended = await Task.WhenAny(retries);
            retries.Remove(ended);
            losers.Add(await ended);
        }

        var open = await gateway.OpenReservationsAsync();
        release.SetResult();
        using var winner = await retries[0];
        await gateway.SettledAsync();

        Assert.All(losers, loser => Assert.Equal(409, (int)loser.StatusCode));
        Assert.Equal(1, open);
        Assert.Equal(200, (int)winner.StatusCode);
        Assert.Equal([(1, "completed", "0.000025000"), (2, "completed", "0.000025000")], AttemptsOf(await gateway.ExplainAsync(first)));
    }

    [Fact]
    public async Task A_retry_after_its_client_left_a_stream_follows_the_cancelled_attempt()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await RequestsKeyAsync(gateway, 2);
        var left = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            await RecordingUpstream.EventsAsync(http, Chunk);
            using var gone = http.RequestAborted.Register(() => left.TrySetResult());
            await left.Task;
        };
        using var first = await gateway.ChatAsync(key, StreamBody, (Header, "a"));
        var id = RequestId(first);
        first.Dispose();
        await left.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, Chunk, Usage, "data: [DONE]\n\n");

        using var second = await gateway.ChatAsync(key, StreamBody, (Header, "a"));
        await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await gateway.SettledAsync();

        Assert.Equal(200, (int)second.StatusCode);
        Assert.Equal(id, RequestId(second));
        var attempts = AttemptsOf(await gateway.ExplainAsync(second));
        Assert.Equal([(1, "client_closed"), (2, "completed")], attempts.Select(attempt => (attempt.Number, attempt.Outcome)));
        Assert.Equal("0.000025000", attempts[1].Cost);
        Assert.NotEqual("0.000000000", attempts[0].Cost);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        using var first = await gateway.ChatAsync(key, Body, (Header, "a"));

        using var second = await gateway.ChatAsync(key, OtherBody, (Header, "a"));

        Assert.Equal(422, (int)second.StatusCode);
        Assert.Equal("idempotency_key_reused", await CodeAsync(second));
        Assert.Equal("false", second.Headers.GetValues("x-should-retry").Single());
        Assert.Single(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Each_virtual_key_has_names_of_its_own()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var first = await gateway.ChatAsync(await gateway.KeyAsync(), Body, (Header, "a"));

        using var second = await gateway.ChatAsync(await gateway.KeyAsync(), OtherBody, (Header, "a"));

        Assert.Equal(200, (int)second.StatusCode);
        Assert.NotEqual(RequestId(first), RequestId(second));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\tb")]
    [InlineData("a\u007f")]
    public async Task A_malformed_key_is_refused(string name)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), Body, (Header, name));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("invalid_idempotency_key", await CodeAsync(response));
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData(256, 200)]
    [InlineData(257, 400)]
    public async Task A_key_has_up_to_256_characters(int length, int status)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), Body, (Header, new string('k', length)));

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_request_that_was_refused_before_an_attempt_leaves_its_name_free()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync(usd: 0.000000001m);
        using var first = await gateway.ChatAsync(key, Body, (Header, "a"));

        using var second = await gateway.ChatAsync(key, OtherBody, (Header, "a"));

        Assert.Equal((402, 402), ((int)first.StatusCode, (int)second.StatusCode));
        Assert.NotEqual(RequestId(first), RequestId(second));
    }

    private const string Usage =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}\n\n";

    /// <summary>A key whose budget has room for so many requests, whatever they cost.</summary>
    private static async Task<string> RequestsKeyAsync(TestGateway gateway, int requests)
    {
        var key = await gateway.AdminAsync(HttpMethod.Post, "/keys", new { account = "", name = "few requests" });
        await gateway.AdminAsync(
            HttpMethod.Put,
            "/budgets",
            new
            {
                key = key!["id"]!.GetValue<string>(),
                unit = "requests",
                window = "lifetime",
                limit = requests.ToString(System.Globalization.CultureInfo.InvariantCulture),
            }
        );
        return key["key"]!.GetValue<string>();
    }

    /// <summary>Lets the provider answer only once it's released.</summary>
    private static (SemaphoreSlim Arrived, TaskCompletionSource Release) Hold(TestGateway gateway)
    {
        var (arrived, release) = (new SemaphoreSlim(0), new TaskCompletionSource());
        gateway.Upstream.Answer = async http =>
        {
            arrived.Release();
            await release.Task;
            await RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };
        return (arrived, release);
    }

    private static string RequestId(HttpResponseMessage response) => response.Headers.GetValues("x-purser-request-id").Single();

    private static async Task<string> CodeAsync(HttpResponseMessage response) =>
        JsonNode.Parse(Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync()))!["error"]!["code"]!.GetValue<string>();

    private static List<(int Number, string Outcome, string Cost)> AttemptsOf(JsonNode? story) =>
        [
            .. story!["attempts"]!
                .AsArray()
                .Select(attempt =>
                    (attempt!["attempt"]!.GetValue<int>(), attempt["outcome"]!.GetValue<string>(), attempt["cost_usd"]!.GetValue<string>())
                ),
        ];
}
