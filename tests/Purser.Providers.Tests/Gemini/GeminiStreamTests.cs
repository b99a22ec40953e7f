using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.Gemini;

public class GeminiStreamTests
{
    private const string Request = """{"contents":[{"parts":[{"text":"hi"}]}]}""";
    private const string JsonRequest = """{"contents":[],"generationConfig":{"responseMimeType":"application/json"}}""";

    // Recorded of gemini-3.7-flash, its signature shortened.
    private const string First =
        "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"fixture ok\"}],\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 7,\"candidatesTokenCount\": 2,\"totalTokenCount\": 103,\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 7}],\"thoughtsTokenCount\": 94,\"serviceTier\": \"standard\"},\"modelVersion\": \"gemini-3.7-flash\",\"responseId\": \"WQuq\"}\r\n\r\n";
    private const string Last =
        "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\",\"thoughtSignature\": \"EmcKZQERTTIP+ioay1Mob3\"}],\"role\": \"model\"},\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 7,\"candidatesTokenCount\": 2,\"totalTokenCount\": 103,\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 7}],\"thoughtsTokenCount\": 94,\"serviceTier\": \"standard\"},\"modelVersion\": \"gemini-3.7-flash\",\"responseId\": \"WQuq\"}\r\n\r\n";

    private static readonly WireFormat Format = ProviderCatalog.Gemini;

    private static string Part(string part, string rest = "", int index = 0) =>
        $"data: {{\"candidates\":[{{\"content\":{{\"parts\":[{part}],\"role\":\"model\"}}{rest},\"index\":{index}}}]}}\n\n";

    private static string Text(string text) => Part($"{{\"text\":\"{text}\"}}");

    private static string End(string text, string reason, int index = 0, string usage = "", string model = "gemini-2.5-flash") =>
        $"data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}],\"role\":\"model\"}},\"finishReason\":\"{reason}\",\"index\":{index}}}],\"usageMetadata\":{{{usage}}},\"modelVersion\":\"{model}\"}}\n\n";

    [Fact]
    public void A_recorded_stream_then_relayed_byte_for_byte_and_its_last_usage_read()
    {
        var (output, reading) = Format.Relay(Request, First, Last);

        Assert.Equal(First + Last, output);
        Assert.Equal(
            (7, 2, 94),
            (reading.Usage[UsageClass.Input], reading.Usage[UsageClass.Output], reading.Usage[UsageClass.ReasoningOutput])
        );
        Assert.Equal(
            ("gemini-3.7-flash", "WQuq", "STOP", "standard"),
            (reading.ServedModel, reading.ResponseId, reading.StopReason, reading.ServiceTier)
        );
        Assert.True(reading.Terminated && reading.UsageIsFinal && reading.HasUsage);
        Assert.Null(reading.Violation);
    }

    [Fact]
    public void A_stream_that_has_only_begun_then_its_usage_is_not_final()
    {
        var (_, reading) = Format.Relay(Request, First);

        Assert.Equal((true, false, false), (reading.HasUsage, reading.UsageIsFinal, reading.Terminated));
        Assert.Equal(96, reading.Usage.OutputTokens);
        Assert.Equal(10, reading.RelayedOutputBytes);
    }

    [Fact]
    public void A_first_answer_without_counts_then_no_violation_of_the_whole()
    {
        const string begin =
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],\"usageMetadata\":{\"totalTokenCount\":9}}\n\n";

        var (_, reading) = Format.Relay(Request, begin, Last);

