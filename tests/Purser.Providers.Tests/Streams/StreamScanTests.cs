using Purser.Core.Usage;
using Purser.Providers.Streams;

namespace Purser.Providers.Tests.Streams;

public sealed class StreamScanTests
{
    // {provider, api, model, a chunk as it comes again and again}
    public static TheoryData<string, string, string, string> Chunks() =>
        new()
        {
            {
                "openai",
                "chat",
                "m",
                "data: {\"model\":\"m\",\"service_tier\":\"default\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}],\"usage\":null}\n\n"
            },
            {
                "vllm",
                "chat",
                "m",
                "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\r\n\r\n"
            },
            { "openai", "responses", "m", "event: x\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"x\"}\n\n" },
            { "anthropic", "default", "m", "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"text\":\"x\"}}\n\n" },
            {
                "google",
                "default",
                "m",
                "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,\"totalTokenCount\":3}}\n\n"
            },
            { "cohere", "default", "m", "data: {\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{\"text\":\"x\"}}}}\n\n" },
            { "ollama", "default", "m", "{\"model\":\"m\",\"response\":\"x\",\"done\":false}\n" },
            { "llama.cpp", "default", "m", "data: {\"content\":\"x\",\"stop\":false}\n\n" },
            { "openai", "realtime", "m", "{\"type\":\"response.output_audio.delta\",\"delta\":\"AAAA\"}\n" },
            { "openai", "images", "m", "data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"AAAA\"}\n\n" },
        };

    [Theory]
    [MemberData(nameof(Chunks))]
    public void A_chunk_allocates_nothing(string provider, string api, string model, string chunk)
    {
        var bytes = Wire.Bytes(chunk);
        using var stream = StreamScans.Open(provider, api, model, out _)!;
        Feed();

        Assert.Equal(0, Allocated.By(Feed));

        void Feed()
        {
            for (var i = 0; i < 200; i++)
            {
                stream.Feed(bytes);
                // Cut within the event.
                stream.Feed(bytes.AsSpan(0, bytes.Length / 2));
                stream.Feed(bytes.AsSpan(bytes.Length / 2));
            }
        }
    }

    // The vectors "empty_message" and "payload_no_headers" of AWS's own implementations of the event stream.
    [Theory]
    [InlineData("000000100000000005C248EB7D98C8FF", "the stream ended before its final usage")]
    [InlineData("000000100000000005C248EB7D98C8FE", "a frame of the event stream is damaged; the stream ended before its final usage")]
    [InlineData("000000100000000005C248EA7D98C8FF", "a frame of the event stream is damaged; the stream ended before its final usage")]
    [InlineData(
        "0000001D00000000FD528C5A7B27666F6F273A27626172277DC3653936",
        "an event of the stream is not a JSON object; the stream ended before its final usage"
    )]
    [InlineData("0000001D00000000FD528C5A7B27", "the stream ended within an event; the stream ended before its final usage")]
    public void A_frame_is_read_by_its_lengths_and_checksums(string hex, string error)
    {
        using var stream = StreamScans.Open("aws", "converse", "m", out _)!;

        stream.Feed(Convert.FromHexString(hex));

        Assert.Equal(error, stream.Complete().Error);
    }

    [Theory]
    [InlineData("openai", "chat", "data: {\"a\":\"")]
    [InlineData("openai", "chat", "data: ")]
    [InlineData("ollama", "default", "{\"a\":\"")]
    [InlineData("google", "default", "[{\"a\":\"")]
    public void An_event_without_an_end_takes_bounded_memory(string provider, string api, string begin)
    {
        using var stream = StreamScans.Open(provider, api, "m", out _)!;
        stream.Feed(Wire.Bytes(begin));
        var piece = new byte[64 * 1024];
        Array.Fill(piece, (byte)'x');
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 4096; i++)
        {
            stream.Feed(piece);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * StreamRelay.MaxEventBytes);
        Assert.StartsWith("an event of the stream has more than 8 MiB and was not read", stream.Complete().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_of_many_lines_has_the_same_limit()
    {
        using var stream = StreamScans.Open("openai", "chat", "m", out _)!;
        var line = Wire.Bytes("data: " + new string('x', 64 * 1024) + "\n");

        for (var i = 0; i < 200; i++)
        {
            stream.Feed(line);
        }

        Assert.StartsWith("an event of the stream has more than 8 MiB and was not read", stream.Complete().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_that_states_more_than_the_limit_is_refused_at_once()
    {
        using var stream = StreamScans.Open("aws", "converse", "m", out _)!;

        // 16 MiB less a byte, no headers, and the right checksum of both.
        stream.Feed(Convert.FromHexString("00FFFFFF00000000"));
        stream.Feed(Convert.FromHexString("D9B4F919"));
        var read = stream.Complete();

        Assert.StartsWith("an event of the stream has more than 8 MiB and was not read", read.Error, StringComparison.Ordinal);
        Assert.False(stream.UsageIsFinal);
    }

    [Fact]
    public void Broken_events_without_number_end_soon()
    {
        using var stream = StreamScans.Open("openai", "chat", "m", out _)!;
        var bytes = Wire.Bytes(string.Concat(Enumerable.Repeat("data: x\n\n", 100_000)));

        stream.Feed(bytes);

        Assert.Equal("an event of the stream is not a JSON object; the stream ended before its final usage", stream.Complete().Error);
    }

    [Fact]
    public void What_a_stream_that_ended_early_used_until_then_is_told_beside_the_error()
    {
        using var stream = StreamScans.Open("anthropic", "default", "m", out _)!;
        stream.Feed(
            "data: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":50,\"output_tokens\":1}}}\n\n"u8
        );

        var read = stream.Complete();

        Assert.False(stream.UsageIsFinal);
        Assert.Equal("the stream ended before its final usage", read.Error);
        Assert.Equal(50, read.Usage[UsageClass.Input]);
        Assert.Throws<InvalidOperationException>(() => stream.Feed("x"u8));
        Assert.Equal(read, stream.Complete());
    }

    [Theory]
    [InlineData("openai", "embeddings", "the api 'embeddings' of openai has no streams")]
    [InlineData("anthropic", "batch", "the api 'batch' of anthropic has no streams")]
    [InlineData("nobody", "chat", "the provider is not known")]
    public void What_has_no_streams_says_so(string provider, string api, string expected)
    {
        Assert.Null(StreamScans.Open(provider, api, null, out var error));
        Assert.Equal(expected, error);
    }
}
