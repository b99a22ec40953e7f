using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Simulator;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Realtime;

/// <summary>Realtime sessions over real WebSockets on both sides.</summary>
public sealed partial class RealtimeTests
{
    // Easy to reckon with: $1 and $2 a million of text in and out, $10 and $20 of sound.
    private static readonly PriceFile Prices = new(
        "openai.yml",
        """
        provider: openai
        models:
          - id: gpt-realtime
            context_tokens: 32000
            max_output_tokens: 4000
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 1
                cache_read_per_mtok: 0.5
                output_per_mtok: 2
                audio_input_per_mtok: 10
                audio_cache_read_per_mtok: 0.5
                audio_output_per_mtok: 20
          - id: whisper-1
            prices:
              - start: unknown
                source: made up for tests
                audio_input_per_hour: 0.36
        """
    );

    private const string Say =
        """{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"hello there"}]}}""";
    private const string NoTurns =
        """{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"max_output_tokens":40,"audio":{"input":{"turn_detection":null}}}}""";
    private const string Create = """{"type":"response.create"}""";
    private const string Append = """{"type":"input_audio_buffer.append","audio":"AAAA"}""";
    private const string Usage =
        """{"total_tokens":30,"input_tokens":20,"output_tokens":10,"input_token_details":{"text_tokens":5,"audio_tokens":15,"image_tokens":0,"cached_tokens":0,"cached_tokens_details":{"text_tokens":0,"audio_tokens":0,"image_tokens":0}},"output_token_details":{"text_tokens":2,"audio_tokens":8}}""";

    private static Task<TestGateway> StartAsync(Uri? provider = null, RealtimeOptions? realtime = null) =>
        TestGateway.StartAsync(
            options =>
                options with
                {
                    BaseUrl = provider is null ? options.BaseUrl : new Uri(provider, "/v1"),
                    Models = ["gpt-realtime", "whisper-1", "gpt-realtime-unpriced"],
                },
            options => options with { PriceFiles = [Prices], Providers = [options.Providers[0]], Realtime = realtime ?? options.Realtime }
        );

    /// <summary>Has the provider do as a script says, in a session that it opens.</summary>
    private static void Script(TestGateway gateway, Func<WebSocket, Task> script, bool hears = false) =>
        gateway.Upstream.Answer = async http =>
        {
            var protocol = http.WebSockets.WebSocketRequestedProtocols.FirstOrDefault();
            using var socket = await http.WebSockets.AcceptWebSocketAsync(protocol);
            var turns = hears ? """{"type":"server_vad","create_response":true}""" : "null";
            await SendAsync(
                socket,
                """{"type":"session.created","session":{"type":"realtime","model":"gpt-realtime","max_output_tokens":"inf","audio":{"input":{"transcription":null,"turn_detection":"""
                    + turns
                    + "}}}}"
            );
            await script(socket);
        };

