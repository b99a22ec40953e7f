namespace Purser.Providers.Tests.Anthropic;

public class AnthropicCutOffTests
{
    private const string Request = """{"model":"claude","max_tokens":100,"stream":true}""";

    private const string Start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-1\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";

    private const string Comment = ": out of budget\n\n";
    private const string Stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private static readonly WireFormat Format = ProviderCatalog.Messages;

    private static string Block(int index, string block) =>
        $"event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{block}}}\n\n";

    private static string Delta(int index, string delta) =>
        $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{delta}}}\n\n";

    private static string Text(int index, string text) => Delta(index, $"{{\"type\":\"text_delta\",\"text\":\"{text}\"}}");

    private static string BlockStop(int index) =>
        $"event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":{index}}}\n\n";

    private static string MaxTokens(int output) =>
        $"event: message_delta\ndata: {{\"type\":\"message_delta\",\"delta\":{{\"stop_reason\":\"max_tokens\",\"stop_sequence\":null}},\"usage\":{{\"output_tokens\":{output}}}}}\n\n";

    private static string OpenText(int index) => Block(index, """{"type":"text","text":""}""");

    [Fact]
    public void Cut_in_text_then_notice_block_end_reason_and_end() =>
        Assert.Equal(
            Comment + Text(0, "\\n\\n[Purser: out of budget]") + BlockStop(0) + MaxTokens(3) + Stop,
            // Nine bytes: about three tokens.
            Format.CutOff(Request, Start + OpenText(0) + Text(0, "Hello you"))
        );

    [Theory]
    [InlineData("tool_use")]
    [InlineData("server_tool_use")]
    [InlineData("mcp_tool_use")]
    public void Cut_in_the_arguments_of_a_tool_then_the_notice_is_a_comment_alone(string type) =>
        Assert.Equal(
            Comment + BlockStop(1) + MaxTokens(3) + Stop,
            // "ok", "t1", "f" and seven bytes of arguments: twelve.
            Format.CutOff(
                Request,
                Start
                    + OpenText(0)
                    + Text(0, "ok")
                    + BlockStop(0)
                    + Block(1, $$"""{"type":"{{type}}","id":"t1","name":"f","input":{} }""")
                    + Delta(1, """{"type":"input_json_delta","partial_json":"{\"a\":"}""")
            )
        );

    [Fact]
    public void Cut_in_thinking_then_the_notice_is_a_text_after_it() =>
        Assert.Equal(
            Comment
                + BlockStop(0)
                + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
                + Text(1, "[Purser: out of budget]")
                + BlockStop(1)
                + MaxTokens(1)
                + Stop,
            Format.CutOff(
                Request,
                Start
                    + Block(0, """{"type":"thinking","thinking":"","signature":""}""")
                    + Delta(0, """{"type":"thinking_delta","thinking":"Hm"}""")
            )
        );

    [Fact]
    public void Cut_between_two_texts_then_the_notice_is_a_text_of_its_own() =>
        Assert.Equal(
            Comment + OpenText(1) + Text(1, "\\n\\n[Purser: out of budget]") + BlockStop(1) + MaxTokens(1) + Stop,
            Format.CutOff(Request, Start + OpenText(0) + Text(0, "ok") + BlockStop(0))
        );

    [Fact]
    public void Cut_after_a_tool_call_then_no_text_follows_it() =>
        Assert.Equal(
            Comment + MaxTokens(1) + Stop,
            Format.CutOff(Request, Start + Block(0, """{"type":"tool_use","id":"t","name":"f","input":{}}""") + BlockStop(0))
        );

    [Fact]
    public void Cut_after_the_stop_reason_then_only_the_end() =>
        Assert.Equal(
            Comment + Stop,
            Format.CutOff(
                Request,
                Start
                    + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n"
            )
        );

    [Fact]
    public void Cut_after_the_end_then_a_comment_alone() => Assert.Equal(Comment, Format.CutOff(Request, Start + Stop));

    [Fact]
    public void Cut_before_anything_then_a_whole_message() =>
        Assert.Equal(
            Comment
                + "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_purser\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":0,\"output_tokens\":0}}}\n\n"
                + OpenText(0)
                + Text(0, "[Purser: out of budget]")
                + BlockStop(0)
                + MaxTokens(0)
                + Stop,
            Format.CutOff(Request, "event: ping\ndata: {\"type\":\"ping\"}\n\nevent: message_st")
        );

    [Theory]
    [InlineData("""{"model":"m","stream":true,"output_config":{"effort":"low","format":{"type":"json_schema"}}}""", true)]
    [InlineData("""{"model":"m","stream":true,"output_format":{"type":"json_schema"}}""", true)]
    [InlineData("""{"model":"m","stream":true,"output_config":{"effort":"low"}}""", false)]
    public void Text_that_must_be_JSON_then_the_notice_is_a_comment_alone(string request, bool isJson)
    {
        var sent = Start + OpenText(0) + Text(0, "{}");

        var notice = isJson ? "" : Text(0, "\\n\\n[Purser: out of budget]");
        Assert.Equal(Comment + notice + BlockStop(0) + MaxTokens(1) + Stop, Format.CutOff(request, sent));
        Assert.Equal(isJson, Format.Closing(request, sent, BlockStop(0)) is null);
    }

    [Fact]
    public void Closing_text_then_a_delta_at_the_end_of_that_block() =>
        Assert.Equal(Text(2, "Half is used."), Format.Closing(Request, Start + OpenText(2) + Text(2, "Hi"), BlockStop(2)));

    [Theory]
    [InlineData("""{"type":"thinking","thinking":""}""")]
    [InlineData("""{"type":"tool_use","id":"t","name":"f","input":{}}""")]
    [InlineData("""{"type":"redacted_thinking","data":"abc"}""")]
    public void Closing_text_where_no_text_ends_then_never_written(string block) =>
        Assert.Null(Format.Closing(Request, Start + Block(0, block), BlockStop(0)));
}