        Assert.Null(reading.Violation);
        Assert.Equal(103, reading.Usage.TotalTokens);
    }

    [Fact]
    public void Searches_named_in_an_earlier_answer_then_counted_with_the_last()
    {
        const string grounded =
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"groundingMetadata\":{\"webSearchQueries\":[\"x\",\"y\"]}}],\"usageMetadata\":{\"promptTokenCount\":7},\"modelVersion\":\"gemini-3.7-flash\"}\n\n";

        var (_, reading) = Format.Relay(Request, grounded, Last);

        Assert.Equal(2, reading.Usage[UsageClass.WebSearch]);
        Assert.True(reading.UsageIsFinal);
    }

    [Fact]
    public void A_prompt_that_is_blocked_then_over_with_its_usage()
    {
        const string blocked =
            "data: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},\"usageMetadata\":{\"promptTokenCount\":9,\"totalTokenCount\":9},\"modelVersion\":\"gemini-3.7-flash\"}\n\n";

        var (_, reading) = Format.Relay(Request, blocked);

        Assert.Equal((true, true, 9, false), (reading.Terminated, reading.UsageIsFinal, reading.Usage.InputTokens, reading.MayThinkUnseen));
    }

    [Fact]
    public void An_error_in_the_stream_then_seen()
    {
        var (_, reading) = Format.Relay(
            Request,
            First,
            "data: {\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}\n\n"
        );

        Assert.Equal((true, false), (reading.SawError, reading.Terminated));
    }

    [Fact]
    public void Thinking_then_it_may_run_unseen_until_text_comes()
    {
        string[] events =
        [
            Part("{\"text\":\"Hm\",\"thought\":true}"),
            Text("Hi"),
            Part("{\"text\":\"Hm\",\"thought\":true}"),
            Part("{\"functionCall\":{\"name\":\"f\",\"args\":{}}}"),
            Last,
        ];
        bool[] expected = [true, false, true, true, false];
        for (var count = 1; count <= events.Length; count++)
        {
            Assert.Equal(expected[count - 1], Format.Relay(Request, events[..count]).Reading.MayThinkUnseen);
        }
    }

    [Fact]
    public void What_a_signature_holds_then_counted_as_far_as_less_was_shown()
    {
        var (_, reading) = Format.Relay(
            Request,
            Part("{\"text\":\"Hmm\",\"thought\":true}"),
            Part("{\"text\":\"Hi\",\"thoughtSignature\":\"0123456789\"}"),
            Part("{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":1}}}")
        );

        // Three of the thought, two of the text, seven more of the signature, and the whole call.
        Assert.Equal(3 + 2 + 7 + """{"name":"f","args":{"a":1}}""".Length, reading.RelayedOutputBytes);
        Assert.Equal(8 + 32, reading.StructureTokens);
    }

    [Fact]
    public void Cut_in_text_then_a_last_answer_with_the_notice_and_the_reason() =>
        Assert.Equal(
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\n\\n[Purser: out of budget]\"}],\"role\":\"model\"},\"finishReason\":\"MAX_TOKENS\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3,\"thoughtsTokenCount\":94,\"totalTokenCount\":104},\"modelVersion\":\"gemini-3.7-flash\",\"responseId\":\"WQuq\"}\n\n",
            Format.CutOff(Request, First + "data: {\"candid")
        );

    [Fact]
    public void Cut_before_anything_then_a_whole_answer() =>
        Assert.Equal(
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"[Purser: out of budget]\"}],\"role\":\"model\"},\"finishReason\":\"MAX_TOKENS\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":0,\"candidatesTokenCount\":0,\"totalTokenCount\":0},\"modelVersion\":\"gemini-2.5-flash\"}\n\n",
            Format.CutOff(Request, "")
        );

    [Theory]
    [InlineData("""{"functionCall":{"name":"f","args":{}}}""", Request)]
    [InlineData("""{"text":"{}"}""", JsonRequest)]
    public void Cut_where_text_is_not_safe_then_there_is_no_notice(string part, string request)
    {
        var cut = Format.CutOff(request, Part(part));

        // Google's own libraries fail at comments.
        Assert.StartsWith("data: ", cut, StringComparison.Ordinal);
        Assert.DoesNotContain("[Purser", cut, StringComparison.Ordinal);
        Assert.Contains("\"finishReason\":\"MAX_TOKENS\"", cut, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_after_the_end_then_nothing() => Assert.Equal("", Format.CutOff(Request, First + Last));

    [Fact]
    public void Cut_of_two_candidates_then_only_those_that_run_are_ended()
    {
        var cut = Format.CutOff(Request, End("x", "STOP") + Part("{\"text\":\"b\"}", index: 1));

        Assert.Equal(1, cut.Split("MAX_TOKENS").Length - 1);
        Assert.Contains("\"index\":1", cut, StringComparison.Ordinal);
    }

    [Fact]
    public void Closing_text_where_the_last_text_comes_with_the_reason_then_appended_to_it()
    {
        var relay = Format.CreateStreamRelay(Format.Facts(Request), new UsageReading());
        relay.CloseWith("\n\"Half\"");
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Wire.Bytes(Text("He") + End("llo", "STOP")), output);

        Assert.True(relay.IsClosed);
        Assert.Equal(Text("He") + End("llo\\n\\\"Half\\\"", "STOP"), Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Closing_text_where_the_reason_comes_alone_then_an_answer_before_it() =>
        Assert.Equal(
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Half is used.\"}],\"role\":\"model\"},\"index\":0}],\"modelVersion\":\"gemini-2.5-flash\"}\n\n",
            Format.Closing(Request, Text("Hi"), End("", "STOP"))
        );

    [Theory]
    [InlineData("""{"functionCall":{"name":"f"}}""", Request)]
    [InlineData("""{"text":"Hm","thought":true}""", Request)]
    [InlineData("""{"text":"{}"}""", JsonRequest)]
    public void Closing_text_where_it_is_not_safe_then_never_written(string part, string request) =>
        Assert.Null(Format.Closing(request, Part(part), End("", "STOP")));

    private static readonly string[] Kinds =
    [
        """{"text":"Hé\n"}""",
        """{"text":"Hm","thought":true}""",
        """{"functionCall":{"name":"f","args":{"a":"}]"}}}""",
        """{"text":"","thoughtSignature":"abcd"}""",
        """{"inlineData":{"mimeType":"image/png","data":"AAAA"}}""",
    ];

    private static readonly Gen<string> Streams = Gen.Select(Gen.Int[0, Kinds.Length - 1], Gen.Int[0, 1], Gen.Int[0, 5])
        .Array[0, 8]
        .Select(parts =>
        {
            var stream = new StringBuilder();
            foreach (var (kind, index, usage) in parts)
            {
                var rest = usage == 0 ? "" : $",\"x\":{{\"promptTokenCount\":{usage}}}";
                stream.Append(Part(Kinds[kind], rest, index));
            }
            return stream.Append(End("", "STOP", 1)).Append(End("!", "STOP", 0, "\"promptTokenCount\":3,\"totalTokenCount\":3")).ToString();
        });

    private static readonly Gen<string> LineEnds = Gen.Int[0, 2].Select(index => new[] { "\n", "\r\n", "\r" }[index]);

    [Fact]
    public void Any_split_of_a_stream_then_the_same_bytes_and_the_same_reading() =>
        Gen.Select(Streams, LineEnds, Gen.Int[1, 60].Array[1, 9])
            .Sample(
                (stream, lineEnd, sizes) =>
                {
                    var bytes = Wire.Bytes(stream.Replace("\n", lineEnd, StringComparison.Ordinal));
                    var (whole, once) = Format.RelayBytes(Request, bytes);
                    var (output, reading) = Format.RelayBytes(Request, Split(bytes, sizes));

                    Assert.Equal(bytes, whole);
                    Assert.Equal(bytes, output);
                    Assert.Equal(
                        (once.Usage, once.RelayedOutputBytes, once.StructureTokens, once.OutputEvents, once.Terminated, once.UsageIsFinal),
                        (
                            reading.Usage,
                            reading.RelayedOutputBytes,
                            reading.StructureTokens,
                            reading.OutputEvents,
                            reading.Terminated,
                            reading.UsageIsFinal
                        )
                    );
                    Assert.True(once.Terminated && once.UsageIsFinal);
                },
                iter: 3_000
            );

    [Fact]
    public void Any_stream_cut_anywhere_then_each_candidate_that_began_ends() =>
        Gen.Select(Streams, LineEnds, Gen.Int[0, 4_000], Gen.Int[1, 90].Array[1, 9])
            .Sample(
                (stream, lineEnd, at, sizes) =>
                    AssertIsEnded(CutOffPropertyTests.Data(CutOffPropertyTests.Cut(Format, stream, lineEnd, at, sizes))),
                iter: 5_000
            );

    [Fact]
    public void Any_stream_as_an_array_cut_anywhere_then_an_array_of_answers_that_ends() =>
        Gen.Select(Streams, Gen.Int[0, 4_000], Gen.Int[1, 90].Array[1, 9])
            .Sample(
                (stream, at, sizes) =>
                {
                    var bytes = Wire.Bytes(stream);
                    var relay = Array(new UsageReading());
                    var output = new ArrayBufferWriter<byte>();
                    foreach (var chunk in Split(bytes[..(at % (bytes.Length + 1))], sizes))
                    {
                        relay.Relay(chunk, output);
                    }
                    relay.CutOff(new CutOff("out of \"budget\""), output);
                    relay.WriteFigure("x-purser-cost-usd", "0.1", output);
                    using var array = JsonDocument.Parse(output.WrittenMemory);
                    AssertIsEnded([.. array.RootElement.EnumerateArray().Select(element => element.GetRawText())]);
                },
                iter: 5_000
            );

    [Fact]
    public void A_stream_for_a_client_without_events_then_an_array()
    {
        var reading = new UsageReading();
        var relay = Array(reading);
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Wire.Bytes("data: {\"a\":1}\n\ndata: {\"b\":"), output);
        relay.Relay(Wire.Bytes("2}\n\n"), output);
        relay.Complete(output);
        relay.WriteError(new WireError(502, "provider_answer_broken", "It broke."), output);
        relay.WriteFigure("x-purser-cost-usd", "0.1", output);

        Assert.Equal(
            "[{\"a\":1}\n,\r\n{\"b\":2}\n,\r\n{\"error\":{\"code\":502,\"message\":\"It broke.\",\"status\":\"UNAVAILABLE\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"provider_answer_broken\",\"domain\":\"purser\",\"metadata\":{}}]}}\n]",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    private static StreamRelay Array(UsageReading reading)
    {
        var facts = Format.Understand(Wire.Bytes(Request), new RequestTarget("m", Stream: true)).Facts!;
        return Format.Prepare(Wire.Bytes(Request), facts, default).Format!.CreateStreamRelay(facts, reading);
    }

    private static byte[][] Split(byte[] bytes, int[] sizes)
    {
        var chunks = new List<byte[]>();
        for (int position = 0, next = 0; position < bytes.Length; next++)
        {
            var size = Math.Min(sizes[next % sizes.Length], bytes.Length - position);
            chunks.Add(bytes[position..(position + size)]);
            position += size;
        }
        return [.. chunks];
    }

    private static void AssertIsEnded(List<string> answers)
    {
        var open = new HashSet<int>();
        var ended = new HashSet<int>();
        Assert.NotEmpty(answers);
        foreach (var answer in answers)
        {
            using var json = JsonDocument.Parse(answer);
            foreach (var candidate in json.RootElement.GetProperty("candidates").EnumerateArray())
            {
                var index = candidate.GetProperty("index").GetInt32();
                open.Add(index);
                Assert.DoesNotContain(index, ended);
                if (candidate.TryGetProperty("finishReason", out _))
                {
                    ended.Add(index);
                }
            }
        }
        Assert.Equal(open.Order(), ended.Order());
    }
}
