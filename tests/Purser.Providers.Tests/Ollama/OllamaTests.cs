using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.Ollama;

public class OllamaTests
{
    private const string Request = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";
    private const string JsonRequest = """{"model":"m","format":"json","messages":[]}""";

    // Ollama's own documentation.
    private const string First =
        "{\"model\":\"llama3.2\",\"created_at\":\"2023-08-04T08:52:19.385406455-07:00\",\"message\":{\"role\":\"assistant\",\"content\":\"The\"},\"done\":false}\n";
    private const string Last =
        "{\"model\":\"llama3.2\",\"created_at\":\"2023-08-04T19:22:45.499127Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":\"stop\",\"done\":true,\"total_duration\":4883583458,\"prompt_eval_count\":26,\"eval_count\":282}\n";

    private static readonly WireFormat Format = ProviderCatalog.Ollama;
    private static readonly WireFormat Generate = ProviderCatalog.OllamaFormats[1];
    private static readonly WireFormat Embed = ProviderCatalog.OllamaFormats[2];

    private static string Line(string message) =>
        $"{{\"model\":\"m\",\"created_at\":\"t\",\"message\":{{\"role\":\"assistant\",{message}}},\"done\":false}}\n";

    private static string Cut(string text, long tokens, string at = "t", string model = "m", long input = 0) =>
        $"{{\"model\":\"{model}\",\"created_at\":\"{at}\",\"message\":{{\"role\":\"assistant\",\"content\":\"{text}\"}},\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":{input},\"eval_count\":{tokens}}}\n";

    [Theory]
    [InlineData(Request, true)]
    [InlineData("""{"model":"m","stream":null}""", true)]
    [InlineData("""{"model":"m","stream":true}""", true)]
    [InlineData("""{"model":"m","stream":false}""", false)]
    public void Without_a_word_then_a_stream(string body, bool stream) => Assert.Equal(stream, Format.Facts(body).Stream);

    [Theory]
    [InlineData("""{"model":"m","messages":[{"images":["AA==","BB=="]},{"images":[]},{"images":null}]}""", 2)]
    [InlineData("""{"model":"m","messages":[{"Images":["AA=="]}]}""", 1)]
    [InlineData("""{"model":"m","prompt":"x","images":["AA=="]}""", 1)]
    [InlineData("""{"model":"m","messages":[{"tool_calls":[{"function":{"arguments":{"images":["a"]}}}]}]}""", 0)]
    public void Images_then_counted(string body, int parts) => Assert.Equal(parts, Format.Facts(body).NonTextParts);

    [Theory]
    [InlineData("""{"model":"m","options":{"num_predict":500}}""", """{"model":"m","options":{"num_predict":80}}""")]
    [InlineData("""{"model":"m","options":{"num_predict":80.5}}""", """{"model":"m","options":{"num_predict":80}}""")]
    [InlineData("""{"model":"m","options":{"num_predict":-1}}""", """{"model":"m","options":{"num_predict":80}}""")]
    [InlineData("""{"model":"m","options":{"num_predict":-2,"seed":1}}""", """{"model":"m","options":{"num_predict":80,"seed":1}}""")]
    [InlineData("""{"model":"m","options":{"num_predict":8}}""", """{"model":"m","options":{"num_predict":8}}""")]
    [InlineData("""{"model":"m","options":{"seed":1}}""", """{"model":"m","options":{"num_predict":80,"seed":1}}""")]
    [InlineData("""{"model":"m","options":null}""", """{"model":"m","options":{"num_predict":80}}""")]
    [InlineData("""{"model":"m","options":{}}""", """{"model":"m","options":{"num_predict":80}}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m","options":{"num_predict":80}}""")]
    public void Limit_then_lowered_or_added_among_the_options(string body, string sent) => Assert.Equal(sent, Format.Limited(body, 80));

    [Theory]
    [InlineData("""{"messages":[]}""", "model_missing")]
    [InlineData("""{"model":"m","Model":"n"}""", "ambiguous_member")]
    [InlineData("""{"model":"m","stream":"no"}""", "invalid_member")]
    [InlineData("""{"model":"m","options":[]}""", "invalid_member")]
    [InlineData("""{"model":"m","options":{"num_predict":"9"}}""", "invalid_member")]
    [InlineData("""{"model":"m","messages":["hi"]}""", "invalid_member")]
    [InlineData("""{"model":"m","options":{"\ud83d":1}}""", "invalid_unicode")]
    public void A_body_at_fault_then_refused_by_name(string body, string code) => Assert.Equal(code, Format.Fault(body).Code);

