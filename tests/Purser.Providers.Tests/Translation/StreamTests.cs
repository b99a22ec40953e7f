using System.Buffers;
using System.Text;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>Streams that don't go as they should: cut off, ended with an error, ended by Purser, or written oddly.</summary>
public sealed class StreamTests
{
    private const string MessageStart =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";

    private const string Hello =
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n";

    private static string Chunk(string delta, string finish = "null") =>
        $$"""data: {"id":"c1","model":"gpt","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finish}}}]}""" + "\n\n";

    [Fact]
    public void A_stream_that_is_cut_off_then_an_error_in_the_clients_protocol()
    {
        Assert.EndsWith(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"The provider's stream was cut off before its end.\",\"code\":\"stream_cut\"}}\n\n",
            Translate("chat", "messages", Chunk("""{"content":"Hel"}""")),
            StringComparison.Ordinal
        );
        Assert.EndsWith("\"code\":\"stream_cut\"}}\n\n", Translate("messages", "chat", MessageStart + Hello), StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_the_stream_then_an_error_for_the_client()
    {
        const string overloaded =
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
        Assert.EndsWith(
            "data: {\"error\":{\"message\":\"Overloaded\",\"type\":\"server_error\",\"param\":null,\"code\":\"overloaded_error\"}}\n\n",
            Translate("messages", "chat", MessageStart + Hello + overloaded + Hello),
            StringComparison.Ordinal
        );
        const string limited = "data: {\"error\":{\"message\":\"Slow down\",\"type\":\"rate_limit_error\",\"code\":null}}\n\n";
        Assert.EndsWith(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Slow down\",\"code\":\"rate_limit_error\"}}\n\n",
            Translate("chat", "messages", Chunk("""{"content":"Hel"}""") + limited),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_stream_of_chunks_without_its_mark_of_the_end_then_it_ends_well_where_the_choice_did()
    {
        var output = Translate("chat", "messages", Chunk("""{"content":"Hi"}""") + Chunk("{}", "\"stop\""));

        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_of_messages_without_its_last_event_then_it_was_cut_off()
    {
        const string delta =
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n";

        Assert.Contains("stream_cut", Translate("messages", "chat", MessageStart + Hello + delta), StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_whose_arguments_come_by_turns_then_each_gets_its_own()
    {
        var events = Events(
            "chat",
            Chunk(
                """{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]}"""
            )
                + Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"}"}}]}""")
                + Chunk("{}", "\"tool_calls\"")
                + "data: [DONE]\n\n"
        );

        Assert.Equal(
            [
                "Start id=c1 name=gpt",
                "BlockStart 0 ToolCall id=a name=f",
                "Delta 0 ToolCall '{\"x\":'",
                "BlockStart 1 ToolCall id=b name=g",
                "Delta 1 ToolCall '{'",
                "Delta 0 ToolCall '1}'",
                "Delta 1 ToolCall '}'",
                "BlockEnd 0 ToolCall",
                "BlockEnd 1 ToolCall",
                "Finish stop=ToolCalls",
                "End",
            ],
            events
        );
    }

    [Fact]
    public void Calls_that_all_have_the_index_0_or_no_id_then_they_are_told_apart()
    {
        var events = Events(
            "chat",
            Chunk("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}""")
                + Chunk("""{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}]}""")
                + Chunk("""{"tool_calls":[{"index":2,"function":{"name":"g","arguments":"{}"}}]}""")
                + Chunk("{}", "\"stop\"")
        );

        Assert.Equal(3, events.Count(one => one.StartsWith("BlockStart", StringComparison.Ordinal)));
        Assert.Contains(events, one => one.StartsWith("BlockStart 2 ToolCall id=call_", StringComparison.Ordinal));
        Assert.Contains("Finish stop=ToolCalls", events);
    }

    [Fact]
    public void Members_in_another_order_then_the_same_events()
    {
        var events = Events(
            "chat",
            "data: {\"choices\":[{\"finish_reason\":\"length\",\"delta\":{\"content\":\"a\\ud83d\\ude00\\ud83d\"},\"index\":1}],\"usage\":null,\"model\":\"m\",\"id\":\"i\"}\n\ndata: [DONE]\n\n"
        );

        Assert.Equal(
            [
                "Start id=i name=m",
                "BlockStart 0 Text choice=1",
                "Delta 0 Text 'a😀\uFFFD' choice=1",
                "BlockEnd 0 Text choice=1",
                "Finish stop=Length choice=1",
                "End",
            ],
            events
        );
    }

    // Mistral's Magistral.
    [Fact]
    public void Content_in_pieces_then_text_and_reasoning()
    {
        var events = Events(
            "chat",
            Chunk("""{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]}""")
                + Chunk("""{"content":[{"type":"thinking","thinking":[{"type":"text","text":"."}]},{"type":"text","text":"Hi"}]}""")
                + Chunk("""{"content":" you"}""", "\"stop\"")
        );

        Assert.Equal(
            [
                "Start id=c1 name=gpt",
                "BlockStart 0 Reasoning",
                "Delta 0 Reasoning 'Hm'",
                "Delta 0 Reasoning '.'",
                "BlockEnd 0 Reasoning",
                "BlockStart 1 Text",
                "Delta 1 Text 'Hi'",
                "Delta 1 Text ' you'",
                "BlockEnd 1 Text",
                "Finish stop=EndTurn",
                "End",
            ],
            events
        );
    }

    [Theory]
    [InlineData("chat", "data: [DONE]\n\n", "Start|End")]
    [InlineData("chat", "data: 1\n\n", "Error")]
    [InlineData(
        "chat",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}}]}\n\n",
        "Start|Error"
    )]
    [InlineData("messages", "data: {\"type\":\"message_stop\"}\n\n", "Finish stop=Unknown|End")]
    [InlineData("messages", "data: []\n\n", "Error")]
    [InlineData("messages", "", "Error")]
    public void A_stream_that_says_little_then_it_still_ends(string format, string stream, string expected) =>
        Assert.Equal(
            expected,
            string.Join('|', Events(format, stream).Select(one => one.StartsWith("Error", StringComparison.Ordinal) ? "Error" : one))
        );

    [Fact]
    public void Purser_cuts_a_stream_off_then_a_well_formed_stop_at_the_limit()
    {
        var relay = Relay("messages", "chat");
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Wire.Bytes(Chunk("""{"content":"Hello"}""")), output);
        output.ResetWrittenCount();
        relay.CutOff(new CutOff("the budget is used up"), output);
        relay.Relay(Wire.Bytes(Chunk("""{"content":" more"}""")), output);
        relay.Complete(output);

        Assert.Equal(
            ": the budget is used up\n\n"
                + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\n\\n[Purser: the budget is used up]\"}}\n\n"
                + "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
                + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\",\"stop_sequence\":null},\"usage\":{\"input_tokens\":0,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":2}}\n\n"
                + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
        Assert.True(relay.HasEnded);
    }

    [Fact]
    public void Purser_cuts_a_stream_off_before_it_began_then_it_begins_and_ends()
    {
        var relay = Relay("chat", "messages");
        var output = new ArrayBufferWriter<byte>();
        relay.CutOff(new CutOff("no more"), output);
        var lines = TranslationVectors.Events(output.WrittenSpan);

        Assert.Equal(": no more", lines[0]);
        Assert.Contains("[Purser: no more]", lines[2], StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"length\"", lines[^2], StringComparison.Ordinal);
        Assert.Equal("data: [DONE]", lines[^1]);
    }

    [Fact]
    public void Purser_cuts_a_stream_off_in_a_tool_call_then_no_notice_is_in_the_answer()
    {
        var relay = Relay("messages", "chat");
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(Wire.Bytes(Chunk("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}""")), output);
        relay.CutOff(new CutOff("no more"), output);
        var text = Encoding.UTF8.GetString(output.WrittenSpan);

        Assert.DoesNotContain("[Purser", text, StringComparison.Ordinal);
        Assert.Contains("content_block_stop", text, StringComparison.Ordinal);
        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closing_text_then_it_is_at_the_end_of_the_first_text()
    {
        var relay = Relay("messages", "chat");
        var output = new ArrayBufferWriter<byte>();
        relay.CloseWith("\nBye");
        relay.Relay(Wire.Bytes(Chunk("""{"content":"Hi"}""") + Chunk("{}", "\"stop\"")), output);
        relay.Complete(output);
        var deltas = TranslationVectors
            .Events(output.WrittenSpan)
            .Where(line => line.Contains("text_delta", StringComparison.Ordinal))
            .ToList();

        Assert.True(relay.IsClosed);
        Assert.Equal(2, deltas.Count);
        Assert.Contains("\\nBye", deltas[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_relay_then_the_providers_own_format_meters_it()
    {
        var reading = new UsageReading();
        var facts = ProviderCatalog.Chat.Facts("""{"model":"m","stream":true,"stream_options":{"include_usage":true}}""");
        var context = Context("messages");
        var relay = new TranslatingRelay(
            ProviderCatalog.Chat.CreateStreamRelay(facts, reading),
            FormatTranslators.Find("chat")!.CreateStreamReader(context),
            FormatTranslators.Find("messages")!.CreateStreamWriter(context),
            textIsJson: false
        );
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(
            Wire.Bytes(
                Chunk("{}", "\"stop\"")
                    + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n"
            ),
            output
        );
        relay.Complete(output);

        Assert.True(reading.UsageIsFinal);
        Assert.Equal(3, reading.Usage.InputTokens);
    }

    [Theory]
    [InlineData("chat", "messages")]
    [InlineData("messages", "chat")]
    public void A_piece_of_text_then_nothing_is_allocated(string provider, string client)
    {
        var context = Context(client);
        using var reader = FormatTranslators.Find(provider)!.CreateStreamReader(context);
        var sink = new WritingSink(FormatTranslators.Find(client)!.CreateStreamWriter(context));
        reader.Feed(Wire.Bytes(provider == "chat" ? Chunk("""{"content":"Hi"}""") : MessageStart + Hello), sink);
        var piece = Wire.Bytes(
            provider == "chat"
                ? Chunk("""{"content":"some \"text\""}""")
                : "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"some \\\"text\\\"\"}}\n\n"
        );

        var allocated = Allocated.By(() =>
        {
            for (var index = 0; index < 1000; index++)
            {
                sink.Output.ResetWrittenCount();
                reader.Feed(piece, sink);
            }
        });

        Assert.InRange(allocated, 0, 1000);
    }

    private static AnswerContext Context(string client) =>
        new(new CanonicalRequest { Model = "asked", Format = client }, TranslationVectors.AnswerId, TranslationVectors.Created);

    private static TranslatingRelay Relay(string client, string provider)
    {
        var context = Context(client);
        var meter = ProviderCatalog.Formats.Single(format => format.Name == provider);
        return new TranslatingRelay(
            meter.CreateStreamRelay(meter.Facts("""{"model":"m","max_tokens":9,"messages":[],"stream":true}"""), new UsageReading()),
            FormatTranslators.Find(provider)!.CreateStreamReader(context),
            FormatTranslators.Find(client)!.CreateStreamWriter(context),
            textIsJson: false
        );
    }

    private static string Translate(string provider, string client, string stream)
    {
        var context = Context(client);
        var sink = new WritingSink(FormatTranslators.Find(client)!.CreateStreamWriter(context));
        using var reader = FormatTranslators.Find(provider)!.CreateStreamReader(context);
        reader.Feed(Wire.Bytes(stream), sink);
        reader.End(sink);
        return Encoding.UTF8.GetString(sink.Output.WrittenSpan);
    }

    private static List<string> Events(string provider, string stream)
    {
        var sink = new ShortSink();
        using var reader = FormatTranslators.Find(provider)!.CreateStreamReader(Context(provider));
        reader.Feed(Wire.Bytes(stream), sink);
        reader.End(sink);
        return sink.Events;
    }

    // What there is to say of an event, and no more.
    private sealed class ShortSink : CanonicalEvents
    {
        public List<string> Events { get; } = [];

        public override void Take(in CanonicalEvent next)
        {
            var isBlock = next.Kind is CanonicalEventKind.BlockStart or CanonicalEventKind.Delta or CanonicalEventKind.BlockEnd;
            Events.Add(
                next.Kind
                    + (isBlock ? $" {next.Block} {next.Part}" : "")
                    + (next.Text.IsEmpty ? "" : $" '{Encoding.UTF8.GetString(next.Text)}'")
                    + (next.Id is null ? "" : $" id={next.Id}")
                    + (next.Name is null ? "" : $" name={next.Name}")
                    + (next.Kind == CanonicalEventKind.Finish ? $" stop={next.Stop}" : "")
                    + (next.Choice == 0 ? "" : $" choice={next.Choice}")
            );
        }
    }
}
