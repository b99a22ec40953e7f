using System.Buffers;
using System.Text;

namespace Purser.Providers.Tests.OpenAI;

public class OpenAICutOffTests
{
    private const string Request = """{"model":"gpt","stream":true,"stream_options":{"include_usage":true}}""";

    private const string Opened =
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";

    private const string Head =
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-1\",\"choices\":[";
    private const string Length = Head + "{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
    private const string Done = "data: [DONE]\n\n";
    private const string Comment = ": out of budget\n\n";

    private const string Finish = "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

    private static readonly WireFormat Format = ProviderCatalog.Chat;

    private static string Delta(string delta, int index = 0) =>
        $"data: {{\"id\":\"c1\",\"choices\":[{{\"index\":{index},\"delta\":{delta},\"finish_reason\":null}}]}}\n\n";

    private static string Noticed(string text, int index = 0) =>
        Head + $"{{\"index\":{index},\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n";

    [Fact]
    public void Cut_in_text_then_notice_length_and_end() =>
        Assert.Equal(
            Comment + Noticed("\\n\\n[Purser: out of budget]") + Length + Done,
            Format.CutOff(Request, Opened + Delta("""{"content":"Hi"}"""))
        );

    [Theory]
    [InlineData("")]
    [InlineData("""{"reasoning_content":"Hm"}""")]
    [InlineData("""{"reasoning":"Hm","content":null}""")]
    public void Cut_before_the_text_then_the_notice_is_the_text(string delta) =>
        Assert.Equal(
            Comment + Noticed("[Purser: out of budget]") + Length + Done,
            Format.CutOff(Request, Opened + (delta.Length == 0 ? "" : Delta(delta)))
        );

    [Theory]
    [InlineData("""{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]}""")]
    [InlineData("""{"function_call":{"name":"f","arguments":"{"}}""")]
    [InlineData("""{"refusal":"I can't"}""")]
    [InlineData("""{"audio":{"data":"AAAA"}}""")]
    public void Cut_in_what_text_must_not_follow_then_the_notice_is_a_comment_alone(string delta) =>
        Assert.Equal(Comment + Length + Done, Format.CutOff(Request, Opened + Delta("""{"content":"Hi"}""") + Delta(delta)));

    [Theory]
    [InlineData("""{"type":"json_object"}""", true)]
    [InlineData("""{"json_schema":{},"type":"json_schema"}""", true)]
    [InlineData("""{"type":"text","type":"json_object"}""", true)]
    [InlineData("""{"type":"text"}""", false)]
    [InlineData("null", false)]
    public void Cut_in_text_that_must_be_JSON_then_the_notice_is_a_comment_alone(string format, bool isJson)
    {
        var request = $$"""{"model":"gpt","stream":true,"response_format":{{format}}}""";
        var sent = Opened + Delta("""{"content":"{}"}""");

        var end = Format.CutOff(request, sent);

        Assert.Equal(Comment + (isJson ? "" : Noticed("\\n\\n[Purser: out of budget]")) + Length + Done, end);
        Assert.Equal(isJson, Format.Closing(request, sent, Finish) is null);
    }

    [Fact]
    public void Cut_with_several_choices_then_each_that_is_open_ends()
    {
        var finished = "data: {\"id\":\"c1\",\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
        var sent = Opened + Delta("""{"content":"a"}""", 1) + finished + Delta("""{"content":"b"}""", 3) + Delta("""{"content":"c"}""");

        Assert.Equal(
            Comment
                + Noticed("\\n\\n[Purser: out of budget]")
                + Length
                + Noticed("\\n\\n[Purser: out of budget]", 3)
                + Length.Replace("\"index\":0", "\"index\":3", StringComparison.Ordinal)
                + Done,
            Format.CutOff(Request, sent)
        );
    }

    [Fact]
    public void Cut_after_the_finish_reason_then_only_the_end() =>
        Assert.Equal(
            Comment + Done,
            Format.CutOff(
                Request,
                Opened + "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n"
            )
        );

