using System.Net.WebSockets;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Sockets;

public class RealtimeTests
{
    private const string Path = "/v1/realtime?model=gpt-realtime";
    private const string Respond = "{\"type\":\"response.create\"}";

    [Fact]
    public async Task A_session_is_created_and_updated()
    {
        await using var simulator = await StartAsync();
        using var socket = await SocketUnderTest.OpenAsync(simulator, Path);
        var created = await socket.ReceiveAsync();
        Shape.AssertLike("openai/realtime-session", [created]);
        var session = created.GetProperty("session");
        Assert.Equal("gpt-realtime", session.GetProperty("model").GetString());
        await socket.SendAsync(
            "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"instructions\":\"be brief\",\"audio\":{\"output\":{\"voice\":\"cedar\"}}}}"
        );
        var updated = (await socket.ReceiveAsync()).GetProperty("session");
        Assert.Equal("be brief", updated.GetProperty("instructions").GetString());
        Assert.Equal("cedar", updated.GetProperty("audio").GetProperty("output").GetProperty("voice").GetString());
        Assert.Equal(24000, updated.GetProperty("audio").GetProperty("output").GetProperty("format").GetProperty("rate").GetInt32());
    }

    [Fact]
    public async Task A_text_is_answered_with_text()
    {
        await using var simulator = await StartAsync();
        using var socket = await OpenAsync(simulator);
        await SayAsync(socket, "{\"type\":\"input_text\",\"text\":\"hello you\"}");
        await socket.SendAsync("{\"type\":\"response.create\",\"response\":{\"output_modalities\":[\"text\"],\"max_output_tokens\":3}}");
        var events = await socket.UntilAsync("response.done");
        Assert.Equal(
            [
                "response.created",
                "response.output_item.added",
                "conversation.item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.delta",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "conversation.item.done",
                "response.output_item.done",
                "response.done",
            ],
            events.Select(one => one.GetProperty("type").GetString())
        );
        Assert.Equal("incomplete", events[^1].GetProperty("response").GetProperty("status").GetString());
        var usage = events[^1].GetProperty("response").GetProperty("usage");
        Assert.Equal((2, 3), (usage.GetProperty("input_tokens").GetInt32(), usage.GetProperty("output_tokens").GetInt32()));
        Assert.Equal(new Bill(2, 0, 0, 0, 3, 0), (await simulator.RecordsAsync())[^1].Billed);
    }

    [Fact]
    public async Task Sound_is_answered_with_sound()
    {
        await using var simulator = await StartAsync();
        using var socket = await OpenAsync(simulator);

        // 96,000 bytes are two seconds: 20 tokens.
        await socket.SendAsync($"{{\"type\":\"input_audio_buffer.append\",\"audio\":\"{Convert.ToBase64String(new byte[96_000])}\"}}");
        await socket.SendAsync("{\"type\":\"input_audio_buffer.commit\"}");
        var committed = await socket.UntilAsync("conversation.item.done");
        Assert.Equal("input_audio_buffer.committed", committed[0].GetProperty("type").GetString());
        await socket.SendAsync(Respond);
        var events = await socket.UntilAsync("response.done");
        var response = events[^1].GetProperty("response");
        Shape.AssertLike("openai/realtime-usage", [response.GetProperty("usage")]);
        var usage = response.GetProperty("usage");
        Assert.Equal(20, usage.GetProperty("input_token_details").GetProperty("audio_tokens").GetInt32());
        var (output, details) = (usage.GetProperty("output_tokens").GetInt32(), usage.GetProperty("output_token_details"));
        Assert.Equal(
            (output / 4, output - output / 4),
            (details.GetProperty("text_tokens").GetInt32(), details.GetProperty("audio_tokens").GetInt32())
        );
        Assert.Equal(output, events.Count(one => one.GetProperty("type").GetString() == "response.output_audio.delta"));
        var transcript = response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("transcript").GetString();
        Assert.Equal(output, transcript!.Split(' ').Length);
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal("{\"audio\":20}", line.Json.GetProperty("prompt_media").GetRawText());

        // What was answered is part of the conversation.
        await socket.SendAsync(Respond);
        var next = (await socket.UntilAsync("response.done"))[^1].GetProperty("response").GetProperty("usage");
        Assert.Equal(20 + output, next.GetProperty("input_token_details").GetProperty("audio_tokens").GetInt32());
    }

