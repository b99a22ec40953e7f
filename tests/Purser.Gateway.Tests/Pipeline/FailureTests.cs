using System.Net.Sockets;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline;

public sealed class FailureTests
{
    private const string Body = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string StreamBody =
        """{"model":"gpt-5-mini","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Chunk =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}],\"usage\":null}\n\n";

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(529)]
    public async Task A_providers_error_is_relayed_as_it_is_and_costs_nothing(int status)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        const string error = """{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}""";
        gateway.Upstream.Answer = http =>
        {
            http.Response.Headers.RetryAfter = "7";
            return RecordingUpstream.JsonAsync(http, status, error);
        };

        using var response = await gateway.ChatAsync(key, Body);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(error, await response.Content.ReadAsStringAsync());
        Assert.Equal("7", response.Headers.GetValues("Retry-After").Single());
        Assert.Equal("0.000000000", response.Headers.GetValues("x-purser-cost-usd").Single());
        await gateway.SettledAsync();
        Assert.Equal("provider_error", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_stream_that_is_cut_ends_in_an_error_event_and_is_charged_on_the_safe_side()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = async http =>
        {
            await RecordingUpstream.EventsAsync(http, Chunk);
            http.Abort();
        };

        using var response = await gateway.ChatAsync(key, StreamBody);
        var text = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Contains("provider_answer_broken", text, StringComparison.Ordinal);
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("cut", attempt["outcome"]!.GetValue<string>());
        Assert.True(attempt["estimated"]!.GetValue<bool>());
        Assert.NotEqual("0.000000000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_stream_that_ends_without_its_last_event_is_a_cut_too()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.EventsAsync(http, Chunk);

        using var response = await gateway.ChatAsync(key, StreamBody);
        var text = await response.Content.ReadAsStringAsync();
        await gateway.SettledAsync();

        Assert.Contains("provider_answer_broken", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Equal("cut", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("<html>oops</html>")]
    [InlineData("")]
    [InlineData("""["not an answer"]""")]
    public async Task Garbage_with_a_good_status_is_an_error_charged_at_its_ceiling(string garbage)
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, garbage);

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        Assert.Equal(502, (int)response.StatusCode);
        var explained = (await gateway.ExplainAsync(response))!;
        Assert.Equal(explained["reservation"]!["usd"]!.GetValue<string>(), explained["attempts"]![0]!["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_answer_without_usage_reaches_the_client_and_is_charged_on_the_safe_side()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        const string answer = """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]}""";
        gateway.Upstream.Answer = http => RecordingUpstream.JsonAsync(http, 200, answer);

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        Assert.Equal(answer, await response.Content.ReadAsStringAsync());
        var attempt = (await gateway.ExplainAsync(response))!["attempts"]![0]!;
        Assert.Equal("completed", attempt["outcome"]!.GetValue<string>());
        Assert.True(attempt["estimated"]!.GetValue<bool>());
        Assert.NotEqual("0.000000000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_key_that_a_providers_error_repeats_does_not_reach_the_client()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(http, 401, """{"error":{"message":"Incorrect API key: sk-provider-secret."}}""");

        using var response = await gateway.ChatAsync(key, Body);

        Assert.Equal("""{"error":{"message":"Incorrect API key: ******************."}}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_provider_that_stays_silent_is_given_up_with_an_error()
    {
        await using var gateway = await TestGateway.StartAsync(provider => provider with { Timeout = TimeSpan.FromMilliseconds(300) });
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = async http =>
        {
            var gone = new TaskCompletionSource();
            http.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        };

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        Assert.Equal(504, (int)response.StatusCode);
        Assert.Equal("timeout", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_provider_that_is_not_there_costs_nothing_at_all()
    {
        using var closed = new TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var gateway = await TestGateway.StartAsync(provider =>
            provider with
            {
                BaseUrl = new Uri($"http://127.0.0.1:{port}/v1"),
            }
        );
        var key = await gateway.KeyAsync(usd: 1m);

        using var response = await gateway.ChatAsync(key, Body);
        await gateway.SettledAsync();

        Assert.Equal(502, (int)response.StatusCode);
        Assert.Contains("provider_unreachable", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("void", (await gateway.ExplainAsync(response))!["outcome"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_streaming_client_that_leaves_stops_the_provider_and_is_charged_for_what_came()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var cancelled = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            await RecordingUpstream.EventsAsync(http, Chunk);
            http.RequestAborted.Register(() => cancelled.TrySetResult());
            await cancelled.Task;
        };

        string id;
        using (var response = await gateway.ChatAsync(key, StreamBody))
        {
            id = response.Headers.GetValues("x-purser-request-id").Single();
            await using var stream = await response.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[16]);
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await gateway.SettledAsync();
        var attempt = (await gateway.AdminAsync(HttpMethod.Get, $"/requests/{id}"))!["attempts"]![0]!;
        Assert.Equal("client_closed", attempt["outcome"]!.GetValue<string>());
        Assert.True(attempt["estimated"]!.GetValue<bool>());
        Assert.NotEqual("0.000000000", attempt["cost_usd"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_answer_that_is_not_streamed_is_read_to_its_end_for_a_client_that_left_and_charged_exactly()
    {
        await using var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            arrived.SetResult();
            await release.Task;
            await RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };
        using var leave = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(Body, System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        var sending = gateway.Client.SendAsync(request, leave.Token);
        await arrived.Task;

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        release.SetResult();
        await gateway.SettledAsync();

        var report = await gateway.AdminAsync(HttpMethod.Get, "/reports/spend?by=model");
        Assert.Equal("0.000025000", report!["total"]!["cost_usd"]!.GetValue<string>());
        Assert.Equal(0, report["total"]!["estimated_requests"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_stop_lets_the_requests_under_way_end_and_settles_them()
    {
        var gateway = await TestGateway.StartAsync();
        var key = await gateway.KeyAsync();
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        gateway.Upstream.Answer = async http =>
        {
            arrived.SetResult();
            await release.Task;
            await RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        };
        var answering = gateway.ChatAsync(key, Body);
        await arrived.Task;

        var stopping = gateway.StopAsync();
        release.SetResult();
        using var response = await answering;
        await stopping;

        Assert.Equal(200, (int)response.StatusCode);
        var report = Purser.Gateway.Storage.LedgerVerifier.Verify(gateway.Directory, null);
        Assert.Empty(report.Problems);
        Assert.Equal(0, report.OpenReservations);
        await gateway.DisposeAsync();
    }
}
