using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.Bedrock;

public class StreamTests
{
    private static readonly byte[] Conversation =
    [
        .. Frame.Event("messageStart", """{"role":"assistant"}"""),
        .. Frame.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}"""),
        .. Frame.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"abcd"}}}"""),
        .. Frame.Event("contentBlockStop", """{"contentBlockIndex":0}"""),
        .. Frame.Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"Hello "},"p":"abc"}"""),
        .. Frame.Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"there"}}"""),
        .. Frame.Event("contentBlockStop", """{"contentBlockIndex":1}"""),
        .. Frame.Event("contentBlockStart", """{"contentBlockIndex":2,"start":{"toolUse":{"name":"f","toolUseId":"t1"}}}"""),
        .. Frame.Event("contentBlockDelta", """{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":1}"}}}"""),
        .. Frame.Event("contentBlockStop", """{"contentBlockIndex":2}"""),
        .. Frame.Event("messageStop", """{"stopReason":"tool_use"}"""),
        .. Frame.Event(
            "metadata",
            """{"metrics":{"latencyMs":9},"usage":{"inputTokens":11,"outputTokens":7,"totalTokens":118,"cacheReadInputTokens":60,"cacheWriteInputTokens":40}}"""
        ),
    ];

    private static readonly byte[] Claude =
    [
        .. Frame.Chunk(
            """{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","content":[],"model":"claude-x","usage":{"input_tokens":11,"cache_creation_input_tokens":0,"cache_read_input_tokens":60,"output_tokens":1}}}"""
        ),
        .. Frame.Chunk("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
        .. Frame.Chunk("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello\n"}}"""),
        .. Frame.Chunk("""{"type":"content_block_stop","index":0}"""),
        .. Frame.Chunk("""{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}}"""),
        .. Frame.Chunk(
            """{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":11,"outputTokenCount":7,"cacheReadInputTokenCount":60,"cacheWriteInputTokenCount":0}}"""
        ),
    ];

    private static readonly byte[] Llama =
    [
        .. Frame.Chunk("""{"generation":"Hel","prompt_token_count":5,"generation_token_count":1,"stop_reason":null}"""),
        .. Frame.Chunk(
            """{"generation":"lo","prompt_token_count":null,"generation_token_count":2,"stop_reason":"stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":2}}"""
        ),
    ];

    private static (StreamRelay Relay, UsageReading Reading) Open(string kind)
    {
        var (format, model, body) = kind switch
        {
            "converse" => (ProviderCatalog.Converse, "amazon.nova-pro-v1:0", """{"messages":[]}"""),
            "claude" => (ProviderCatalog.Invoke, "us.anthropic.claude-x", """{"anthropic_version":"v","max_tokens":9,"messages":[]}"""),
            _ => (ProviderCatalog.Invoke, "meta.llama3-3-70b-instruct-v1:0", """{"prompt":"hi"}"""),
        };
        var facts = format.Understand(Wire.Bytes(body), new RequestTarget(model, true)).Facts!;
        var reading = new UsageReading();
        return (format.Prepare(Wire.Bytes(body), facts, default).Format!.CreateStreamRelay(facts, reading), reading);
    }

    private static byte[] StreamOf(string kind) =>
        kind switch
        {
            "converse" => Conversation,
            "claude" => Claude,
            _ => Llama,
        };

    private static byte[] Relay(StreamRelay relay, ReadOnlySpan<byte> bytes, int[] sizes)
    {
        var output = new ArrayBufferWriter<byte>();
        for (int position = 0, next = 0; position < bytes.Length; next++)
        {
            var size = Math.Min(sizes[next % sizes.Length], bytes.Length - position);
            relay.Relay(bytes.Slice(position, size), output);
            position += size;
        }
        return output.WrittenSpan.ToArray();
    }

    [Theory]
    [InlineData("converse", 11, 60, 7)]
    [InlineData("claude", 11, 60, 7)]
    [InlineData("llama", 5, 0, 2)]
    public void A_stream_split_anywhere_then_the_same_bytes_and_its_exact_usage(string kind, long input, long read, long made) =>
        Gen.Int[1, 300]
            .Array[1, 9]
            .Sample(
                sizes =>
                {
                    var (relay, reading) = Open(kind);
                    Assert.Equal(StreamOf(kind), Relay(relay, StreamOf(kind), sizes));
                    Assert.True(reading is { Terminated: true, HasUsage: true, UsageIsFinal: true, SawError: false, Violation: null });
                    Assert.Equal(
                        (input, read, made),
                        (reading.Usage[UsageClass.Input], reading.Usage[UsageClass.CacheRead], reading.Usage.OutputTokens)
                    );
                    Assert.InRange(reading.RelayedOutputBytes, 1, 1000);
                },
                iter: 300
            );

    [Fact]
    public void Cache_writes_that_arent_split_then_they_live_as_long_as_the_request_asked()
    {
        foreach (var (ttl, written) in new[] { ("5m", UsageClass.CacheWrite5m), ("1h", UsageClass.CacheWrite1h) })
        {
            var body = $$"""{"system":[{"text":"s"},{"cachePoint":{"type":"default","ttl":"{{ttl}}"} }]}""";
            var facts = ProviderCatalog.Converse.Understand(Wire.Bytes(body), new RequestTarget("m", true)).Facts!;
            var reading = new UsageReading();
            Relay(ProviderCatalog.Converse.CreateStreamRelay(facts, reading), Conversation, [4096]);
            Assert.Equal(40, reading.Usage[written]);
        }
    }

    [Fact]
    public void A_conversation_cut_anywhere_then_it_ends_as_Bedrock_would() =>
        Gen.Select(Gen.Int[0, Conversation.Length - 1], Gen.Int[1, 200].Array[1, 5])
            .Sample(
                (at, sizes) =>
                {
                    var (relay, reading) = Open("converse");
                    var output = new ArrayBufferWriter<byte>();
                    output.Write(Relay(relay, Conversation.AsSpan(0, at), sizes));
                    relay.CutOff(new CutOff("out of budget"), output);
                    var written = output.WrittenCount;
                    relay.Relay(Conversation.AsSpan(at), output);
                    relay.Complete(output);
                    Assert.Equal(written, output.WrittenCount);
                    AssertIsConversation(Frame.ReadAll(output.WrittenSpan));
                    Assert.Equal(7, reading.Usage.OutputTokens);
                },
                iter: 3_000
            );

    private static void AssertIsConversation(List<Frame> frames)
    {
        Assert.Equal("messageStart", frames[0].Type);
        Assert.Equal("metadata", frames[^1].Type);
        Assert.Equal("messageStop", frames[^2].Type);
        var open = new HashSet<long>();
        var tools = new HashSet<long>();
        foreach (var frame in frames[1..^2])
        {
            var json = JsonDocument.Parse(frame.Payload).RootElement;
            var index = json.GetProperty("contentBlockIndex").GetInt64();
            if (frame.Type == "contentBlockStop")
            {
                Assert.True(open.Remove(index));
                continue;
            }
            open.Add(index);
            tools.UnionWith(frame.Type == "contentBlockStart" ? [index] : []);
            Assert.False(tools.Contains(index) && frame.Payload.Contains("Purser", StringComparison.Ordinal));
        }
        Assert.Empty(open);
    }

    [Fact]
    public void Claudes_events_cut_within_a_text_then_they_end_in_frames_with_the_notice()
    {
        var (relay, reading) = Open("claude");
        var output = new ArrayBufferWriter<byte>();
        var end = Claude.Length - Frame.Chunk("""{"type":"content_block_stop","index":0}""").Length - 400;
        output.Write(Relay(relay, Claude.AsSpan(0, end), [64]));
        relay.CutOff(new CutOff("out of budget"), output);

        var events = Frame.ReadAll(output.WrittenSpan).ConvertAll(frame => JsonDocument.Parse(frame.Inner).RootElement);
        Assert.Contains(events, json => json.ToString().Contains("[Purser: out of budget]", StringComparison.Ordinal));
        Assert.Equal("max_tokens", events[^2].GetProperty("delta").GetProperty("stop_reason").GetString());
        Assert.Equal("message_stop", events[^1].GetProperty("type").GetString());
        Assert.True(events[^1].TryGetProperty("amazon-bedrock-invocationMetrics", out _));
        Assert.False(reading.Terminated);
    }

    [Fact]
    public void Another_models_events_cut_then_an_exception_says_why()
    {
        var (relay, _) = Open("llama");
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Llama.AsSpan(0, 200), output);
        relay.CutOff(new CutOff("out of budget"), output);

        var last = Frame.ReadAll(output.WrittenSpan)[^1];
        Assert.Equal(("exception", "validationException"), (last.Kind, last.Type));
        Assert.Contains("out of budget", last.Payload, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("converse")]
    [InlineData("claude")]
    public void A_closing_text_then_it_stands_at_a_texts_end_and_all_else_is_as_it_was(string kind)
    {
        var (relay, _) = Open(kind);
        relay.CloseWith(" [half is used]");
        var output = Relay(relay, StreamOf(kind), [50]);

        Assert.True(relay.IsClosed);
        var (before, after) = (Frame.ReadAll(StreamOf(kind)), Frame.ReadAll(output));
        var added = Assert.Single(after, frame => !before.Contains(frame));
        Assert.Contains("half is used", kind == "claude" ? added.Inner : added.Payload, StringComparison.Ordinal);
        Assert.Equal(before, after.Where(frame => frame != added));
    }

    [Theory]
    [InlineData("converse")]
    [InlineData("claude")]
    [InlineData("llama")]
    public void An_exception_in_the_stream_then_it_goes_on_and_is_an_error(string kind)
    {
        var (relay, reading) = Open(kind);
        var frame = Frame.Exception("throttlingException", """{"message":"slow down"}""");
        Assert.Equal(frame, Relay(relay, frame, [7]));
        Assert.True(reading.SawError);
    }

    [Theory]
    [InlineData("converse")]
    [InlineData("claude")]
    [InlineData("llama")]
    public void An_error_of_ours_then_an_exception_that_streams_have(string kind)
    {
        foreach (
            var (status, type) in new[] { (402, "validationException"), (502, "internalServerException"), (429, "throttlingException") }
        )
        {
            var (relay, _) = Open(kind);
            var output = new ArrayBufferWriter<byte>();
            relay.Relay(StreamOf(kind).AsSpan(0, 20), output);
            relay.WriteError(new WireError(status, "code", "the reason"), output);
            var frame = Assert.Single(Frame.ReadAll(output.WrittenSpan));
            Assert.Equal(("exception", type), (frame.Kind, frame.Type));
            Assert.Contains("the reason", frame.Payload, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_damaged_frame_then_all_goes_on_as_it_is_and_counts_as_unread()
    {
        var bytes = Conversation.ToArray();
        bytes[40] ^= 1;
        var (relay, reading) = Open("converse");

        Assert.Equal(bytes, Relay(relay, bytes, [33]));
        Assert.Contains("damaged", reading.Violation, StringComparison.Ordinal);
        Assert.Equal(bytes.Length, reading.RelayedOutputBytes);
        Assert.False(reading.Terminated);
    }

    [Fact]
    public void Any_bytes_then_nothing_is_thrown_and_nothing_is_lost() =>
        Gen.Select(Gen.Byte.Array[0, 400], Gen.Int[1, 40].Array[1, 4])
            .Sample(
                (bytes, sizes) =>
                {
                    foreach (var kind in new[] { "converse", "claude", "llama" })
                    {
                        var (relay, _) = Open(kind);
                        var output = Relay(relay, bytes, sizes);
                        Assert.True(bytes.AsSpan().StartsWith(output));
                        relay.Complete(new ArrayBufferWriter<byte>());
                    }
                },
                iter: 2_000
            );

    [Fact]
    public void Usage_in_headers_then_it_is_what_the_body_leaves_out()
    {
        const string body = """{"texts":["a"]}""";
        var facts = ProviderCatalog.Invoke.Understand(Wire.Bytes(body), new RequestTarget("cohere.embed-english-v3", false)).Facts!;
        var format = ProviderCatalog.Invoke.Prepare(Wire.Bytes(body), facts, default).Format!;
        var reading = new UsageReading { CacheWrites = CacheWriteHint.None };
        format.ReadHeaders(name => name == "x-amzn-bedrock-input-token-count" ? "12" : null, reading);

        Assert.True(format.ReadResponse(Encoding.UTF8.GetBytes("""{"embeddings":[[0.1]],"id":"x"}"""), reading));
        Assert.Equal((12, 0), (reading.Usage.InputTokens, reading.Usage.OutputTokens));
        Assert.True(reading is { UsageIsFinal: true, Violation: null });
    }
}
