using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Tests.OpenAIResponses;

public class ResponsesCutOffTests
{
    private const string Request = """{"model":"gpt-1","stream":true}""";
    private const string Reasoning = """{"id":"rs_1","type":"reasoning","summary":[]}""";

    private static readonly WireFormat Format = ProviderCatalog.Responses;

    private static string Sent(params string[] events) => string.Concat(ResponseEvents.Of(events));

    private static JsonElement[] Cut(string sent, string request = Request)
    {
        var output = Format.CutOff(request, sent);
        Assert.StartsWith(": out of budget\n\n", output, StringComparison.Ordinal);
        return
        [
            .. output
                .Split('\n')
                .Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
                .Select(line => JsonSerializer.Deserialize<JsonElement>(line[6..])),
        ];
    }

    private static string[] Types(JsonElement[] events) => [.. events.Select(sent => sent.GetProperty("type").GetString()!)];

    [Fact]
    public void Cut_in_text_then_what_is_open_ends_from_the_inside_out() =>
        Assert.Equal(
            ": out of budget\n\n"
                + "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"\\n\\n[Purser: out of budget]\",\"logprobs\":[],\"sequence_number\":4}\n\n"
                + "event: response.output_text.done\ndata: {\"type\":\"response.output_text.done\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"text\":\"Hello\\n\\n[Purser: out of budget]\",\"logprobs\":[],\"sequence_number\":5}\n\n"
                + "event: response.content_part.done\ndata: {\"type\":\"response.content_part.done\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"Hello\\n\\n[Purser: out of budget]\"},\"sequence_number\":6}\n\n"
                + "event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"status\":\"incomplete\",\"content\":[{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"Hello\\n\\n[Purser: out of budget]\"}]},\"sequence_number\":7}\n\n"
                + "event: response.incomplete\ndata: {\"type\":\"response.incomplete\",\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":7,\"error\":null,\"model\":\"gpt-1\",\"tools\":[],\"metadata\":{},\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"output\":[{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"status\":\"incomplete\",\"content\":[{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"Hello\\n\\n[Purser: out of budget]\"}]}],\"usage\":{\"input_tokens\":0,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":2,\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":2}},\"sequence_number\":8}\n\n",
            Format.CutOff(Request, string.Concat(ResponseEvents.Text("Hello")[..4]))
        );

    [Fact]
    public void Cut_in_the_arguments_of_a_function_then_no_text_and_the_call_is_incomplete()
    {
        var events = Cut(
            Sent(
                ResponseEvents.Begin,
                ResponseEvents.Added(
                    0,
                    """{"id":"fc_1","type":"function_call","status":"in_progress","arguments":"","call_id":"c","name":"f"}"""
                ),
                """{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":0,"delta":"{\"a\":"}"""
            )
        );

        Assert.Equal(["response.function_call_arguments.done", "response.output_item.done", "response.incomplete"], Types(events));
        Assert.Equal("{\"a\":", events[0].GetProperty("arguments").GetString());
        var item = events[1].GetProperty("item");
        Assert.Equal(("incomplete", "{\"a\":"), (item.GetProperty("status").GetString(), item.GetProperty("arguments").GetString()));
        Assert.Equal([3, 4, 5], events.Select(sent => sent.GetProperty("sequence_number").GetInt32()));
    }

    [Fact]
    public void Cut_in_the_input_of_a_custom_tool_then_nothing_tells_the_client_to_run_it()
    {
        var events = Cut(
            Sent(
                ResponseEvents.Begin,
                ResponseEvents.Added(
                    0,
                    """{"id":"ct_1","type":"custom_tool_call","status":"in_progress","input":"","call_id":"c","name":"sh"}"""
                ),
                """{"type":"response.custom_tool_call_input.delta","item_id":"ct_1","output_index":0,"delta":"rm -r tmp"}"""
            )
        );

        var last = Assert.Single(events).GetProperty("response").GetProperty("output")[0];
        Assert.Equal(("incomplete", "rm -r tmp"), (last.GetProperty("status").GetString(), last.GetProperty("input").GetString()));
    }

