using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.Cohere;

public class CohereTests
{
    private const string Request = """{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""";
    private const string JsonRequest = """{"model":"m","stream":true,"response_format":{"type":"json_object"}}""";
    private const string Comment = ": out of budget\n\n";

    // Recorded, its figures as they were.
    private const string Start =
        "event: message-start\ndata: {\"id\":\"88492c0b\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n";
    private const string End =
        "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_tokens\":5,\"output_tokens\":2},\"tokens\":{\"input_tokens\":500,\"output_tokens\":5},\"cached_tokens\":448}}}\n\n";

    private static readonly WireFormat Format = ProviderCatalog.Cohere;
    private static readonly WireFormat Embed = ProviderCatalog.CohereFormats[1];
    private static readonly WireFormat Rerank = ProviderCatalog.CohereFormats[2];

    private static string Event(string type, string rest) => $"event: {type}\ndata: {{\"type\":\"{type}\"{rest}}}\n\n";

    private static string ContentStart(int index, string kind = "text") =>
        Event("content-start", $",\"index\":{index},\"delta\":{{\"message\":{{\"content\":{{\"type\":\"{kind}\",\"{kind}\":\"\"}}}}}}");

    private static string Text(int index, string text, string kind = "text") =>
        Event("content-delta", $",\"index\":{index},\"delta\":{{\"message\":{{\"content\":{{\"{kind}\":\"{text}\"}}}}}}");

    private static string ContentEnd(int index) => Event("content-end", $",\"index\":{index}");

    private static string ToolStart(int index) =>
        Event(
            "tool-call-start",
            $",\"index\":{index},\"delta\":{{\"message\":{{\"tool_calls\":{{\"id\":\"t1\",\"type\":\"function\",\"function\":{{\"name\":\"f\",\"arguments\":\"\"}}}}}}}}"
        );

    private static string MaxTokens(long tokens) =>
        Event(
            "message-end",
            $",\"delta\":{{\"finish_reason\":\"MAX_TOKENS\",\"usage\":{{\"billed_units\":{{\"input_tokens\":0,\"output_tokens\":{tokens}}},\"tokens\":{{\"input_tokens\":0,\"output_tokens\":{tokens}}}}}}}"
        );

    private static string Notice(int index, string text = "\\n\\n[Purser: out of budget]") => Text(index, text);

    [Fact]
    public void A_recorded_stream_then_relayed_byte_for_byte_and_its_billed_units_read()
    {
        var stream = Start + ContentStart(0) + Text(0, "OK") + ContentEnd(0) + End;
        var (output, reading) = Format.Relay(Request, stream);

        Assert.Equal(stream, output);
        Assert.Equal((5, 2), (reading.Usage.InputTokens, reading.Usage.OutputTokens));
        Assert.Equal(
            (true, true, "88492c0b", "COMPLETE"),
            (reading.Terminated, reading.UsageIsFinal, reading.ResponseId, reading.StopReason)
        );
        Assert.Equal(2, reading.RelayedOutputBytes);
        Assert.Null(reading.Violation);
    }

