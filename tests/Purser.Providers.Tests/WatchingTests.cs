using System.Buffers;

namespace Purser.Providers.Tests;

/// <summary>What can be said of a stream's output while it runs.</summary>
public class WatchingTests
{
    private const string MessageStart =
        "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}";
    private const string Thinking =
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}";
    private const string Text = "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}";
    private const string Tool =
        "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}";
    private const string Word = "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}";

    private static UsageReading Watch(WireFormat format, string request, params string[] events)
    {
        var reading = new UsageReading();
        var relay = format.CreateStreamRelay(format.Facts(request), reading);
        var output = new ArrayBufferWriter<byte>();
        foreach (var data in events)
        {
            relay.Relay(Wire.Bytes("data: " + data + "\n\n"), output);
        }
        return reading;
    }

    private static string BlockStop(int index) => $"{{\"type\":\"content_block_stop\",\"index\":{index}}}";

    private static string Delta(string delta) => $"{{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{delta}}}";

    private static string Chunk(string delta, string finish = "null") =>
        $"{{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}";

    [Fact]
    public void Message_events_then_thinking_is_known_where_it_may_run_unseen()
    {
        const string request = """{"model":"m","max_tokens":9,"stream":true}""";
        string[] stream =
        [
            MessageStart,
            Thinking,
            Delta("{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}"),
            BlockStop(0),
            Text,
            Word,
            "{\"type\":\"ping\"}",
            BlockStop(1),
            Tool,
            BlockStop(2),
            "{\"type\":\"content_block_start\",\"index\":3,\"content_block\":{\"type\":\"compaction\",\"content\":null}}",
            BlockStop(3),
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}",
            "{\"type\":\"message_stop\"}",
        ];
        bool[] expected = [true, true, true, true, false, false, false, true, false, true, true, true, false, false];

        for (var count = 0; count < stream.Length; count++)
        {
            var reading = Watch(ProviderCatalog.Messages, request, stream[..(count + 1)]);
            Assert.True(expected[count] == reading.MayThinkUnseen, stream[count]);
        }
    }

    [Theory]
    [InlineData("gpt-4o", false)]
    [InlineData("gpt-5-chat-latest", false)]
    [InlineData("gpt-5.1", true)]
    [InlineData("openai/o3-mini", true)]
    [InlineData("ft:o4-mini:org", true)]
    [InlineData("O1", true)]
    [InlineData("deepseek-reasoner", false)]
    public void Chunks_of_a_model_then_unseen_thinking_by_its_name(string model, bool mayThink)
    {
        var request = $$"""{"model":"{{model}}","stream":true}""";
        string[] stream = [Chunk("{\"role\":\"assistant\",\"content\":\"\"}"), Chunk("{\"content\":\"Hi\"}"), Chunk("{}", "\"stop\"")];

        Assert.True(Watch(ProviderCatalog.Chat, request, stream[..1]).MayThinkUnseen);
        Assert.Equal(mayThink, Watch(ProviderCatalog.Chat, request, stream[..2]).MayThinkUnseen);
        Assert.False(Watch(ProviderCatalog.Chat, request, stream).MayThinkUnseen);
    }

    [Fact]
    public void Chunks_that_name_a_reasoning_model_then_it_counts_for_an_alias() =>
        Assert.True(
            Watch(
                ProviderCatalog.Chat,
                """{"model":"smart","stream":true}""",
                "{\"model\":\"gpt-5-mini\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}"
            ).MayThinkUnseen
        );

    [Fact]
    public void Answers_that_are_whole_then_nothing_is_thought_any_more()
    {
        Assert.False(ProviderCatalog.Chat.Read("""{"choices":[]}""").MayThinkUnseen);
        Assert.False(ProviderCatalog.Messages.Read("""{"content":[]}""").MayThinkUnseen);
    }

    [Theory]
    [InlineData("""{"type":"text_delta","text":"\u00e9"}""", 6)]
    [InlineData("""{"type":"input_json_delta","partial_json":"{}"}""", 2)]
    [InlineData("""{"type":"thinking_delta","thinking":"abc"}""", 3)]
    [InlineData("""{"type":"signature_delta","signature":"abcd"}""", 4)]
    [InlineData("""{"type":"compaction_delta","content":"abc","encrypted_content":"xy"}""", 5)]
    [InlineData("""{"type":"new_delta","words":["ab",{"more":"c"}]}""", 3)]
    [InlineData("""{"type":"citations_delta","citation":{"type":"char_location","cited_text":"abc"}}""", 0)]
    public void Deltas_of_Anthropic_then_their_bytes_bound_the_tokens(string delta, long bytes) =>
        Assert.Equal(
            bytes,
            Watch(ProviderCatalog.Messages, """{"model":"m","max_tokens":9,"stream":true}""", Delta(delta)).RelayedOutputBytes
        );

    [Theory]
    [InlineData("""{"content":"a\n"}""", 3)]
    [InlineData("""{"refusal":"abc"}""", 3)]
    [InlineData("""{"reasoning_content":"abc"}""", 3)]
    [InlineData("""{"reasoning_details":[{"type":"reasoning.encrypted","data":"abc"}]}""", 22)]
    [InlineData("""{"tool_calls":[{"index":0,"id":"t","function":{"name":"fn","arguments":"{}"}}]}""", 5)]
    [InlineData("""{"role":"assistant"}""", 0)]
    public void Deltas_of_OpenAI_then_their_bytes_bound_the_tokens(string delta, long bytes) =>
        Assert.Equal(bytes, Watch(ProviderCatalog.Chat, """{"model":"m","stream":true}""", Chunk(delta)).RelayedOutputBytes);

    [Fact]
    public void Structure_of_OpenAI_then_an_allowance_for_each_choice_and_call()
    {
        var reading = Watch(
            ProviderCatalog.Chat,
            """{"model":"m","stream":true,"n":2}""",
            Chunk("{\"role\":\"assistant\"}"),
            Chunk("{\"content\":\"x\"}"),
            "{\"choices\":[{\"index\":1,\"delta\":{}}]}",
            Chunk("{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}"),
            Chunk("{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"\",\"arguments\":\"{}\"}}]}"),
            Chunk("{\"tool_calls\":[{\"index\":1,\"function\":{\"name\":\"g\"}}]}")
        );

        Assert.Equal(8 + 8 + 32 + 32, reading.StructureTokens);
    }

    [Fact]
    public void Structure_of_Anthropic_then_an_allowance_for_each_block()
    {
        var reading = Watch(
            ProviderCatalog.Messages,
            """{"model":"m","max_tokens":9,"stream":true}""",
            MessageStart,
            Thinking,
            BlockStop(0),
            Text,
            Word,
            BlockStop(1),
            Tool
        );

        Assert.Equal(8 + 8 + 32, reading.StructureTokens);
    }
}
