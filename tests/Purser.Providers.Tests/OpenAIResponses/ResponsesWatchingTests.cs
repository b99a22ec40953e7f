using System.Buffers;

namespace Purser.Providers.Tests.OpenAIResponses;

/// <summary>What can be said of a response's output while it runs.</summary>
public class ResponsesWatchingTests
{
    private static readonly WireFormat Format = ProviderCatalog.Responses;

    private static UsageReading Watch(params string[] events)
    {
        var reading = new UsageReading();
        var relay = Format.CreateStreamRelay(Format.Facts("""{"model":"m","stream":true}"""), reading);
        var output = new ArrayBufferWriter<byte>();
        foreach (var sent in ResponseEvents.Of(events))
        {
            relay.Relay(Wire.Bytes(sent), output);
        }
        return reading;
    }

    [Fact]
    public void Items_then_thinking_is_known_where_it_may_run_unseen()
    {
        string[] stream =
        [
            ResponseEvents.Begin,
            ResponseEvents.Added(0, """{"id":"rs_1","type":"reasoning","summary":[]}"""),
            ResponseEvents.Done(0, """{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gA=="}"""),
            ResponseEvents.Added(1, ResponseEvents.EmptyMessage),
            ResponseEvents.Delta(1, "Hi"),
            ResponseEvents.Done(1, ResponseEvents.Message("Hi")),
            ResponseEvents.Added(2, """{"id":"fc_1","type":"function_call","arguments":"","call_id":"c","name":"f"}"""),
            ResponseEvents.Done(2, """{"id":"fc_1","type":"function_call","arguments":"{}","call_id":"c","name":"f"}"""),
            ResponseEvents.Added(3, """{"id":"ws_1","type":"web_search_call","status":"in_progress"}"""),
            """{"type":"response.completed","response":{"id":"resp_1","status":"completed"}}""",
        ];
        bool[] expected = [true, true, true, false, false, true, false, true, true, false];

        for (var count = 0; count < stream.Length; count++)
        {
            Assert.True(expected[count] == Watch(stream[..(count + 1)]).MayThinkUnseen, stream[count]);
        }
    }

    [Fact]
    public void Text_then_counted_once_however_often_it_is_repeated()
    {
        var reading = Watch(
            ResponseEvents.Begin,
            ResponseEvents.Added(0, ResponseEvents.EmptyMessage),
            ResponseEvents.PartAdded(0),
            ResponseEvents.Delta(0, "Hel"),
            ResponseEvents.Delta(0, "lo"),
            ResponseEvents.TextDone(0, "Hello"),
            ResponseEvents.PartDone(0, "Hello"),
            ResponseEvents.Done(0, ResponseEvents.Message("Hello")),
            $$"""{"type":"response.completed","response":{"id":"resp_1","output":[{{ResponseEvents.Message("Hello")}}]} }"""
        );

        Assert.Equal((5L, 2L, 8L), (reading.RelayedOutputBytes, reading.OutputEvents, reading.StructureTokens));
    }

    [Theory]
    // Summaries, secret forms of reasoning beyond them, arguments that come in one piece, and what isn't known yet.
    [InlineData("""{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"abc"}""", 3)]
    [InlineData("""{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"abc"}""", 3)]
    [InlineData("""{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"\u00e9"}""", 6)]
    [InlineData("""{"type":"response.something_new.delta","delta":"abc","obfuscation":"xxxxxxxx"}""", 3)]
    [InlineData(
        """{"type":"response.output_item.done","output_index":0,"item":{"id":"rs_1","type":"reasoning","encrypted_content":"abcde"}}""",
        5
    )]
    [InlineData(
        """{"type":"response.output_item.done","output_index":1,"item":{"id":"fc_1","type":"function_call","call_id":"c","name":"fn","arguments":"{}"}}""",
        5
    )]
    [InlineData("""{"type":"response.output_text.annotation.added","output_index":0,"annotation":{"url":"abc"}}""", 0)]
    [InlineData("""{"type":"keepalive"}""", 0)]
    public void Events_then_their_bytes_bound_the_tokens(string data, long bytes) =>
        Assert.Equal(
            bytes,
            Watch(
                ResponseEvents.Begin,
                ResponseEvents.Added(0, """{"id":"rs_1","type":"reasoning","summary":[]}"""),
                data
            ).RelayedOutputBytes
        );

    [Fact]
    public void Web_searches_then_counted_as_they_begin()
    {
        const string search = """{"id":"ws_1","type":"web_search_call","status":"in_progress"}""";
        const string done = """{"id":"ws_1","type":"web_search_call","action":{"type":"search","query":"a","queries":["a","b","c"]}}""";
        var reading = Watch(
            ResponseEvents.Begin,
            ResponseEvents.Added(0, search),
            ResponseEvents.Added(1, search),
            ResponseEvents.Done(0, done)
        );

        // Three queries of the first call, and the second one.
        Assert.Equal(4, reading.Usage[Core.Usage.UsageClass.WebSearch]);
    }

    [Fact]
    public void A_call_that_turns_out_to_open_a_page_is_no_search()
    {
        const string call = """{"id":"ws_1","type":"web_search_call","status":"in_progress"}""";
        const string search = """{"id":"ws_1","type":"web_search_call","action":{"type":"search","query":"a"} }""";
        const string page = """{"id":"ws_2","type":"web_search_call","action":{"type":"open_page","url":"https://example.com"} }""";
        var reading = Watch(
            ResponseEvents.Begin,
            ResponseEvents.Added(0, call),
            ResponseEvents.Done(0, search),
            ResponseEvents.Added(1, call),
            ResponseEvents.Done(1, page),
            $$"""{"type":"response.completed","response":{"id":"resp_1","output":[{{search}},{{page}}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2} } }"""
        );

        Assert.Equal(1, reading.Usage[Core.Usage.UsageClass.WebSearch]);
    }
}
