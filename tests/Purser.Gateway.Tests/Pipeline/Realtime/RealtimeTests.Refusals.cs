using System.Net;
using System.Net.WebSockets;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Realtime;

/// <content>What is refused, and what ends a session.</content>
public sealed partial class RealtimeTests
{
    [Theory]
    [InlineData("not json")]
    [InlineData("""{"type":"response.create","x":NaN}""")]
    [InlineData("""{"type":"input_audio_buffer.append","type":"response.create"}""")]
    public async Task What_could_be_taken_for_another_event_is_not_sent_on(string text)
    {
        await using var gateway = await StartAsync();
        var heard = new List<string>();
        Script(
            gateway,
            async socket =>
            {
                while (await NextAsync(socket) is { } said)
                {
                    heard.Add(said);
                }
                await CloseAsync(socket);
            }
        );
        await using (var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync()))
        {
            await client.SayAsync(text);
            Assert.Equal("invalid_event", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
        }

        Assert.Empty(heard);
    }

    [Fact]
    public async Task A_key_has_so_many_sessions_at_once()
    {
        await using var gateway = await StartAsync(realtime: new RealtimeOptions { MaxSessionsPerKey = 1 });
        Script(
            gateway,
            async socket =>
            {
                while (await NextAsync(socket) is not null) { }
                await CloseAsync(socket);
            }
        );
        var key = await gateway.KeyAsync();
        await using (await RealtimeClient.OpenAsync(gateway, key))
        {
            await using var second = await RealtimeClient.OpenAsync(gateway, key);
            Assert.Equal(HttpStatusCode.TooManyRequests, second.Socket.HttpStatusCode);
        }

        await gateway.SettledAsync();
    }

    [Theory]
    [InlineData(true, "session_expired")]
    [InlineData(false, "session_idle")]
    public async Task A_session_ends_after_its_time(bool isOld, string code)
    {
        var (soon, late) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMinutes(5));
        await using var gateway = await StartAsync(
            realtime: new RealtimeOptions { MaxLength = isOld ? soon : late, Idle = isOld ? late : soon }
        );
        Script(
            gateway,
            async socket =>
            {
                while (await NextAsync(socket) is not null) { }
                await CloseAsync(socket);
            }
        );
        await using var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync());
        Assert.Equal(code, (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
        Assert.Null(await client.HearAsync());
        Assert.Equal((WebSocketCloseStatus.EndpointUnavailable, code), (client.Socket.CloseStatus, client.Socket.CloseStatusDescription));
        Assert.Equal(0m, Cost(await TotalAsync(gateway)));
    }

    [Fact]
    public async Task A_key_that_is_switched_off_gets_no_further_response()
    {
        await using var gateway = await StartAsync();
        Script(
            gateway,
            async socket =>
            {
                while (await NextAsync(socket) is { } said)
                {
                    if (said.Contains("response.create", StringComparison.Ordinal))
                    {
                        await RespondAsync(socket, "resp_1");
                    }
                }

                await CloseAsync(socket);
            }
        );
        var key = await gateway.KeyAsync();
        await using var client = await RealtimeClient.OpenAsync(gateway, key);
        await client.HearAsync("session.created");
        await client.SayAsync(Create);
        await client.HearAsync("response.done");
        await gateway.AdminAsync(HttpMethod.Post, $"/keys/{key.Split('.')[0]}/disable");
        await client.SayAsync(Create);
        Assert.Equal("invalid_api_key", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("?model=gpt-realtime&call_id=rtc_1", HttpStatusCode.BadRequest)]
    [InlineData("?intent=transcription", HttpStatusCode.BadRequest)]
    [InlineData("?model=gpt-realtime-unpriced", HttpStatusCode.PaymentRequired)]
    [InlineData("?model=whisper-1", HttpStatusCode.NotFound)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task What_has_no_price_or_is_anothers_is_refused(string query, HttpStatusCode status)
    {
        await using var gateway = await StartAsync();
        await using var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync(), query);
        Assert.Equal(status, client.Socket.HttpStatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("/v1/realtime/client_secrets")]
    [InlineData("/v1/realtime/calls")]
    [InlineData("/v1/realtime/calls/rtc_1/accept")]
    [InlineData("/v1/realtime/sessions")]
    public async Task What_would_bypass_the_gateway_is_refused(string path)
    {
        await using var gateway = await StartAsync();
        using var response = await gateway.PostAsync(path, "{}", ("Authorization", $"Bearer {await gateway.KeyAsync()}"));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("no budget would see", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task A_plain_request_is_told_to_open_a_websocket()
    {
        await using var gateway = await StartAsync();
        using var response = await gateway.Client.GetAsync(new Uri("/v1/realtime?model=gpt-realtime", UriKind.Relative));
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Fact]
    public async Task A_file_that_may_be_anothers_is_not_named_to_the_provider()
    {
        await using var gateway = await StartAsync();
        var heard = new List<string>();
        Script(gateway, socket => ListenAsync(socket, heard));
        await using (var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync()))
        {
            await client.SayAsync(
                """{"type":"response.create","response":{"prompt":{"id":"p","variables":{"f":{"type":"input_file","file_id":"file-1"}}}}}"""
            );
            Assert.Equal("reference_not_served", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
        }

        Assert.Empty(heard);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_about_another_event_of_the_same_id_frees_no_hold(bool isBefore)
    {
        await using var gateway = await StartAsync();
        var heard = new List<string>();
        Script(gateway, socket => ListenAsync(socket, heard));
        const string create = """{"type":"response.create","event_id":"one"}""";
        const string wrong = """{"type":"conversation.item.delete","event_id":"one","item_id":"none"}""";
        // Enough for one.
        await using (var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync(0.2m)))
        {
            await client.HearAsync("session.created");
            await client.SayAsync(isBefore ? wrong : create);
            await client.SayAsync(isBefore ? create : wrong);
            Assert.Equal("one", (await client.HearAsync("error"))!["error"]!["event_id"]!.GetValue<string>());
            await client.SayAsync("""{"type":"response.create","event_id":"two"}""");
            Assert.Equal("budget_exceeded", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
        }

        Assert.Equal(2, heard.Count);
    }

    /// <summary>A provider that starts nothing, and has no item that could be deleted: it says so once it has heard two events.</summary>
    private static async Task ListenAsync(WebSocket socket, List<string> heard)
    {
        while (await NextAsync(socket) is { } said)
        {
            if (said.Contains("response.cancel", StringComparison.Ordinal))
            {
                continue;
            }

            heard.Add(said);
            if (heard.Count == 2)
            {
                await SendAsync(
                    socket,
                    """{"type":"error","error":{"type":"invalid_request_error","code":"item_not_found","message":"no","event_id":"one"}}"""
                );
            }
        }

        await CloseAsync(socket);
    }
}