    [Fact]
    public void Cut_in_reasoning_then_the_notice_is_a_message_after_it()
    {
        var events = Cut(
            Sent(
                ResponseEvents.Begin,
                ResponseEvents.Added(0, Reasoning),
                """{"type":"response.reasoning_summary_part.added","item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}""",
                """{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Hm"}"""
            )
        );

        Assert.Equal(
            [
                "response.reasoning_summary_text.done",
                "response.reasoning_summary_part.done",
                "response.output_item.done",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.incomplete",
            ],
            Types(events)
        );
        var output = events[^1].GetProperty("response").GetProperty("output");
        Assert.Equal("Hm", output[0].GetProperty("summary")[0].GetProperty("text").GetString());
        Assert.Equal("[Purser: out of budget]", output[1].GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public void Cut_after_a_function_call_then_no_text_follows_it() =>
        Assert.Equal(
            ["response.incomplete"],
            Types(
                Cut(
                    Sent(
                        ResponseEvents.Begin,
                        ResponseEvents.Added(0, """{"id":"fc_1","type":"function_call","arguments":"","call_id":"c","name":"f"}"""),
                        ResponseEvents.Done(0, """{"id":"fc_1","type":"function_call","arguments":"{}","call_id":"c","name":"f"}""")
                    )
                )
            )
        );

    [Fact]
    public void Cut_before_anything_then_a_whole_response()
    {
        var events = Cut("event: response.cre");

        Assert.Equal("response.created", Types(events)[0]);
        Assert.Equal("response.incomplete", Types(events)[^1]);
        Assert.Equal(Enumerable.Range(0, events.Length), events.Select(sent => sent.GetProperty("sequence_number").GetInt32()));
    }

    [Fact]
    public void Cut_after_the_end_then_a_comment_alone() => Assert.Empty(Cut(string.Concat(ResponseEvents.Text("Hello"))));

    [Fact]
    public void Text_that_must_be_JSON_then_the_notice_is_a_comment_alone()
    {
        const string request = """{"model":"m","stream":true,"text":{"format":{"type":"json_schema"}}}""";
        var sent = string.Concat(ResponseEvents.Text("{}")[..4]);

        Assert.DoesNotContain("[Purser", string.Concat(Cut(sent, request).Select(said => said.ToString())), StringComparison.Ordinal);
        Assert.Null(Format.Closing(request, sent, ResponseEvents.Text("{}")[4]));
    }

    [Fact]
    public void Closing_text_then_a_delta_and_the_events_after_it_are_renumbered()
    {
        var stream = ResponseEvents.Text("Hello");
        var relay = Format.CreateStreamRelay(Format.Facts(Request), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        relay.CloseWith(" Half is used.");
        relay.Relay(Wire.Bytes(string.Concat(stream)), output);

        var lines = Encoding.UTF8.GetString(output.WrittenSpan).Split('\n');
        JsonElement[] events =
        [
            .. lines
                .Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
                .Select(line => JsonSerializer.Deserialize<JsonElement>(line[6..])),
        ];
        Assert.Equal(Enumerable.Range(0, 9), events.Select(sent => sent.GetProperty("sequence_number").GetInt32()));
        Assert.Equal(("response.output_text.delta", " Half is used."), (Types(events)[4], events[4].GetProperty("delta").GetString()));
    }

    [Theory]
    [InlineData(Reasoning)]
    [InlineData("""{"id":"fc_1","type":"function_call","arguments":"","call_id":"c","name":"f"}""")]
    [InlineData("""{"id":"ws_1","type":"web_search_call","status":"in_progress"}""")]
    public void Closing_text_where_no_text_ends_then_never_written(string item)
    {
        var events = ResponseEvents.Of(ResponseEvents.Begin, ResponseEvents.Added(0, item), ResponseEvents.Done(0, item));

        Assert.Null(Format.Closing(Request, events[0] + events[1], events[2]));
    }
}