    [Fact]
    public void A_recorded_stream_then_relayed_byte_for_byte_and_its_counts_read()
    {
        var (output, reading) = Format.Relay(Request, First, Last);

        Assert.Equal(First + Last, output);
        Assert.Equal((26, 282, 4884), (reading.Usage.InputTokens, reading.Usage.OutputTokens, reading.ComputeMilliseconds));
        Assert.Equal((true, true, "llama3.2", "stop"), (reading.Terminated, reading.UsageIsFinal, reading.ServedModel, reading.StopReason));
        Assert.Null(reading.Violation);
    }

    [Fact]
    public void A_last_line_without_the_prompts_count_then_no_usage_to_bill_by()
    {
        var (_, reading) = Format.Relay(Request, "{\"message\":{\"content\":\"a\"},\"done\":true,\"eval_count\":1}\n");

        Assert.Equal((true, false), (reading.Terminated, reading.UsageIsFinal));
    }

    [Fact]
    public void A_last_line_without_its_end_then_a_whole_one_and_half_a_line_then_gone()
    {
        Assert.Equal(First + Last.TrimEnd(), Format.Relay(Request, First, Last.TrimEnd()).Output);
        Assert.Equal(First, Format.Relay(Request, First, Last[..20]).Output);
    }

    [Fact]
    public void Thinking_and_calls_then_counted_as_output()
    {
        var (_, reading) = Format.Relay(
            Request,
            Line("\"content\":\"\",\"thinking\":\"Hm\""),
            Line("\"content\":\"Hi\""),
            Line("\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{}}}]")
        );

        Assert.Equal(2 + 2 + """[{"function":{"name":"f","arguments":{}}}]""".Length, reading.RelayedOutputBytes);
        Assert.Equal(8 + 32, reading.StructureTokens);
    }

    [Fact]
    public void An_error_in_the_stream_then_seen() =>
        Assert.True(Format.Relay(Request, First, "{\"error\":\"out of memory\"}\n").Reading.SawError);

    [Fact]
    public void Cut_in_text_then_a_last_line_with_the_notice() =>
        Assert.Equal(Cut("\\n\\n[Purser: out of budget]", 1), Format.CutOff(Request, Line("\"content\":\"The\"") + "{\"mo"));

    [Fact]
    public void Cut_before_anything_then_a_last_line_alone() =>
        Assert.Equal(Cut("[Purser: out of budget]", 0, "1970-01-01T00:00:00Z"), Format.CutOff(Request, ""));

    [Theory]
    [InlineData("\"content\":\"\",\"tool_calls\":[{}]", Request, 1)]
    [InlineData("\"content\":\"{}\"", JsonRequest, 1)]
    public void Cut_where_text_is_not_safe_then_without_the_notice(string message, string request, long tokens) =>
        Assert.Equal(Cut("", tokens), Format.CutOff(request, Line(message)));

    [Fact]
    public void Cut_after_the_end_then_nothing() => Assert.Equal("", Format.CutOff(Request, First + Last));

    [Fact]
    public void Cut_of_a_completion_then_in_its_own_form() =>
        Assert.Equal(
            "{\"model\":\"m\",\"created_at\":\"t\",\"response\":\"\\n\\n[Purser: out of budget]\",\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":0,\"eval_count\":1}\n",
            Generate.CutOff("""{"model":"m","prompt":"hi"}""", "{\"model\":\"m\",\"created_at\":\"t\",\"response\":\"a\",\"done\":false}\n")
        );

    [Fact]
    public void Closing_text_then_a_line_before_the_last() =>
        Assert.Equal(
            "{\"model\":\"llama3.2\",\"created_at\":\"2023-08-04T19:22:45.499127Z\",\"message\":{\"role\":\"assistant\",\"content\":\"Half is used.\"},\"done\":false}\n",
            Format.Closing(Request, First, Last)
        );

    [Theory]
    [InlineData("\"content\":\"\",\"thinking\":\"Hm\"", Request)]
    [InlineData("\"content\":\"a\",\"tool_calls\":[{}]", Request)]
    [InlineData("\"content\":\"{}\"", JsonRequest)]
    public void Closing_text_where_it_is_not_safe_then_never_written(string message, string request) =>
        Assert.Null(Format.Closing(request, Line(message), Last));

