using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Alerts;

public sealed class AlertEndpointTests
{
    [Fact]
    public async Task Alerts_are_listed_with_their_deliveries()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var gateway = await StartAsync(receiver.Webhook());
        gateway.Alerts.Raise(Sample.Threshold("bud_1"), Sample.Threshold("bud_2"));
        await receiver.NextAsync();
        await receiver.NextAsync();

        var data = (await gateway.AdminAsync(HttpMethod.Get, "/alerts?limit=1"))!["data"]!.AsArray();
        var alert = Assert.Single(data)!;
        Assert.Equal("bud_2", alert["budget_id"]!.GetValue<string>());
        Assert.Equal("purser.budget.threshold", alert["type"]!.GetValue<string>());
        Assert.Equal("2026-11-24T12:00:00Z", alert["at"]!.GetValue<string>());
        Assert.Equal("160.000000001", alert["spent"]!.GetValue<string>());
        Assert.Equal("ops", alert["deliveries"]![0]!["webhook"]!.GetValue<string>());

        var rest = (await gateway.AdminAsync(HttpMethod.Get, $"/alerts?before={alert["seq"]}"))!["data"]!.AsArray();
        Assert.Equal("bud_1", Assert.Single(rest)!["budget_id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("GET", "/admin/v1/alerts")]
    [InlineData("GET", "/admin/v1/alerts/events")]
    [InlineData("POST", "/admin/v1/alerts/test")]
    public async Task Only_the_administrator_may(string method, string path)
    {
        await using var gateway = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await gateway.KeyAsync());
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task The_stream_has_each_alert_as_it_is_raised_and_goes_on_where_it_was_left()
    {
        await using var gateway = await StartAsync();
        gateway.Alerts.Raise(Sample.Threshold("bud_0"));
        await ListedAsync(gateway, 1);

        string? last;
        await using (var events = await OpenAsync(gateway, null))
        {
            Assert.Equal("ping", (await events.NextAsync()).EventType);
            gateway.Alerts.Raise(Sample.Threshold("bud_1"));
            var first = await events.NextAsync();
            Assert.Equal("purser.budget.threshold", first.EventType);
            Assert.StartsWith(
                """{"type":"purser.budget.threshold","timestamp":"2026-11-24T12:00:00Z",""",
                first.Data,
                StringComparison.Ordinal
            );
            Assert.Contains("bud_1", first.Data, StringComparison.Ordinal);
            last = first.EventId;
        }

        gateway.Alerts.Raise(Sample.Threshold("bud_2"));
        await ListedAsync(gateway, 3);
        await using var resumed = await OpenAsync(gateway, last);
        Assert.Equal("ping", (await resumed.NextAsync()).EventType);
        Assert.Contains("bud_2", (await resumed.NextAsync()).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_those_who_listen()
    {
        await using var gateway = await StartAsync();
        await using var events = await OpenAsync(gateway, null);
        await events.NextAsync();
        var start = TimeProvider.System.GetTimestamp();
        await gateway.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_test_is_signed_and_its_answer_is_told()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var gateway = await StartAsync(receiver.Webhook("ops"), receiver.Webhook("closed", allowPrivate: false));

        var data = (await gateway.AdminAsync(HttpMethod.Post, "/alerts/test", new { }))!["data"]!.AsArray();

        Assert.Equal(["ops", "closed"], data.Select(test => test!["webhook"]!.GetValue<string>()));
        Assert.Equal([true, false], data.Select(test => test!["delivered"]!.GetValue<bool>()));
        Assert.Equal(200, data[0]!["status"]!.GetValue<int>());
        Assert.Equal("the address 127.0.0.1 is refused: it's loopback", data[1]!["error"]!.GetValue<string>());
        Assert.DoesNotContain("query-secret", data.ToJsonString(), StringComparison.Ordinal);
        var received = await receiver.NextAsync();
        received.AssertSigned(DateTimeOffset.FromUnixTimeSeconds(long.Parse(received.Headers["webhook-timestamp"])));
        Assert.StartsWith("alert_test_", received.Id, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"webhook":"nobody"}""", 404, "unknown_webhook")]
    [InlineData("""{}""", 409, "no_webhooks")]
    public async Task A_test_without_a_webhook_is_refused(string body, int status, string code)
    {
        await using var gateway = await StartAsync();
        using var response = await gateway.PostAsync("/admin/v1/alerts/test", body, ("Authorization", $"Bearer {gateway.AdminKey}"));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(code, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static Task<TestGateway> StartAsync(params WebhookOptions[] webhooks) =>
        TestGateway.StartAsync(options: options => options with { Webhooks = webhooks });

    private static async Task ListedAsync(TestGateway gateway, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while ((await gateway.AdminAsync(HttpMethod.Get, "/alerts"))!["data"]!.AsArray().Count < count)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static async Task<EventStream> OpenAsync(TestGateway gateway, string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/alerts/events");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.AdminKey);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return new EventStream(response, await response.Content.ReadAsStreamAsync());
    }

    private sealed class EventStream(HttpResponseMessage response, Stream stream) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SseItem<string>> events = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();

        public async Task<SseItem<string>> NextAsync()
        {
            Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
            return events.Current;
        }

        public async ValueTask DisposeAsync()
        {
            response.Dispose();
            await events.DisposeAsync();
        }
    }
}