    [Fact]
    public async Task A_long_conversation_is_read_from_the_cache()
    {
        await using var simulator = await StartAsync();
        using var socket = await OpenAsync(simulator);
        await SayAsync(socket, $"{{\"type\":\"input_text\",\"text\":\"{string.Join(' ', Enumerable.Repeat("word", 1200))}\"}}");
        await socket.SendAsync(Respond);
        await socket.UntilAsync("response.done");
        await socket.SendAsync(Respond);
        var input = (await socket.UntilAsync("response.done"))[^1]
            .GetProperty("response")
            .GetProperty("usage")
            .GetProperty("input_token_details");
        Assert.Equal(1152, input.GetProperty("cached_tokens").GetInt32());
        Assert.Equal(1152, input.GetProperty("cached_tokens_details").GetProperty("text_tokens").GetInt32());
    }

    [Fact]
    public async Task A_function_is_called()
    {
        await using var simulator = await StartAsync();
        using var socket = await OpenAsync(simulator);
        await SayAsync(socket, "{\"type\":\"input_text\",\"text\":\"[[simulate:tool]]\"}");
        await socket.SendAsync(
            "{\"type\":\"response.create\",\"response\":{\"tools\":[{\"type\":\"function\",\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"x\":{\"const\":1}}}}]}}"
        );
        var events = await socket.UntilAsync("response.done");
        var call = events[^1].GetProperty("response").GetProperty("output")[0];
        Assert.Equal(
            ("function_call", "weather", "{\"x\":1}"),
            (call.GetProperty("type").GetString(), call.GetProperty("name").GetString(), call.GetProperty("arguments").GetString())
        );
        await socket.SendAsync(
            $"{{\"type\":\"conversation.item.create\",\"item\":{{\"type\":\"function_call_output\",\"call_id\":\"{call.GetProperty("call_id").GetString()}\",\"output\":\"ok\"}}}}"
        );
        await socket.UntilAsync("conversation.item.done");
        await socket.SendAsync(Respond);
        await socket.UntilAsync("response.done");
    }

    [Fact]
    public async Task Faults_are_errors_failed_responses_and_broken_connections()
    {
        await using var simulator = await StartAsync();
        using var socket = await OpenAsync(simulator);
        await SayAsync(socket, "{\"type\":\"input_text\",\"text\":\"[[simulate:429]]\"}");
        await socket.SendAsync(Respond);
        Assert.Equal("rate_limit_exceeded", (await socket.ReceiveAsync()).GetProperty("error").GetProperty("code").GetString());
        await SayAsync(socket, "{\"type\":\"input_text\",\"text\":\"[[simulate:stream-error]]\"}");
        await socket.SendAsync(Respond);
        Assert.Equal("failed", (await socket.UntilAsync("response.done"))[^1].GetProperty("response").GetProperty("status").GetString());
        await SayAsync(socket, "{\"type\":\"input_text\",\"text\":\"[[simulate:cut]]\"}");
        await socket.SendAsync(Respond);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.UntilAsync("response.done"));
    }

    [Theory]
    [InlineData("{\"type\":\"input_audio_buffer.commit\"}", "input_audio_buffer_commit_empty")]
    [InlineData("{\"type\":\"response.cancel\"}", "response_cancel_not_active")]
    [InlineData("nothing", "invalid_value")]
    public async Task What_cant_be_done_is_an_error(string message, string code)
    {
        await using var simulator = await StartAsync();
        using var socket = await OpenAsync(simulator);
        await socket.SendAsync(message);
        Assert.Equal(code, (await socket.ReceiveAsync()).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_browser_brings_its_key_in_a_subprotocol()
    {
        await using var simulator = await StartAsync();
        using var socket = await SocketUnderTest.OpenAsync(simulator, Path, byProtocol: true);
        Assert.Equal("realtime", socket.Protocol);
        Assert.Equal("session.created", (await socket.ReceiveAsync()).GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("/v1/realtime", "400")]
    [InlineData("/v1/realtime?model=no-such-model", "404")]
    public async Task A_session_needs_a_model(string path, string status)
    {
        await using var simulator = await StartAsync();
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => SocketUnderTest.OpenAsync(simulator, path));
        Assert.Contains(status, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<SocketUnderTest> OpenAsync(SimulatorUnderTest simulator)
    {
        var socket = await SocketUnderTest.OpenAsync(simulator, Path);
        await socket.UntilAsync("session.created");
        return socket;
    }

    private static async Task SayAsync(SocketUnderTest socket, string part)
    {
        await socket.SendAsync(
            $"{{\"type\":\"conversation.item.create\",\"item\":{{\"type\":\"message\",\"role\":\"user\",\"content\":[{part}]}}}}"
        );
        await socket.UntilAsync("conversation.item.done");
    }
}