    [Fact]
    public void A_refusal_and_an_error_in_the_stream_then_a_text()
    {
        var error = new WireError(402, "budget_exceeded", "It's spent.", RequestId: "r", Details: [new("budget", "search")]);
        var relay = Format.CreateStreamRelay(Format.Facts(Request), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Wire.Bytes(First + "{\"mod"), output);
        relay.WriteError(error, output);
        relay.WriteFigure("x-purser-cost-usd", "0.1", output);
        const string json = """{"error":"It's spent.","code":"budget_exceeded","budget":"search","request_id":"r"}""";

        Assert.Equal(json, Format.Error(error));
        Assert.Equal(First + json + "\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static readonly Gen<string> Streams = Gen.Int[0, 2]
        .Array[0, 8]
        .Select(kinds =>
            string.Concat(
                kinds.Select(kind =>
                    Line(
                        kind switch
                        {
                            0 => "\"content\":\"Hé\\n\"",
                            1 => "\"content\":\"\",\"thinking\":\"Hm\"",
                            _ => "\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]",
                        }
                    )
                )
            ) + Last
        );

    [Fact]
    public void Any_split_of_a_stream_then_the_same_and_any_cut_then_lines_of_which_the_last_is_done() =>
        Gen.Select(Streams, Gen.Int[0, 4_000], Gen.Int[1, 60].Array[1, 9])
            .Sample(
                (stream, at, sizes) =>
                {
                    var bytes = Wire.Bytes(stream);
                    var chunks = new List<byte[]>();
                    for (int position = 0, next = 0; position < bytes.Length; position += chunks[^1].Length, next++)
                    {
                        chunks.Add(bytes[position..Math.Min(bytes.Length, position + sizes[next % sizes.Length])]);
                    }
                    var (output, reading) = Format.RelayBytes(Request, [.. chunks]);
                    var (_, once) = Format.RelayBytes(Request, bytes);
                    Assert.Equal(bytes, output);
                    Assert.Equal(
                        (once.Usage, once.RelayedOutputBytes, once.StructureTokens, once.OutputEvents, once.UsageIsFinal),
                        (reading.Usage, reading.RelayedOutputBytes, reading.StructureTokens, reading.OutputEvents, reading.UsageIsFinal)
                    );
                    var cut = CutOffPropertyTests.Cut(Format, stream, "\n", at, sizes);
                    Assert.EndsWith("\n", cut, StringComparison.Ordinal);
                    var lines = cut.TrimEnd('\n').Split('\n');
                    for (var index = 0; index < lines.Length; index++)
                    {
                        using var json = JsonDocument.Parse(lines[index]);
                        Assert.Equal(index == lines.Length - 1, json.RootElement.GetProperty("done").GetBoolean());
                    }
                },
                iter: 5_000
            );

    [Fact]
    public void Embeddings_then_charged_by_their_input_each_in_a_context_of_its_own()
    {
        var facts = Embed.Facts("""{"model":"m","input":["a","b","c"]}""");
        var reading = Embed.Read("""{"model":"all-minilm","embeddings":[[0.01]],"total_duration":14143917,"prompt_eval_count":8}""");

        Assert.Equal((3L, 0L), (facts.Inputs, facts.MaxOutputTokens!.Value));
        Assert.Equal(
            (8, 0, 15L, true),
            (reading.Usage[UsageClass.Input], reading.Usage.OutputTokens, reading.ComputeMilliseconds, reading.UsageIsFinal)
        );
        Assert.Equal("all-minilm", reading.ServedModel);
        Assert.False(Embed.Read("""{"model":"m","embeddings":[]}""").UsageIsFinal);
        Assert.Equal("""{"model":"x","input":["a"]}""", Embed.Rewrite("""{"model":"ollama/x","input":["a"]}""", "x"));
    }

    [Fact]
    public void Urls_then_those_of_each_format()
    {
        var api = ProviderCatalog.FindApi("ollama")!;

        Assert.Equal(
            ["http://h:1/api/chat", "http://h:1/api/generate", "http://h:1/api/embed", "http://h:1/v1/chat/completions"],
            api.Formats.Select(format => api.Url("http://h:1/", format, "m", stream: true))
        );
    }
}
