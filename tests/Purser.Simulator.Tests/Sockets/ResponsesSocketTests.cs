using System.Net.WebSockets;
using System.Text.Json;
using Purser.Simulator.Latency;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Sockets;

/// <summary>OpenAI's responses over a WebSocket.</summary>
public class ResponsesSocketTests
{
    private const string Body = "\"model\":\"gpt-4o\",\"max_output_tokens\":16,\"input\":\"hi\"";

    [Fact]
    public async Task Each_event_of_a_stream_is_a_message()
    {
        await using var simulator = await StartAsync();
        var overHttp = await EventsAsync(simulator.ResponsesAsync($"{{{Body},\"stream\":true}}"));
        using var socket = await SocketUnderTest.OpenAsync(simulator, "/v1/responses");
        await socket.SendAsync($"{{\"type\":\"response.create\",{Body}}}");
        var overSocket = await socket.UntilAsync("response.incomplete");
        Assert.Equal(Types(overHttp), Types(overSocket));
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal(new Bill(1, 0, 0, 0, 16, 0), line.Billed);
        Assert.Equal(overSocket[0].GetProperty("response").GetProperty("id").GetString(), line.Id);
        await socket.CloseAsync();
    }

    [Fact]
    public async Task A_response_goes_on_from_one_that_only_the_connection_remembers()
    {
        await using var simulator = await StartAsync();
        using var socket = await SocketUnderTest.OpenAsync(simulator, "/v1/responses");
        await socket.SendAsync($"{{\"type\":\"response.create\",\"store\":false,{Body}}}");
        var id = (await socket.UntilAsync("response.incomplete"))[^1].GetProperty("response").GetProperty("id").GetString();
        var next = $"\"store\":false,\"previous_response_id\":\"{id}\",{Body}";
        await socket.SendAsync($"{{\"type\":\"response.create\",{next}}}");
        var last = (await socket.UntilAsync("response.incomplete"))[^1].GetProperty("response");
        Assert.Equal(18, last.GetProperty("usage").GetProperty("input_tokens").GetInt32());
        using var elsewhere = await simulator.ResponsesAsync($"{{{next}}}");
        Assert.Equal(400, (int)elsewhere.StatusCode);
    }

    [Fact]
    public async Task A_connection_can_be_warmed_up()
    {
        await using var simulator = await StartAsync();
        using var socket = await SocketUnderTest.OpenAsync(simulator, "/v1/responses");
        await socket.SendAsync($"{{\"type\":\"response.create\",\"generate\":false,{Body}}}");
        var events = await socket.UntilAsync("response.completed");
        Assert.Equal(["response.created", "response.in_progress", "response.completed"], Types(events));
        Assert.Equal(0, events[^1].GetProperty("response").GetProperty("output").GetArrayLength());
    }

    [Theory]
    [InlineData("{\"type\":\"response.create\",\"input\":\"hi\"}", 400, "missing_required_parameter")]
    [InlineData("{\"type\":\"response.create\",\"model\":\"no-such-model\",\"input\":\"hi\"}", 404, "model_not_found")]
    [InlineData(
        "{\"type\":\"response.create\",\"model\":\"m\",\"input\":\"hi\",\"previous_response_id\":\"resp_1\"}",
        400,
        "previous_response_not_found"
    )]
    [InlineData("{\"type\":\"response.create\",\"model\":\"m\",\"input\":\"[[simulate:429]]\"}", 429, "rate_limit_exceeded")]
    [InlineData("{\"type\":\"other\"}", 400, "invalid_value")]
    [InlineData("{", 400, "invalid_value")]
    public async Task An_error_is_a_message_and_the_connection_goes_on(string message, int status, string code)
    {
        await using var simulator = await StartAsync();
        using var socket = await SocketUnderTest.OpenAsync(simulator, "/v1/responses");
        await socket.SendAsync(message);
        var error = await socket.ReceiveAsync();
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(status, error.GetProperty("status").GetInt32());
        Assert.Equal(code, error.GetProperty("error").GetProperty("code").GetString());
        await socket.SendAsync($"{{\"type\":\"response.create\",{Body}}}");
        await socket.UntilAsync("response.incomplete");
    }

    [Theory]
    [InlineData("cut", "cut")]
    [InlineData("reset", "reset")]
    public async Task A_cut_answer_breaks_the_connection(string fault, string outcome)
    {
        await using var simulator = await StartAsync();
        using var socket = await SocketUnderTest.OpenAsync(simulator, "/v1/responses");
        await socket.SendAsync(
            $"{{\"type\":\"response.create\",\"model\":\"m\",\"max_output_tokens\":50,\"input\":\"[[simulate:{fault}]]\"}}"
        );
        await Assert.ThrowsAsync<WebSocketException>(() => socket.UntilAsync("response.completed", "response.incomplete"));
        Assert.Equal(outcome, (await simulator.RecordsAsync())[^1].Outcome);
    }

    [Fact]
    public async Task A_client_that_leaves_is_billed_what_was_generated()
    {
        await using var simulator = await StartAsync(new SimulatorOptions { Latency = LatencyProfile.Parse("ttft=600s") });
        using (var socket = await SocketUnderTest.OpenAsync(simulator, "/v1/responses"))
        {
            await socket.SendAsync($"{{\"type\":\"response.create\",{Body}}}");
            while ((await simulator.RecordsAsync()).Count == 0)
            {
                await Task.Yield();
            }
        }

        var line = (await simulator.RecordsWhenIdleAsync())[^1];
        Assert.Equal("client_closed", line.Outcome);
        Assert.Equal(new Bill(1, 0, 0, 0, 0, 0), line.Billed);
    }

    [Fact]
    public async Task It_can_be_refused_so_that_clients_fall_back()
    {
        await using var simulator = await StartAsync(new SimulatorOptions { RefusesResponsesSocket = true });
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => SocketUnderTest.OpenAsync(simulator, "/v1/responses"));
        Assert.Contains("426", refused.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Types(IEnumerable<JsonElement> events) => events.Select(one => one.GetProperty("type").GetString());
}
