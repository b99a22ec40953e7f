using System.Buffers;
using System.Text;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.Anthropic;

public class AnthropicStreamTests
{
    private const string Request = """{"model":"m","max_tokens":100,"stream":true,"cache_control":{"type":"ephemeral"}}""";

    private const string Upstream =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"claude-sonnet-5\",\"id\":\"msg_01\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":9,\"cache_creation_input_tokens\":300,\"cache_read_input_tokens\":1000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":100,\"ephemeral_1h_input_tokens\":200},\"output_tokens\":8,\"service_tier\":\"standard\",\"inference_geo\":\"global\"}}     }\n\n"
        + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}         }\n\n"
        + "event: ping\ndata: {\"type\": \"ping\"}\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hmm\"}   }\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQBCg==\"}   }\n\n"
        + "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0   }\n\n"
        + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}  }\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hallo é\"}}\n\n"
        + "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"
        + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"input_tokens\":9,\"cache_creation_input_tokens\":300,\"cache_read_input_tokens\":1000,\"output_tokens\":25,\"output_tokens_details\":{\"thinking_tokens\":7},\"server_tool_use\":{\"web_search_requests\":2,\"web_fetch_requests\":1}}  }\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"       }\n\n";

    private static readonly WireFormat Format = ProviderCatalog.Messages;

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Stream_split_at_any_byte_then_it_passes_untouched_and_is_read(string lineEnd)
    {
        var upstream = Wire.Bytes(Upstream.Replace("\n", lineEnd, StringComparison.Ordinal));
        for (var split = 0; split <= upstream.Length; split++)
        {
            var (output, reading) = Format.RelayBytes(Request, upstream[..split], upstream[split..]);

            Assert.True(upstream.AsSpan().SequenceEqual(output));
            AssertRead(reading);
        }
    }

    private static void AssertRead(UsageReading reading)
    {
        var expected = default(TokenUsage);
        expected[UsageClass.Input] = 9;
        expected[UsageClass.CacheRead] = 1000;
        expected[UsageClass.CacheWrite5m] = 100;
        expected[UsageClass.CacheWrite1h] = 200;
        expected[UsageClass.Output] = 18;
        expected[UsageClass.ReasoningOutput] = 7;
        expected[UsageClass.WebSearch] = 2;
        Assert.Equal(expected, reading.Usage);
        Assert.Equal((2L, 7L), (reading.Usage[UsageClass.WebSearch], reading.Usage[UsageClass.ReasoningOutput]));
        Assert.Equal((true, true, true), (reading.HasUsage, reading.UsageIsFinal, reading.Terminated));
        Assert.Equal(("msg_01", "claude-sonnet-5", "end_turn"), (reading.ResponseId, reading.ServedModel, reading.StopReason));
        Assert.Equal(("standard", "global"), (reading.ServiceTier, reading.InferenceGeo));
        // Hmm; the five bytes by which the signature is longer; Hallo é.
        Assert.Equal(3 + 5 + 8, reading.RelayedOutputBytes);
        Assert.Equal(3, reading.OutputEvents);
        Assert.Null(reading.Violation);
        Assert.StartsWith(
            "{\"input_tokens\":9,\"cache_creation_input_tokens\":300,\"cache_read_input_tokens\":1000,\"output_tokens\":25",
            Encoding.UTF8.GetString(reading.RawUsage!),
            StringComparison.Ordinal
        );
        Assert.Contains("\"ephemeral_1h_input_tokens\":200", Encoding.UTF8.GetString(reading.RawStartUsage!), StringComparison.Ordinal);
    }

    [Fact]
    public void Stream_cut_after_its_start_then_usage_is_there_but_not_final()
    {
        var start = Upstream[..Upstream.IndexOf("event: content_block_stop", StringComparison.Ordinal)];

        var reading = Format.Relay(Request, start).Reading;

        Assert.Equal((true, false, false), (reading.HasUsage, reading.UsageIsFinal, reading.Terminated));
        Assert.Equal((1309L, 8L), (reading.Usage.InputTokens, reading.Usage.OutputTokens));
        Assert.Equal(8, reading.RelayedOutputBytes);
    }

    [Fact]
    public void Tool_call_then_its_name_and_arguments_counted()
    {
        var reading = Format
            .Relay(
                Request,
                "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"Bash\",\"input\":{}}}\n\n",
                "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n\n"
            )
            .Reading;

        Assert.Equal("toolu_1".Length + "Bash".Length + "{\\\"a\\\":".Length, reading.RelayedOutputBytes);
    }

    [Fact]
    public void Error_event_then_seen()
    {
        const string upstream =
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";

        var (output, reading) = Format.Relay(Request, upstream);

        Assert.Equal(upstream, output);
        Assert.True(reading.SawError);
    }

    [Fact]
    public void Usage_in_a_broken_event_then_not_taken()
    {
        var reading = Format
            .Relay(
                Request,
                "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n",
                "data: {\"type\":\"message_delta\",\"usage\":{\"input_tokens\":50,\"output_tokens\":60}\n\n"
            )
            .Reading;

        Assert.Equal((9L, 1L, false), (reading.Usage.InputTokens, reading.Usage.OutputTokens, reading.UsageIsFinal));
    }

    [Theory]
    // The start's figures, the delta's figures; what counts; whether it's odd.
    [InlineData("\"input_tokens\":9", "\"output_tokens\":5", 9, 5, null)]
    [InlineData("\"input_tokens\":9", "\"input_tokens\":12,\"output_tokens\":5", 12, 5, null)]
    [InlineData("\"input_tokens\":9", "\"input_tokens\":0,\"output_tokens\":5", 9, 5, "a cumulative usage figure falls")]
    [InlineData("\"input_tokens\":9", "\"input_tokens\":null,\"output_tokens\":5", 9, 5, null)]
    [InlineData("\"input_tokens\":9,\"cache_read_input_tokens\":4", "\"output_tokens\":5", 13, 5, null)]
    [InlineData("\"input_tokens\":9", "\"cache_read_input_tokens\":4,\"output_tokens\":1", 13, 1, null)]
    [InlineData("\"input_tokens\":9", "\"output_tokens\":-5", 9, 0, "a usage figure is negative")]
    public void Later_usage_then_replaces_and_absent_figures_stay(string start, string delta, long input, long output, string? violation)
    {
        var reading = Format
            .Relay(
                Request,
                $"data: {{\"type\":\"message_start\",\"message\":{{\"usage\":{{{start},\"output_tokens\":3}}}}}}\n\n",
                $"data: {{\"type\":\"message_delta\",\"usage\":{{{delta}}}}}\n\n"
            )
            .Reading;

        Assert.Equal((input, output), (reading.Usage.InputTokens, reading.Usage.OutputTokens));
        Assert.Equal((true, violation), (reading.UsageIsFinal, reading.Violation));
    }

    [Fact]
    public void Cache_writes_that_are_not_split_then_at_the_rate_that_was_asked_for()
    {
        const string upstream =
            "data: {\"type\":\"message_delta\",\"usage\":{\"input_tokens\":1,\"cache_creation_input_tokens\":50,\"output_tokens\":5}}\n\n";

        var reading = Format.Relay(Request, upstream).Reading;

        Assert.Equal((50L, 0L), (reading.Usage[UsageClass.CacheWrite5m], reading.Usage[UsageClass.CacheWrite1h]));
        Assert.Null(reading.Violation);
    }

    [Fact]
    public void Own_error_then_an_error_event()
    {
        var relay = Format.CreateStreamRelay(Format.Facts(Request), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        relay.Relay("event: ping\ndata: {\"type\": \"ping\"}\n\nevent: content_bl"u8, output);
        relay.WriteError(new WireError(504, "upstream_timeout", "Too slow."), output);

        Assert.Equal(
            "event: ping\ndata: {\"type\": \"ping\"}\n\n"
                + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\",\"message\":\"Too slow.\",\"code\":\"upstream_timeout\"}}\n\n",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    [Fact]
    public void Steady_stream_then_nothing_is_allocated()
    {
        var relay = Format.CreateStreamRelay(Format.Facts(Request), new UsageReading());
        var output = new ArrayBufferWriter<byte>(1 << 20);
        var chunk = Wire.Bytes(
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"
        );
        relay.Relay(chunk, output);
        relay.Relay(chunk.AsSpan(0, 50), output);
        relay.Relay(chunk.AsSpan(50), output);

        void Run()
        {
            output.ResetWrittenCount();
            for (var round = 0; round < 1000; round++)
            {
                relay.Relay(chunk, output);
                relay.Relay(chunk.AsSpan(0, 50), output);
                relay.Relay(chunk.AsSpan(50), output);
            }
        }

        Assert.Equal(0, Allocated.By(Run));
    }
}
