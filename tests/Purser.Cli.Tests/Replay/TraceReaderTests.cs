using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Cli.Replay;

namespace Purser.Cli.Tests.Replay;

public sealed class TraceReaderTests
{
    [Fact]
    public void Azure_rows_have_times_counted_from_the_first()
    {
        const string Trace =
            "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n2023-11-16 18:16:46.6805900,2,7\r\n";

        var rows = TraceReader.Read(new StringReader(Trace), 2);

        Assert.Equal([new TraceRow(1, TimeSpan.Zero, 374, 44, null), new TraceRow(2, new TimeSpan(43145790), 396, 109, null)], rows);
    }

    [Fact]
    public void Mooncake_rows_have_blocks()
    {
        const string Trace =
            "{\"timestamp\": 27, \"input_length\": 513, \"output_length\": 5, \"hash_ids\": [0, 14]}\n{\"timestamp\": 3027, \"input_length\": 512, \"output_length\": 6, \"hash_ids\": [0]}\n";

        var rows = TraceReader.Read(new StringReader(Trace), int.MaxValue);

        Assert.Equal(2, rows.Count);
        Assert.Equal((513, 5), (rows[0].InputTokens, rows[0].OutputTokens));
        Assert.Equal([0L, 14L], rows[0].Blocks!);
        Assert.Equal(TimeSpan.FromSeconds(3), rows[1].Offset);
    }

    [Theory]
    [InlineData("a,b\n1,2\n", "line 1: neither the header")]
    [InlineData("", "line 1: neither the header")]
    [InlineData("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374\n", "line 2: not")]
    [InlineData(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n\n2023-11-16 18:15:46.68,0,4\n",
        "line 3: a request has at least one token in and one out"
    )]
    [InlineData(
        "{\"timestamp\": 0, \"input_length\": 513, \"output_length\": 5, \"hash_ids\": [0]}",
        "line 1: 513 tokens are 2 blocks of 512, but hash_ids has 1"
    )]
    [InlineData("{\"timestamp\": 0, \"input_length\": 513}", "line 1: ")]
    public void What_is_not_a_trace_is_refused_with_its_line(string trace, string message) =>
        Assert.StartsWith(
            message,
            Assert.Throws<FormatException>(() => TraceReader.Read(new StringReader(trace), 10)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(374)]
    [InlineData(14050)]
    public void A_prompt_has_exactly_its_tokens(int tokens) =>
        Assert.Equal(tokens, CountTokens(Prompt(new TraceRow(3, TimeSpan.Zero, tokens, 1, null))));

    [Fact]
    public void Equal_blocks_are_equal_text_and_others_are_not()
    {
        var first = Prompt(new TraceRow(1, TimeSpan.Zero, 1024 + 100, 1, [7, 8, 9])).Split(' ');
        var second = Prompt(new TraceRow(2, TimeSpan.Zero, 1024 + 400, 1, [7, 8, 10])).Split(' ');
        var longer = Prompt(new TraceRow(3, TimeSpan.Zero, 1536, 1, [7, 8, 9])).Split(' ');

        Assert.Equal(first[..1024], second[..1024]);
        Assert.NotEqual(first[1024..1124], second[1024..1124]);
        Assert.Equal(first, longer[..1124]);
    }

    [Fact]
    public void Prompts_of_a_trace_without_blocks_begin_differently()
    {
        var beginnings = Enumerable.Range(1, 2000).Select(number => Prompt(new TraceRow(number, TimeSpan.Zero, 8, 1, null)));

        Assert.Equal(2000, beginnings.Distinct().Count());
    }

    [Fact]
    public void A_body_has_public_fields_alone()
    {
        var requests = new ReplayRequest("00ff00ff", "gpt-5-mini");
        var row = new TraceRow(12, TimeSpan.Zero, 3, 44, null);

        var body = JsonNode.Parse(requests.Body(row).Span)!.AsObject();

        Assert.Equal(["model", "max_tokens", "user", "messages"], body.Select(member => member.Key));
        Assert.Equal("gpt-5-mini", (string?)body["model"]);
        Assert.Equal(44, (int?)body["max_tokens"]);
        Assert.Equal("replay-00ff00ff-12", (string?)body["user"]);
        Assert.Equal(3, CountTokens((string)body["messages"]![0]!["content"]!));
        Assert.Equal(12, requests.NumberOf("replay-00ff00ff-12"));
        Assert.Null(requests.NumberOf("replay-00ff00fe-12"));
        Assert.Null(requests.NumberOf(null));
    }

    [Theory]
    [InlineData("AzureLLMInferenceTrace_conv.csv", 19366)]
    [InlineData("mooncake_conversation_trace.jsonl", 12031)]
    public void The_public_traces_are_read_whole(string file, int rows)
    {
        var folder = Environment.GetEnvironmentVariable("PURSER_TRACES");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"{file}: PURSER_TRACES names no folder with the public traces");
        using var reader = File.OpenText(Path.Combine(folder!, file));

        Assert.Equal(rows, TraceReader.Read(reader, int.MaxValue).Count);
    }

    /// <summary>The simulator's rule, once more: five letters or digits of a run are a token, white space is free, all else is one each.</summary>
    internal static int CountTokens(string text)
    {
        var (tokens, run) = (0, 0);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b))
            {
                tokens += run++ % 5 == 0 ? 1 : 0;
                continue;
            }

            run = 0;
            tokens += b is (byte)' ' or (>= 9 and <= 13) ? 0 : 1;
        }

        return tokens;
    }

    private static string Prompt(TraceRow row)
    {
        var text = new ArrayBufferWriter<byte>();
        ReplayRequest.WritePrompt(row, text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