    [Fact]
    public void Cut_after_the_end_then_a_comment_alone() => Assert.Equal(Comment, Format.CutOff(Request, Opened + Done));

    [Fact]
    public void Cut_before_anything_then_a_whole_answer() =>
        Assert.Equal(
            Comment
                + "data: {\"id\":\"chatcmpl-purser\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"gpt\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"[Purser: out of budget]\"},\"finish_reason\":null}]}\n\n"
                + "data: {\"id\":\"chatcmpl-purser\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"gpt\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n"
                + Done,
            Format.CutOff(Request, "")
        );

    [Fact]
    public void Cut_within_an_event_then_its_beginning_is_dropped() =>
        Assert.Equal(
            Comment + Noticed("\\n\\n[Purser: out of budget]") + Length + Done,
            Format.CutOff(Request, Opened + Delta("""{"content":"Hi"}""") + "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_ca")
        );

    [Fact]
    public void Cut_within_an_event_that_is_too_large_then_the_event_is_ended()
    {
        var sent = Opened + "data: \"" + new string('x', StreamRelay.MaxEventBytes);

        Assert.Equal("\n\n" + Comment + Noticed("[Purser: out of budget]") + Length + Done, Format.CutOff(Request, sent));
    }

    [Fact]
    public void Notice_with_signs_and_line_ends_then_one_line_and_valid_JSON()
    {
        var end = Format.CutOff(Request, Opened + Delta("""{"content":"Hi"}"""), "team \"é\"\r\ndata: x\n");

        Assert.StartsWith(": team \"é\"data: x\n\ndata: {\"id\"", end, StringComparison.Ordinal);
        Assert.Contains("[Purser: team \\\"é\\\"data: x]", end, StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_cut_then_nothing_is_appended_but_the_usage_is_still_read()
    {
        var reading = new UsageReading();
        var relay = Format.CreateStreamRelay(Format.Facts(Request), reading);
        var output = new ArrayBufferWriter<byte>();
        var usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n";
        relay.Relay(Wire.Bytes(Opened + usage[..20]), output);
        relay.CutOff(new CutOff("no"), output);
        var length = output.WrittenCount;

        relay.Relay(Wire.Bytes(usage[20..] + Done), output);
        relay.CutOff(new CutOff("no"), output);
        relay.Complete(output);
        relay.WriteError(new WireError(500, "x", "y"), output);

        Assert.Equal(length, output.WrittenCount);
        Assert.Equal((true, 3L, 4L), (reading.UsageIsFinal, reading.Usage.InputTokens, reading.Usage.OutputTokens));

        relay.WriteFigure("x-purser-cost-usd", "1", output);
        Assert.EndsWith("data: [DONE]\n\n: x-purser-cost-usd=1\n\n", Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void Closing_text_then_a_delta_before_the_finish_reason() =>
        Assert.Equal(Noticed("Half is used."), Format.Closing(Request, Opened + Delta("""{"content":"Hi"}"""), Finish));

    [Fact]
    public void Closing_text_then_before_the_tool_that_follows() =>
        Assert.Equal(
            Noticed("Half is used."),
            Format.Closing(Request, Opened + Delta("""{"content":"Hi"}"""), Delta("""{"tool_calls":[{"index":0,"id":"t"}]}"""))
        );

    [Theory]
    [InlineData("", "")]
    [InlineData(Opened, "")]
    [InlineData(Opened, """{"reasoning_content":"x"}""")]
    [InlineData(Opened, """{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]}""")]
    public void Closing_text_where_no_text_ends_then_never_written(string sent, string delta) =>
        Assert.Null(Format.Closing(Request, sent + (delta.Length == 0 ? "" : Delta(delta)), Finish));

    [Fact]
    public void Closing_text_where_the_last_word_comes_with_the_end_then_never_written() =>
        Assert.Null(
            Format.Closing(
                Request,
                Opened + Delta("""{"content":"Hi"}"""),
                "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n"
            )
        );
}