    [Fact]
    public void A_whole_answer_then_its_billed_units_read()
    {
        var reading = Format.Read(
            """{"id":"1f47","message":{"role":"assistant","tool_plan":"I will.","content":[{"type":"thinking","thinking":"Hm"},{"type":"text","text":"OK."}],"tool_calls":[{"id":"w1","type":"function","function":{"name":"f","arguments":"{}"}}],"citations":[{"text":"OK","sources":[]}]},"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":8,"output_tokens":578},"tokens":{"input_tokens":1394,"output_tokens":582}}}"""
        );

        Assert.Equal((8, 578, true), (reading.Usage.InputTokens, reading.Usage.OutputTokens, reading.UsageIsFinal));
        // "I will.", "Hm", "OK.", and of the tool "w1", "f" and "{}".
        Assert.Equal(7 + 2 + 3 + 2 + 1 + 2, reading.RelayedOutputBytes);
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":500}""", """{"model":"m","max_tokens":80}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m","max_tokens":80}""")]
    [InlineData("""{"model":"m","max_tokens":8}""", """{"model":"m","max_tokens":8}""")]
    public void Limit_then_lowered_or_added(string body, string sent) => Assert.Equal(sent, Format.Limited(body, 80));

    [Theory]
    [InlineData("""{"messages":[]}""", "model_missing")]
    [InlineData("""{"model":"m","max_tokens":0}""", "invalid_member")]
    [InlineData("""{"model":"m","stream":1}""", "invalid_member")]
    [InlineData("""{"model":"m","max_tokens":1,"max_tokens":9}""", "duplicate_member")]
    [InlineData("""{"model":"m","Max_Tokens":9}""", "ambiguous_member")]
    public void A_body_at_fault_then_refused_by_name(string body, string code) => Assert.Equal(code, Format.Fault(body).Code);

    [Fact]
    public void Images_and_tools_then_known()
    {
        var facts = Format.Facts(
            """{"model":"m","tools":[{"type":"function"}],"messages":[{"content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"https://h/i.png"}}]}]}"""
        );

        Assert.Equal((1, true, true, 0L), (facts.NonTextParts, facts.UnboundedInput, facts.HasTools, facts.HostedToolCalls));
    }

    [Fact]
    public void Cut_in_text_then_notice_block_end_and_end() =>
        Assert.Equal(
            Comment + Notice(0) + ContentEnd(0) + MaxTokens(1),
            Format.CutOff(Request, Start + ContentStart(0) + Text(0, "Hiya") + "event: con")
        );

    [Fact]
    public void Cut_in_thinking_then_the_notice_is_a_text_after_it() =>
        Assert.Equal(
            Comment + ContentEnd(0) + ContentStart(1) + Text(1, "[Purser: out of budget]") + ContentEnd(1) + MaxTokens(1),
            Format.CutOff(Request, Start + ContentStart(0, "thinking") + Text(0, "Hm", "thinking"))
        );

    [Fact]
    public void Cut_in_the_arguments_of_a_tool_then_the_notice_is_a_comment_alone() =>
        Assert.Equal(Comment + Event("tool-call-end", ",\"index\":0") + MaxTokens(1), Format.CutOff(Request, Start + ToolStart(0)));

    [Fact]
    public void Cut_where_text_must_be_JSON_then_the_notice_is_a_comment_alone() =>
        Assert.Equal(Comment + ContentEnd(0) + MaxTokens(1), Format.CutOff(JsonRequest, Start + ContentStart(0) + Text(0, "{")));

    [Fact]
    public void Cut_before_anything_then_a_whole_message() =>
        Assert.Equal(
            Comment
                + "event: message-start\ndata: {\"type\":\"message-start\",\"id\":\"purser\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n"
                + ContentStart(0)
                + Text(0, "[Purser: out of budget]")
                + ContentEnd(0)
                + MaxTokens(0),
            Format.CutOff(Request, "")
        );

    [Fact]
    public void Cut_after_the_end_then_a_comment_alone() => Assert.Equal(Comment, Format.CutOff(Request, Start + End));

    [Fact]
    public void Closing_text_then_a_delta_at_the_end_of_the_text() =>
        Assert.Equal(Text(2, "Half is used."), Format.Closing(Request, Start + ContentStart(2) + Text(2, "Hi"), ContentEnd(2)));

    [Fact]
    public void Closing_text_after_thinking_then_never_written() =>
        Assert.Null(Format.Closing(Request, Start + ContentStart(0, "thinking"), ContentEnd(0)));

    private static readonly Gen<string> Streams = Gen.Int[0, 2]
        .Array[0, 6]
        .Select(kinds =>
            Start
            + string.Concat(
                kinds.Select(
                    (kind, index) =>
                        kind == 2
                            ? ToolStart(index) + Event("tool-call-end", $",\"index\":{index}")
                            : ContentStart(index, kind == 0 ? "text" : "thinking")
                                + Text(index, "Hé", kind == 0 ? "text" : "thinking")
                                + ContentEnd(index)
                )
            )
            + End
        );

    [Fact]
    public void Any_split_of_a_stream_then_the_same_and_any_cut_then_each_block_that_began_ends() =>
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
                    AssertIsMessage(CutOffPropertyTests.Data(CutOffPropertyTests.Cut(Format, stream, "\n", at, sizes)));
                },
                iter: 5_000
            );

    private static void AssertIsMessage(List<string> events)
    {
        var open = 0;
        for (var index = 0; index < events.Count; index++)
        {
            using var json = JsonDocument.Parse(events[index]);
            var type = json.RootElement.GetProperty("type").GetString()!;
            Assert.Equal(index == 0, type == "message-start");
            Assert.Equal(index == events.Count - 1, type == "message-end");
            open += type.EndsWith("-start", StringComparison.Ordinal) && index > 0 ? 1 : 0;
            open -= type.EndsWith("-end", StringComparison.Ordinal) && type != "message-end" ? 1 : 0;
            Assert.InRange(open, 0, 1);
        }
        Assert.Equal(0, open);
    }

    [Fact]
    public void Embeddings_then_nothing_comes_out_and_billed_units_are_read()
    {
        var facts = Embed.Facts("""{"model":"embed-v4.0","texts":["a","b"],"input_type":"search_document"}""");
        var reading = Embed.Read("""{"id":"e1","embeddings":{"float":[[0.1]]},"meta":{"billed_units":{"input_tokens":12}}}""");

        Assert.Equal((2L, 0L, 0), (facts.Inputs, facts.MaxOutputTokens!.Value, facts.NonTextParts));
        Assert.Equal((12, true), (reading.Usage[UsageClass.Input], reading.UsageIsFinal));
        Assert.Equal(1, Embed.Facts("""{"model":"m","images":["data:image/png;base64,AA=="]}""").NonTextParts);
        Assert.Equal(
            1,
            Embed.Facts("""{"model":"m","inputs":[{"content":[{"type":"image_url","image_url":{"url":"data:,"}}]}]}""").NonTextParts
        );
    }

    [Theory]
    // Ten documents, and nothing that could be more than one each.
    [InlineData("what", 10, 20, 1)]
    // A hundred and one.
    [InlineData("what", 101, 1, 2)]
    // One document of 49,500 bytes beside a query of six in quotes: at most 101 parts, if each byte is a token.
    [InlineData("what", 1, 49_500, 2)]
    public void A_reranking_then_a_bound_on_its_search_units(string query, int documents, int length, long units)
    {
        var list = string.Join(',', Enumerable.Repeat($"\"{new string('x', length)}\"", documents));
        var facts = Rerank.Facts($$"""{"model":"rerank-v3.5","query":"{{query}}","documents":[{{list}}]}""");

        Assert.Equal((units, 0L), (facts.SearchUnits, facts.MaxOutputTokens!.Value));
    }

    [Fact]
    public void A_reranked_answer_then_its_search_units_read()
    {
        var reading = Rerank.Read(
            """{"results":[{"index":1,"relevance_score":0.9}],"id":"r1","meta":{"billed_units":{"search_units":1}}}"""
        );

        Assert.Equal((1, 0, true), (reading.Usage[UsageClass.SearchUnit], reading.Usage.TotalTokens, reading.UsageIsFinal));
        Assert.False(Rerank.Read("""{"results":[],"meta":{}}""").UsageIsFinal);
        Assert.False(Rerank.Read("""{"results":[]}""").UsageIsFinal);
    }

    [Fact]
    public void A_refusal_then_in_Coheres_form()
    {
        var output = new ArrayBufferWriter<byte>();
        Format.WriteError(output, new WireError(402, "budget_exceeded", "It's spent.", RequestId: "r", Details: [new("budget", "search")]));

        Assert.Equal(
            """{"id":"r","message":"It's spent.","code":"budget_exceeded","budget":"search"}""",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
    }

    [Theory]
    [InlineData("command-a", 0)]
    [InlineData("embed-v4.0", 1)]
    [InlineData("rerank-v3.5", 2)]
    public void A_model_then_asked_for_what_it_does(string model, int format)
    {
        var api = ProviderCatalog.FindApi("cohere")!;

        Assert.Equal([ProviderCatalog.CohereFormats[format]], api.Formats.Where(known => api.Speaks(known, model)));
        Assert.Equal("https://c/v2/" + "chat,embed,rerank".Split(',')[format], api.Url("https://c/v2", api.Formats[format], model, false));
    }
}