    private static Task SendAsync(WebSocket socket, string json) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, true, CancellationToken.None);

    private static async Task<string?> NextAsync(WebSocket socket)
    {
        var buffer = new byte[1 << 20];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (part.EndOfMessage)
            {
                return Encoding.UTF8.GetString(buffer, 0, length);
            }
        }
    }

    private static async Task RespondAsync(WebSocket socket, string id, string status = "completed")
    {
        await SendAsync(socket, $$$"""{"type":"response.created","response":{"id":"{{{id}}}","status":"in_progress","usage":null}}""");
        await SendAsync(socket, $$"""{"type":"response.output_text.delta","response_id":"{{id}}","item_id":"i","delta":"hello"}""");
        await SendAsync(socket, $$$"""{"type":"response.done","response":{"id":"{{{id}}}","status":"{{{status}}}","usage":{{{Usage}}}}}""");
    }

    private static async Task CloseAsync(WebSocket socket)
    {
        if (socket.State is WebSocketState.CloseReceived or WebSocketState.Open)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        }
    }

    private static async Task<JsonNode> TotalAsync(TestGateway gateway)
    {
        await gateway.SettledAsync();
        return (await gateway.AdminAsync(HttpMethod.Get, "/reports/spend"))!["total"]!;
    }

    private static decimal Cost(JsonNode total) => decimal.Parse(total["cost_usd"]!.GetValue<string>(), CultureInfo.InvariantCulture);

    [Fact]
    public async Task What_a_session_is_charged_is_what_the_simulator_billed()
    {
        await using var simulator = await Simulator.Simulator.StartAsync(new SimulatorOptions { Listen = new Uri("http://127.0.0.1:0") });
        await using var gateway = await StartAsync(simulator.Address);
        var key = await gateway.KeyAsync();
        await using (var client = await RealtimeClient.OpenAsync(gateway, key))
        {
            Assert.Equal("session.created", (await client.HearAsync())!["type"]!.GetValue<string>());
            await client.SayAsync(NoTurns);
            for (var turn = 0; turn < 3; turn++)
            {
                await client.SayAsync(Say);
                await client.SayAsync(Create);
                var done = await client.HearAsync("response.done");
                Assert.NotEqual("failed", done!["response"]!["status"]!.GetValue<string>());
            }
        }

        var total = await TotalAsync(gateway);
        using var http = new HttpClient();
        var billed = (await http.GetFromJsonAsync<JsonNode>(new Uri(simulator.Address, "/simulator/summary")))!["billed"]!;
        Assert.Equal(3, total["requests"]!.GetValue<int>());
        Assert.Equal(
            (
                billed["input"]!.GetValue<decimal>()
                + (billed["cache_read"]!.GetValue<decimal>() * 0.5m)
                + (billed["output"]!.GetValue<decimal>() * 2m)
            ) / 1_000_000m,
            Cost(total)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_key_comes_in_a_header_or_a_subprotocol_and_never_goes_on(bool inProtocol)
    {
        await using var gateway = await StartAsync();
        Script(
            gateway,
            async socket =>
            {
                await NextAsync(socket);
                await CloseAsync(socket);
            }
        );
        var key = await gateway.KeyAsync();
        await using (var client = await RealtimeClient.OpenAsync(gateway, key, inProtocol: inProtocol))
        {
            Assert.Equal(WebSocketState.Open, client.Socket.State);
            Assert.Equal(inProtocol ? "realtime" : null, client.Socket.SubProtocol);
        }

        var sent = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal("/v1/realtime?model=gpt-realtime", sent.Target);
        Assert.Equal("Bearer sk-provider-secret", sent.Headers["Authorization"]);
        Assert.DoesNotContain(sent.Headers, header => header.Value.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_response_that_the_provider_starts_by_itself_was_reserved_before()
    {
        await using var gateway = await StartAsync();
        var heldBefore = 0;
        Script(
            gateway,
            async socket =>
            {
                await NextAsync(socket);
                heldBefore = await gateway.OpenReservationsAsync();
                await RespondAsync(socket, "resp_1");
                await NextAsync(socket);
                await CloseAsync(socket);
            },
            hears: true
        );
        await using (var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync()))
        {
            await client.SayAsync(Append);
            await client.HearAsync("response.done");
        }

        var total = await TotalAsync(gateway);
        Assert.Equal(1, heldBefore);
        // The other one is the hold for the next, which was given back.
        Assert.Equal(2, total["requests"]!.GetValue<int>());
        // 5 + 15 x 10 in, 2 x 2 + 8 x 20 out.
        Assert.Equal(0.000319m, Cost(total));
    }

    [Fact]
    public async Task Without_budget_no_session_is_opened()
    {
        await using var gateway = await StartAsync();
        await using var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync(0.001m));
        Assert.Equal(HttpStatusCode.PaymentRequired, client.Socket.HttpStatusCode);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Where_the_budget_runs_out_the_client_is_told_and_no_response_starts()
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
                    if (said.Contains("response.create", StringComparison.Ordinal))
                    {
                        await RespondAsync(socket, $"resp_{heard.Count}");
                    }
                }

                await CloseAsync(socket);
            }
        );
        // Enough for one: 6,144 x 10 in and 4,000 x 20 out are $0.14144.
        var key = await gateway.KeyAsync(0.2m);
        await using var client = await RealtimeClient.OpenAsync(gateway, key);
        await client.HearAsync("session.created");
        await client.SayAsync("""{"type":"response.create","event_id":"one"}""");
        await client.HearAsync("response.done");
        await client.SayAsync(
            """{"type":"response.create","event_id":"two","response":{"input":[{"type":"message","role":"user","content":[{"type":"input_image","image_url":"x"}]}]}}"""
        );

        var error = (await client.HearAsync("error"))!["error"]!;
        Assert.Equal("budget_exceeded", error["code"]!.GetValue<string>());
        Assert.Equal("insufficient_quota", error["type"]!.GetValue<string>());
        Assert.Equal("two", error["event_id"]!.GetValue<string>());
        Assert.Contains("purser asks create req_", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Single(heard);
    }

    [Fact]
    public async Task A_session_in_which_the_provider_may_start_a_response_unreserved_is_closed()
    {
        await using var gateway = await StartAsync();
        var closed = default(WebSocketCloseStatus?);
        Script(
            gateway,
            async socket =>
            {
                await NextAsync(socket);
                // It costs nearly all that the budget has.
                await SendAsync(socket, """{"type":"response.created","response":{"id":"resp_1","status":"in_progress","usage":null}}""");
                await SendAsync(
                    socket,
                    """{"type":"response.done","response":{"id":"resp_1","status":"completed","usage":{"total_tokens":5500,"input_tokens":2000,"output_tokens":3500,"input_token_details":{"text_tokens":0,"audio_tokens":2000},"output_token_details":{"text_tokens":0,"audio_tokens":3500}}}}"""
                );
                while (await NextAsync(socket) is not null) { }

                closed = socket.CloseStatus;
                await CloseAsync(socket);
            },
            hears: true
        );
        await using var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync(0.2m));
        await client.HearAsync("session.created");
        await client.SayAsync(Append);
        Assert.NotNull(await client.HearAsync("response.done"));
        Assert.Equal("budget_exceeded", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
        Assert.Null(await client.HearAsync());
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, client.Socket.CloseStatus);
        var total = await TotalAsync(gateway);
        Assert.Equal(0.09m, Cost(total));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, closed);
    }

    [Fact]
    public async Task Where_the_next_response_has_no_room_sound_is_not_sent_on_and_a_cancel_is()
    {
        await using var gateway = await StartAsync();
        var heard = default(string);
        Script(
            gateway,
            async socket =>
            {
                await NextAsync(socket);
                await SendAsync(socket, """{"type":"response.created","response":{"id":"resp_1","status":"in_progress","usage":null}}""");
                heard = await NextAsync(socket);
                await SendAsync(
                    socket,
                    $$$"""{"type":"response.done","response":{"id":"resp_1","status":"cancelled","usage":{{{Usage}}}}}"""
                );
                await NextAsync(socket);
                await CloseAsync(socket);
            },
            hears: true
        );
        await using (var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync(0.2m)))
        {
            await client.SayAsync(Append);
            await client.HearAsync("response.created");
            await client.SayAsync(Append);
            Assert.Equal("budget_exceeded", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
            await client.SayAsync("""{"type":"response.cancel"}""");
            Assert.NotNull(await client.HearAsync("response.done"));
        }

        Assert.Equal("""{"type":"response.cancel"}""", heard);
        Assert.Equal(0.000319m, Cost(await TotalAsync(gateway)));
    }

    [Fact]
    public async Task A_transcription_of_the_input_is_charged_at_its_own_models_price()
    {
        await using var gateway = await StartAsync();
        Script(
            gateway,
            async socket =>
            {
                await NextAsync(socket);
                await SendAsync(
                    socket,
                    """{"type":"session.updated","session":{"type":"realtime","max_output_tokens":"inf","audio":{"input":{"transcription":{"model":"whisper-1"},"turn_detection":null}}}}"""
                );
                await NextAsync(socket);
                await NextAsync(socket);
                await SendAsync(socket, """{"type":"input_audio_buffer.committed","item_id":"item_1"}""");
                await SendAsync(
                    socket,
                    """{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_1","content_index":0,"transcript":"hi","usage":{"type":"duration","seconds":10}}"""
                );
                await NextAsync(socket);
                await CloseAsync(socket);
            }
        );
        await using (var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync()))
        {
            await client.SayAsync(
                """{"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":{"model":"whisper-1"},"turn_detection":null}}}}"""
            );
            await client.SayAsync(Append);
            await client.SayAsync("""{"type":"input_audio_buffer.commit"}""");
            await client.HearAsync("conversation.item.input_audio_transcription.completed");
        }

        var total = await TotalAsync(gateway);
        Assert.Equal(0.001m, Cost(total));
    }

    [Fact]
    public async Task A_transcription_without_a_price_is_refused()
    {
        await using var gateway = await StartAsync();
        Script(
            gateway,
            async socket =>
            {
                while (await NextAsync(socket) is not null) { }
                await CloseAsync(socket);
            }
        );
        await using var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync());
        await client.SayAsync("""{"type":"session.update","session":{"audio":{"input":{"transcription":{"model":"gpt-unheard-of"}}}}}""");
        Assert.Equal("model_not_priced", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_provider_that_breaks_off_within_a_response_leaves_an_estimate()
    {
        await using var gateway = await StartAsync();
        Script(
            gateway,
            async socket =>
            {
                await NextAsync(socket);
                await SendAsync(socket, """{"type":"response.created","response":{"id":"resp_1","status":"in_progress","usage":null}}""");
                socket.Abort();
            }
        );
        await using var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync());
        await client.HearAsync("session.created");
        await client.SayAsync(Create);
        Assert.Equal("provider_answer_broken", (await client.HearAsync("error"))!["error"]!["code"]!.GetValue<string>());
        Assert.Null(await client.HearAsync());
        var total = await TotalAsync(gateway);
        Assert.True(Cost(total) > 0m);
        Assert.Equal(1, total["requests"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_client_that_vanishes_has_its_response_cancelled_and_charged_as_the_provider_says()
    {
        await using var gateway = await StartAsync();
        var cancelled = default(string);
        Script(
            gateway,
            async socket =>
            {
                await NextAsync(socket);
                await SendAsync(socket, """{"type":"response.created","response":{"id":"resp_1","status":"in_progress","usage":null}}""");
                cancelled = await NextAsync(socket);
                await SendAsync(
                    socket,
                    $$$"""{"type":"response.done","response":{"id":"resp_1","status":"cancelled","usage":{{{Usage}}}}}"""
                );
                await NextAsync(socket);
                await CloseAsync(socket);
            }
        );
        var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync());
        await client.HearAsync("session.created");
        await client.SayAsync(Create);
        await client.HearAsync("response.created");
        client.Socket.Abort();
        var total = await TotalAsync(gateway);
        Assert.Equal("""{"type":"response.cancel","response_id":"resp_1"}""", cancelled);
        Assert.Equal(0.000319m, Cost(total));
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Messages_pass_as_they_are_and_so_does_the_way_it_is_closed()
    {
        await using var gateway = await StartAsync();
        var large = $$"""{"type":"conversation.item.retrieve","pad":"{{new string('x', 200_000)}}"}""";
        var binary = new byte[100_000];
        Random.Shared.NextBytes(binary);
        var got = default(string);
        Script(
            gateway,
            async socket =>
            {
                got = await NextAsync(socket);
                await socket.SendAsync(binary.AsMemory(0, 60_000), WebSocketMessageType.Binary, false, CancellationToken.None);
                await socket.SendAsync(binary.AsMemory(60_000), WebSocketMessageType.Binary, true, CancellationToken.None);
                await socket.CloseOutputAsync((WebSocketCloseStatus)4001, "as I like", CancellationToken.None);
                await NextAsync(socket);
            }
        );
        await using var client = await RealtimeClient.OpenAsync(gateway, await gateway.KeyAsync());
        await client.HearAsync("session.created");
        var bytes = Encoding.UTF8.GetBytes(large);
        await client.Socket.SendAsync(bytes.AsMemory(0, 70_000), WebSocketMessageType.Text, false, CancellationToken.None);
        await client.Socket.SendAsync(bytes.AsMemory(70_000), WebSocketMessageType.Text, true, CancellationToken.None);
        var (type, received) = await client.ReceiveAsync();
        Assert.Equal(WebSocketMessageType.Binary, type);
        Assert.Equal(binary, received);
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync()).Type);
        Assert.Equal((4001, "as I like"), ((int)client.Socket.CloseStatus!, client.Socket.CloseStatusDescription));
        Assert.Equal(large, got);
        Assert.Equal(0m, Cost(await TotalAsync(gateway)));
    }
}
