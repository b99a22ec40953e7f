using System.Buffers;
using System.Text;
using CsCheck;
using Purser.Core.Usage;

namespace Purser.Providers.Tests;

/// <summary>Laws that hold for all bytes.</summary>
public class PropertyTests
{
    private static readonly string[] Requests =
    [
        """{"model":"m","stream":true}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""",
    ];

    // Pieces of streams: whole events, halves of them, and what might confuse.
    private static readonly string[] Pieces =
    [
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hé\\u00e9\\\"usage\\\"\"}}],\"usage\":null}",
        "data: {\"usage\":null,\"choices\":[]}",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}",
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}",
        "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":9,\"iterations\":[{\"type\":\"compaction\",\"input_tokens\":1,\"output_tokens\":1}]}}",
        "data: {\"type\":\"content_block_delta\",\"delta\":{\"thinking\":\"x\"}}",
        "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\",\"usage\":null}}",
        "data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"m\",\"type\":\"message\"}}",
        "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"x\"}",
        "data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}",
        "data: {\"a\":1,",
        "data: \"usage\":null}",
        "data: [DONE]",
        "data",
        "data:",
        ": comment",
        ":",
        "event: error",
        "event: message_stop",
        "\uFEFF",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\n\n",
        "\r\n\r\n",
        "\r\r",
        " ",
    ];

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static readonly Gen<byte[]> Streams = Gen.Int[0, Pieces.Length - 1]
        .Array[0, 24]
        .Select(indexes => Wire.Bytes(string.Concat(indexes.Select(index => Pieces[index]))));

    private static readonly Gen<byte[]> Garbage = Gen.Frequency(
        (1, Gen.Byte.Array[0, 200]),
        (3, OneOf([.. "{}[]\":,\\u0d8 tfn1-.e\n\rdata:usage"u8]).Array[0, 120]),
        (3, Streams)
    );

    [Fact]
    public void Any_split_of_any_stream_then_the_same_output_and_the_same_reading() =>
        Gen.Select(Streams, Gen.Int[1, 9].Array[1, 40], OneOf(0, 1), OneOf(Wire.OfJson))
            .Sample(
                (stream, sizes, request, format) =>
                {
                    var (expected, whole) = format.RelayBytes(Requests[request], stream);
                    var (output, pieces) = format.RelayBytes(Requests[request], Split(stream, sizes));

                    return expected.AsSpan().SequenceEqual(output) && Say(whole) == Say(pieces);
                },
                iter: 20_000
            );

    private static byte[][] Split(byte[] stream, int[] sizes)
    {
        var chunks = new List<byte[]>();
        for (int position = 0, next = 0; position < stream.Length; next++)
        {
            var size = Math.Min(sizes[next % sizes.Length], stream.Length - position);
            chunks.Add(stream[position..(position + size)]);
            position += size;
        }
        return [.. chunks];
    }

    private static string Say(UsageReading reading) =>
        string.Join(
            ' ',
            [
                reading.HasUsage,
                reading.UsageIsFinal,
                reading.Terminated,
                reading.SawError,
                reading.RelayedOutputBytes,
                reading.OutputEvents,
                reading.StructureTokens,
                reading.MayThinkUnseen,
                reading.Violation,
                reading.ResponseId,
                reading.StopReason,
                .. Enumerable.Range(0, TokenUsage.ClassCount).Select(index => (object)reading.Usage[(UsageClass)index]),
                Encoding.UTF8.GetString(reading.RawUsage ?? []),
            ]
        );

    [Fact]
    public void Any_bytes_as_an_answer_then_nothing_is_thrown_and_nothing_is_negative() =>
        Gen.Select(Garbage, OneOf(Wire.OfJson))
            .Sample(
                (bytes, format) =>
                {
                    var (_, streamed) = format.RelayBytes(Requests[0], bytes);
                    var whole = new UsageReading();
                    format.ReadResponse(bytes, whole);

                    return IsSound(streamed) && IsSound(whole);
                },
                iter: 20_000
            );

    [Fact]
    public void Any_bytes_that_are_asked_to_pass_then_they_are_a_prefix_of_what_came() =>
        Gen.Select(Garbage, Gen.Int[1, 9].Array[1, 20])
            .Sample(
                (bytes, sizes) =>
                {
                    // Only an event that the end cut off may be missing.
                    var (output, _) = ProviderCatalog.Messages.RelayBytes(Requests[0], Split(bytes, sizes));
                    return bytes.AsSpan().StartsWith(output);
                },
                iter: 10_000
            );

    private static bool IsSound(UsageReading reading)
    {
        var isZero = true;
        for (var index = 0; index < TokenUsage.ClassCount; index++)
        {
            var count = reading.Usage[(UsageClass)index];
            isZero &= count == 0;
            if (count is < 0 or > 8 * UsageReading.MaxCount)
            {
                return false;
            }
        }
        return (reading.HasUsage || isZero) && reading.Usage.TotalTokens >= 0 && reading.RelayedOutputBytes >= 0;
    }

    private static readonly Gen<string> Figures = Gen.OneOf(
        Gen.Long.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        Gen.Int[-3, 30].Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        OneOf("null", "1.5", "1e400", "-1e400", "1e-400", "\"7\"", "true", "{}", "[1]", "99999999999999999999999999999999999")
    );

    [Fact]
    public void Any_figures_of_OpenAI_then_no_class_is_negative_and_no_less_than_stated_is_billed() =>
        Figures
            .Array[9]
            .Sample(
                figures =>
                {
                    var reading = ProviderCatalog.Chat.Read(
                        $$$"""{"usage":{"prompt_tokens":{{{figures[0]}}},"completion_tokens":{{{figures[1]}}},"total_tokens":{{{figures[2]}}},"prompt_tokens_details":{"cached_tokens":{{{figures[3]}}},"cache_write_tokens":{{{figures[4]}}},"audio_tokens":{{{figures[5]}}},"cached_tokens_details":{"audio_tokens":{{{figures[6]}}}}},"completion_tokens_details":{"reasoning_tokens":{{{figures[7]}}},"audio_tokens":{{{figures[8]}}} } } }"""
                    );

                    return IsSound(reading)
                        && (!reading.HasUsage || reading.Usage.InputTokens >= Stated(figures[0]))
                        && (!reading.HasUsage || reading.Usage.OutputTokens >= Stated(figures[1]));
                },
                iter: 20_000
            );

    [Fact]
    public void Any_figures_of_Anthropic_then_no_class_is_negative_and_no_less_than_stated_is_billed() =>
        Figures
            .Array[8]
            .Sample(
                figures =>
                {
                    var reading = ProviderCatalog.Messages.Read(
                        $$$"""{"usage":{"input_tokens":{{{figures[0]}}},"output_tokens":{{{figures[1]}}},"cache_creation_input_tokens":{{{figures[2]}}},"cache_read_input_tokens":{{{figures[3]}}},"cache_creation":{"ephemeral_5m_input_tokens":{{{figures[4]}}},"ephemeral_1h_input_tokens":{{{figures[5]}}}},"output_tokens_details":{"thinking_tokens":{{{figures[6]}}}},"iterations":[{"type":"message","model":"a","input_tokens":{{{figures[7]}}},"output_tokens":{{{figures[1]}}}}]}}"""
                    );

                    return IsSound(reading)
                        && (!reading.HasUsage || reading.Usage.InputTokens >= Stated(figures[0]) + Stated(figures[2]))
                        && (!reading.HasUsage || reading.Usage.OutputTokens >= Stated(figures[1]));
                },
                iter: 20_000
            );

    private static long Stated(string figure) =>
        long.TryParse(figure, System.Globalization.CultureInfo.InvariantCulture, out var count)
            ? Math.Clamp(count, 0, UsageReading.MaxCount)
            : 0;

    private const string Seed =
        """{"model":"gpt","stream":true,"stream_options":{"include_usage":false},"max_tokens":5,"n":2,"tools":[{"type":"web_search_20250305","max_uses":3}],"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,"}},{"type":"text","text":"\ud83d\ude00","cache_control":{"ttl":"1h"}}]}],"metadata":{"user_id":"{\"device_id\":\"d\"}","a":"b"},"fallbacks":[{"model":"x","max_tokens":70}],"thread":{"type":"create"}}""";

    [Fact]
    public void Any_mutation_of_a_request_then_refused_by_name_or_read_and_rewritten_to_valid_JSON() =>
        Gen.Select(Gen.Select(Gen.Int[0, Seed.Length - 1], Gen.Byte, Gen.Int[0, 3]).Array[0, 4], OneOf(Wire.OfJson))
            .Sample(
                (mutations, format) =>
                {
                    var body = mutations.Aggregate(Wire.Bytes(Seed), Mutate);
                    var result = format.Understand(body);
                    if (result.Facts is not { } facts)
                    {
                        return result.Fault is { Code.Length: > 0, Message.Length: > 0 };
                    }
                    var output = new ArrayBufferWriter<byte>();
                    format.WriteRequest(body, facts, "other", output);
                    var again = format.Understand(output.WrittenMemory).Facts;
                    return result.Fault is null
                        && again is { Model: "other" }
                        && (format != ProviderCatalog.Chat || !again.Stream || again.ClientAskedForUsage)
                        && again.MaxOutputTokens == facts.MaxOutputTokens
                        && (ProviderCatalog.Tasks.Contains(format) || IsLimited(format, body, facts));
                },
                iter: 20_000
            );

    private static bool IsLimited(WireFormat format, byte[] body, RequestFacts facts)
    {
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(body, facts, facts.Model, output, maxOutputTokens: 3);
        return format.Understand(output.WrittenMemory).Facts?.MaxOutputTokens <= 3;
    }

    private static byte[] Mutate(byte[] body, (int At, byte Byte, int Kind) mutation)
    {
        var at = Math.Min(mutation.At, body.Length);
        return mutation.Kind switch
        {
            0 => [.. body[..at], mutation.Byte, .. body[at..]],
            1 => [.. body[..at], .. body[Math.Min(at + 1, body.Length)..]],
            2 => body[..at],
            _ => [.. body[..at], .. "{\"a\":[null,\"b\"]}"u8, .. body[at..]],
        };
    }
}
