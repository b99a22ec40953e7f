using System.Buffers;
using System.Text;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.OpenAI;

public class OpenAIStreamTests
{
    private const string Unasked = """{"model":"m","stream":true}""";
    private const string Asked = """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""";

    private const string Role =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini-2025-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}],";

    private const string Text =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini-2025-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"H\\u00e9 \\\"usage\\\":null é\"},\"logprobs\":null,\"finish_reason\":null}],";

    private const string Stop =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini-2025-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}],";

    private const string UsageChunk =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini-2025-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":null,\"choices\":[],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10,\"total_tokens\":29,\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":6,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}},\"obfuscation\":\"q\"}\n\n";

    private const string Upstream =
        Role
        + "\"usage\":null,\"obfuscation\":\"ab\"}\n\n"
        + Text
        + "\"usage\":null,\"obfuscation\":\"\"}\n\n"
        + Stop
        + "\"usage\":null,\"obfuscation\":\"abc\"}\n\n"
        + UsageChunk
        + "data: [DONE]\n\n";

    // What OpenAI sends where nobody asked for usage.
    private static readonly string WithoutUsage =
        Role[..^1]
        + ",\"obfuscation\":\"ab\"}\n\n"
        + Text[..^1]
        + ",\"obfuscation\":\"\"}\n\n"
        + Stop[..^1]
        + ",\"obfuscation\":\"abc\"}\n\n"
        + "data: [DONE]\n\n";

    private static readonly WireFormat Format = ProviderCatalog.Chat;

    [Fact]
    public void Usage_that_the_client_had_not_asked_for_then_taken_out_and_read()
    {
        var (output, reading) = Format.Relay(Unasked, Upstream);

        Assert.Equal(WithoutUsage, output);
        AssertRead(reading);
    }

    [Fact]
    public void Usage_that_the_client_asked_for_then_every_byte_passes()
    {
        var (output, reading) = Format.Relay(Asked, Upstream);

        Assert.Equal(Upstream, output);
        AssertRead(reading);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Stream_split_at_any_byte_then_the_output_is_the_same(string lineEnd)
    {
        var upstream = Wire.Bytes(Upstream.Replace("\n", lineEnd, StringComparison.Ordinal));
        var expected = WithoutUsage.Replace("\n", lineEnd, StringComparison.Ordinal);
        for (var split = 0; split <= upstream.Length; split++)
        {
            var (output, reading) = Format.RelayBytes(Unasked, upstream[..split], upstream[split..]);

            Assert.Equal(expected, Encoding.UTF8.GetString(output));
            AssertRead(reading);
        }
    }

    private static void AssertRead(UsageReading reading)
    {
        Assert.Equal((true, true, true), (reading.HasUsage, reading.UsageIsFinal, reading.Terminated));
        Assert.Equal(15, reading.Usage[UsageClass.Input]);
        Assert.Equal(4, reading.Usage[UsageClass.CacheRead]);
        Assert.Equal(4, reading.Usage[UsageClass.Output]);
        Assert.Equal(6, reading.Usage[UsageClass.ReasoningOutput]);
        Assert.Equal(("chatcmpl-1", "gpt-5-mini-2025-08-07"), (reading.ResponseId, reading.ServedModel));
        Assert.Equal(("default", "stop"), (reading.ServiceTier, reading.StopReason));
        // H\u00e9 \"usage\":null é, as it is in the JSON.
        Assert.Equal(1 + 6 + 1 + 14 + 1 + 2, reading.RelayedOutputBytes);
        Assert.Equal(1, reading.OutputEvents);
        Assert.Null(reading.Violation);
        Assert.False(reading.SawError);
        Assert.StartsWith("{\"prompt_tokens\":19,", Encoding.UTF8.GetString(reading.RawUsage!), StringComparison.Ordinal);
        Assert.EndsWith("\"rejected_prediction_tokens\":0}}", Encoding.UTF8.GetString(reading.RawUsage!), StringComparison.Ordinal);
    }

    [Theory]
    // Where the member is, and the white space around it.
    [InlineData("data: {\"usage\":null,\"choices\":[1]}\n\n", "data: {\"choices\":[1]}\n\n")]
    [InlineData("data: { \"usage\" : null , \"choices\" : [ ] }\n\n", "data: {  \"choices\" : [ ] }\n\n")]
    [InlineData("data: {\"choices\":[1], \"usage\": null }\n\n", "data: {\"choices\":[1] }\n\n")]
    [InlineData("data: {\"a\":1 , \"usage\":null,\"b\":2}\n\n", "data: {\"a\":1 ,\"b\":2}\n\n")]
    [InlineData("data: {\"usage\":null}\n\n", "data: {}\n\n")]
    [InlineData("data: {\"a\":[1,2],\"\\u0075sage\":null}\n\n", "data: {\"a\":[1,2]}\n\n")]
    [InlineData("data:{\"a\":1,\"usage\":null}\n\n", "data:{\"a\":1}\n\n")]
    [InlineData("data:  {\"a\":1,\"usage\":null}\n\n", "data:  {\"a\":1}\n\n")]
    [InlineData("\uFEFFdata: {\"a\":1,\"usage\":null}\n\n", "\uFEFFdata: {\"a\":1}\n\n")]
    [InlineData(
        "event: message\nid: 7\ndata: {\"a\":1,\"usage\":null}\nretry: 1\n\n",
        "event: message\nid: 7\ndata: {\"a\":1}\nretry: 1\n\n"
    )]
    [InlineData("data: {\"a\":1,\ndata: \"usage\":null}\n\n", "data: {\"a\":1}\n\n")]
    [InlineData("data: {\"a\":1,\"usage\":\ndata: null,\ndata: \"b\":2}\n\n", "data: {\"a\":1,\ndata: \"b\":2}\n\n")]
    [InlineData("data\ndata: {\"a\":1,\"usage\":null}\r\ndata: \n\n", "data\ndata: {\"a\":1}\r\ndata: \n\n")]
    [InlineData("data: {\"a\":1,\n: within\ndata: \"b\":2,\"usage\":null}\n\n", "data: {\"a\":1,\n: within\ndata: \"b\":2}\n\n")]
    // Not at the top, or not null: not ours.
    [InlineData("data: {\"choices\":[{\"usage\":null}]}\n\n", "data: {\"choices\":[{\"usage\":null}]}\n\n")]
    [InlineData("data: {\"a\":\"\\\"usage\\\":null\"}\n\n", "data: {\"a\":\"\\\"usage\\\":null\"}\n\n")]
    [InlineData("data: {\"usage\":null\n\n", "data: {\"usage\":null\n\n")]
    // Comments, other fields, nonsense.
    [InlineData(": keep-alive\n\n", ": keep-alive\n\n")]
    [InlineData(":\n:\ndata: {\"a\":1,\"usage\":null}\n\n", ":\n:\ndata: {\"a\":1}\n\n")]
    [InlineData("\n\n\n", "\n\n\n")]
    [InlineData("{\"error\":\"not a stream\"}", "{\"error\":\"not a stream\"}")]
    [InlineData("database: {\"usage\":null}\n\n", "database: {\"usage\":null}\n\n")]
    public void Null_usage_then_cut_and_nothing_else(string upstream, string output)
    {
        Assert.Equal(output, Format.Relay(Unasked, upstream).Output);
        Assert.Equal(upstream, Format.Relay(Asked, upstream).Output);
        Assert.Equal(output, Format.Relay(Unasked, [.. upstream.Select(character => character.ToString())]).Output);
    }

    [Theory]
    // The chunk that only carries usage goes, with its whole event; a comment before it stays.
    [InlineData(
        ": c\nid: 1\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
        ": c\ndata: [DONE]\n\n"
    )]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", "")]
    // With choices, an error or a moderation result in it, it's the client's.
    [InlineData(
        "data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
        "data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n"
    )]
    [InlineData(
        "data: {\"choices\":[],\"moderation\":{},\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
        "data: {\"choices\":[],\"moderation\":{},\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n"
    )]
    [InlineData(
        "data: {\"choices\":[],\"error\":{},\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
        "data: {\"choices\":[],\"error\":{},\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n"
    )]
    public void Usage_chunk_then_removed_only_where_it_has_nothing_else(string upstream, string output)
    {
        var (relayed, reading) = Format.Relay(Unasked, upstream);

        Assert.Equal(output, relayed);
        Assert.Equal((1L, 2L), (reading.Usage.InputTokens, reading.Usage.OutputTokens));
    }

    [Fact]
    public void Azure_first_chunk_with_no_choices_then_kept()
    {
        const string chunk = "data: {\"choices\":[],\"model\":\"\",\"prompt_filter_results\":[{}],\"usage\":null}\n\n";

        Assert.Equal("data: {\"choices\":[],\"model\":\"\",\"prompt_filter_results\":[{}]}\n\n", Format.Relay(Unasked, chunk).Output);
    }

    [Fact]
    public void Vendor_with_usage_in_its_last_chunk_and_no_done_then_final()
    {
        var (_, reading) = Format.Relay(
            Unasked,
            "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\n",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\n"
        );

        Assert.Equal((true, false, 8L), (reading.UsageIsFinal, reading.Terminated, reading.Usage.TotalTokens));
    }

    [Fact]
    public void Stream_cut_off_then_no_usage_and_the_bytes_seen_counted()
    {
        var (output, reading) = Format.Relay(
            Unasked,
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\",\"reasoning_content\":\"Hm\"}}],\"usage\":null}\n\n",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}],\"usage\":null}\n\n",
            "data: {\"choices\":[{\"del"
        );

        Assert.EndsWith("\"arguments\":\"{}\"}}]}}]}\n\n", output, StringComparison.Ordinal);
        Assert.Equal((false, false, false), (reading.HasUsage, reading.UsageIsFinal, reading.Terminated));
        // Hello, Hm; c1, f, {}; and the piece that can't be read, whole.
        Assert.Equal(7 + 5 + "{\"choices\":[{\"del".Length, reading.RelayedOutputBytes);
    }

    [Fact]
    public void Error_in_the_stream_then_seen_and_passed()
    {
        const string upstream = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";

        var (output, reading) = Format.Relay(Unasked, upstream);

        Assert.Equal(upstream, output);
        Assert.True(reading.SawError);
        Assert.True(Format.Relay(Unasked, "event: error\ndata: {}\n\n").Reading.SawError);
    }

    [Fact]
    public void Garbage_then_passed_and_recorded()
    {
        const string upstream = "data: <html>\n\ndata: {\"a\":1}x\n\ndata: [1]\n\n";

        var (output, reading) = Format.Relay(Unasked, upstream);

        Assert.Equal(upstream, output);
        Assert.Equal("an event of the stream is not a JSON object", reading.Violation);
    }

    [Fact]
    public void Own_error_then_the_half_event_is_dropped_and_the_error_readable()
    {
        var relay = Format.CreateStreamRelay(Format.Facts(Unasked), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        relay.Relay("data: {\"choices\":[1]}\n\ndata: {\"choi"u8, output);
        relay.WriteError(new WireError(502, "upstream_cut", "The provider's stream broke off.", RequestId: "r1"), output);
        relay.WriteFigure("x-purser-cost-usd", "0.000001000", output);

        Assert.Equal(
            "data: {\"choices\":[1]}\n\n"
                + "data: {\"error\":{\"message\":\"The provider's stream broke off.\",\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_cut\",\"request_id\":\"r1\"}}\n\n"
                + ": x-purser-cost-usd=0.000001000\n\n",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    [Fact]
    public void Figure_after_a_last_event_without_its_end_then_on_a_line_of_its_own()
    {
        var relay = Format.CreateStreamRelay(Format.Facts(Unasked), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        relay.Relay("data: [DONE]"u8, output);
        relay.Complete(output);
        relay.WriteFigure("x-purser-cost-usd", "1.5", output);

        Assert.Equal("data: [DONE]\n\n: x-purser-cost-usd=1.5\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Event_of_more_than_8_MiB_then_passed_unread_and_what_follows_is_read()
    {
        byte[] huge =
        [
            .. "data: {\"usage\":null,\"choices\":[\""u8,
            .. Enumerable.Repeat((byte)'x', StreamRelay.MaxEventBytes),
            .. "\"]}\n\n"u8,
        ];
        byte[] after = [.. "data: {\"a\":1,\"usage\":null}\n\n"u8];
        byte[] expected = [.. huge, .. "data: {\"a\":1}\n\n"u8];

        foreach (var size in new[] { huge.Length + after.Length, 1 << 20, 1000 })
        {
            var (output, reading) = Format.RelayBytes(Unasked, [.. huge.Concat(after).Chunk(size)]);

            Assert.True(expected.AsSpan().SequenceEqual(output));
            Assert.Equal("an event of the stream has more than 8 MiB and was not read", reading.Violation);
            Assert.Equal(huge.Length, reading.RelayedOutputBytes);
        }
    }

    [Fact]
    public void Steady_stream_then_nothing_is_allocated()
    {
        var relay = Format.CreateStreamRelay(Format.Facts(Unasked), new UsageReading());
        var output = new ArrayBufferWriter<byte>(1 << 20);
        var chunk = Wire.Bytes(Text + "\"usage\":null,\"obfuscation\":\"\"}\n\n");
        relay.Relay(chunk, output);
        relay.Relay(chunk.AsSpan(0, 40), output);
        relay.Relay(chunk.AsSpan(40), output);

        void Run()
        {
            output.ResetWrittenCount();
            for (var round = 0; round < 500; round++)
            {
                relay.Relay(chunk, output);
                relay.Relay(chunk.AsSpan(0, 40), output);
                relay.Relay(chunk.AsSpan(40), output);
            }
        }

        Assert.Equal(0, Allocated.By(Run));
    }
}
