using System.Net;

namespace Purser.Simulator.Tests.Anthropic;

/// <summary>The bytes that Anthropic would send, but for ids and words (see <see cref="SimulatorUnderTest.Masked"/>).</summary>
public class AnthropicBytesTests
{
    private const string Hi = "\"messages\":[{\"role\":\"user\",\"content\":\"Say hi, please\"}]";

    [Fact]
    public async Task A_whole_message()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var text = await simulator.AnthropicTextAsync($"{{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":3,{Hi}}}");
        Assert.Equal(
            """{"model":"claude-sonnet-4-5-20250929","id":"msg_01ID","type":"message","role":"assistant","content":[{"type":"text","text":"W W W"}],"stop_reason":"max_tokens","stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":3,"service_tier":"standard","inference_geo":"not_available"}}""",
            SimulatorUnderTest.Masked(text)
        );
    }

    [Fact]
    public async Task A_stream_with_thinking()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.AnthropicAsync(
            $"{{\"model\":\"claude-opus-5\",\"stream\":true,\"thinking\":{{\"type\":\"adaptive\"}},\"max_tokens\":8,{Hi}}}"
        );
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());

        // A quarter of the eight tokens is thinking.
        Assert.Equal(
            """
            event: message_start
            data: {"type":"message_start","message":{"model":"claude-opus-5","id":"msg_01ID","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard","inference_geo":"not_available"}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

            event: ping
            data: {"type": "ping"}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"W"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" W"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBID"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: content_block_start
            data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"W"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" W"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" W"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" W"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" W"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" W"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":1}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":8,"output_tokens_details":{"thinking_tokens":2}}}

            event: message_stop
            data: {"type":"message_stop"}


            """,
            SimulatorUnderTest.Masked(await SimulatorUnderTest.TextAsync(response))
        );
        Assert.Equal(new Bill(5, 0, 0, 0, 6, 2), (await simulator.RecordsAsync())[1].Billed);
    }

    [Fact]
    public async Task A_tool_use_streamed_and_not()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        const string Tool = "{\"name\":\"set_on\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"on\":{\"const\":true}}}}";
        var body =
            $"{{\"model\":\"m\",\"max_tokens\":4096,\"tool_choice\":{{\"type\":\"tool\",\"name\":\"set_on\"}},\"tools\":[{Tool}],{Hi}";

        var whole = SimulatorUnderTest.Masked(await simulator.AnthropicTextAsync(body + "}"));
        Assert.StartsWith(
            """{"model":"m","id":"msg_01ID","type":"message","role":"assistant","content":[{"type":"tool_use","id":"toolu_01ID","name":"set_on","input":{"on":true}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{""",
            whole,
            StringComparison.Ordinal
        );
        var stream = SimulatorUnderTest.Masked(await simulator.AnthropicTextAsync(body + ",\"stream\":true}"));
        var deltas = string.Concat(
            new[] { "", "{", "\\\"", "on", "\\\"", ":", "true", "}" }.Select(piece =>
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\""
                + piece
                + "\"}}\n\n"
            )
        );
        Assert.Contains(
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_01ID\",\"name\":\"set_on\",\"input\":{}}}\n\n"
                + "event: ping\ndata: {\"type\": \"ping\"}\n\n"
                + deltas
                + "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
                + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},",
            stream,
            StringComparison.Ordinal
        );
        Assert.Equal(7, (await simulator.RecordsAsync())[^1].Billed!.Output);
    }

    [Fact]
    public async Task A_stop_sequence_is_named()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var text = await simulator.AnthropicTextAsync($"{{\"model\":\"m\",\"max_tokens\":9,\"stop_sequences\":[\" \"],{Hi}}}");
        Assert.Contains(
            "\"text\":\"W\"}],\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\" \",",
            SimulatorUnderTest.Masked(text),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{", 400, "invalid_request_error", "The request body is not valid JSON")]
    [InlineData("{\"model\":\"m\",\"messages\":[]}", 400, "invalid_request_error", "max_tokens: Field required")]
    [InlineData(
        "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[]}",
        400,
        "invalid_request_error",
        "messages: at least one message is required"
    )]
    [InlineData(
        "{\"model\":\"m\",\"max_tokens\":0,\"messages\":[]}",
        400,
        "invalid_request_error",
        "max_tokens: Input should be greater than or equal to 1"
    )]
    [InlineData(
        "{\"model\":\"no-such-model\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        404,
        "not_found_error",
        "model: no-such-model"
    )]
    [InlineData(
        "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:429]]\"}]}",
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 10,000 requests per minute. Please try again later."
    )]
    [InlineData(
        "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:500]]\"}]}",
        500,
        "api_error",
        "Internal server error"
    )]
    [InlineData(
        "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:529]]\"}]}",
        529,
        "overloaded_error",
        "Overloaded"
    )]
    public async Task An_error(string body, int status, string type, string message)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.AnthropicAsync(body);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(status == 429 ? "1" : null, response.Headers.RetryAfter?.ToString());
        Assert.Equal(
            $"{{\"type\":\"error\",\"error\":{{\"type\":\"{type}\",\"message\":\"{message}\"}},\"request_id\":\"{response.Headers.GetValues("request-id").Single()}\"}}",
            await SimulatorUnderTest.TextAsync(response)
        );
    }

    [Fact]
    public async Task A_body_over_32_MB_is_too_large()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.AnthropicAsync(new string(' ', (32 * 1024 * 1024) + 1));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("\"type\":\"request_too_large\"", await SimulatorUnderTest.TextAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x-api-key", "k", 400)]
    [InlineData("anthropic-version", "2023-06-01", 401)]
    public async Task Missing_headers_are_told(string name, string value, int status)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var response = await simulator.SendAsync("/v1/messages", "{}", [(name, value)]);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
    }
}
