using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;

namespace Purser.Providers.Tests;

/// <summary>A stream that is split anywhere and cut anywhere is still one that its clients accept.</summary>
public class CutOffPropertyTests
{
    private const string Request = """{"model":"m","max_tokens":100,"stream":true,"stream_options":{"include_usage":true},"n":2}""";
    private const string Notice = "out of \"budget\"";

    private static readonly string[] Blocks =
    [
        """{"type":"text","text":""}|{"type":"text_delta","text":"Hé\n"}""",
        """{"type":"thinking","thinking":""}|{"type":"thinking_delta","thinking":"Hm"}|{"type":"signature_delta","signature":"ab"}""",
        """{"type":"redacted_thinking","data":"ab"}""",
        """{"type":"tool_use","id":"t","name":"f","input":{}}|{"type":"input_json_delta","partial_json":"{\"a\":"}|{"type":"input_json_delta","partial_json":"1}"}""",
    ];

    private static readonly string[] Deltas =
    [
        """{"role":"assistant","content":""}""",
        """{"content":"Hé\n"}""",
        """{"reasoning_content":"Hm"}""",
        """{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\"a\":"}}]}""",
        """{"refusal":"no"}""",
        "{}",
    ];

    private static readonly Gen<string> Messages = Gen.Int[0, Blocks.Length - 1].Array[0, 5].Select(Message);

    private static readonly Gen<string> Chunks = Gen.Select(Gen.Int[0, Deltas.Length - 1], Gen.Int[0, 2], Gen.Int[0, 9])
        .Array[0, 8]
        .Select(Completion);

    private static string Message(int[] kinds)
    {
        var stream = new StringBuilder();
        Event(
            stream,
            """{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"model":"m","usage":{"input_tokens":1,"output_tokens":1}}}"""
        );
        Event(stream, """{"type":"ping"}""");
        for (var index = 0; index < kinds.Length; index++)
        {
            var parts = Blocks[kinds[index]].Split('|');
            Event(stream, $$"""{"type":"content_block_start","index":{{index}},"content_block":{{parts[0]}} }""");
            foreach (var delta in parts[1..])
            {
                Event(stream, $$"""{"type":"content_block_delta","index":{{index}},"delta":{{delta}} }""");
            }
            Event(stream, $$"""{"type":"content_block_stop","index":{{index}}}""");
        }
        Event(stream, """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}""");
        Event(stream, """{"type":"message_stop"}""");
        return stream.ToString();
    }

    private static void Event(StringBuilder stream, string data)
    {
        using var json = JsonDocument.Parse(data);
        stream.Append("event: ").Append(json.RootElement.GetProperty("type").GetString()).Append("\ndata: ").Append(data).Append("\n\n");
    }

    private static string Completion((int Delta, int Index, int Finish)[] chunks)
    {
        var stream = new StringBuilder();
        var finished = new HashSet<int>();
        foreach (var (delta, index, finish) in chunks)
        {
            if (finished.Contains(index))
            {
                continue;
            }
            var reason = finish == 0 && finished.Add(index) ? "\"stop\"" : "null";
            stream.Append(
                $$"""data: {"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":{{index}},"delta":{{Deltas[delta]}},"finish_reason":{{reason}} }]}"""
            );
            stream.Append("\n\n");
        }
        return stream.Append("data: [DONE]\n\n").ToString();
    }

    /// <summary>What a client gets of a stream that comes in pieces and is cut off somewhere.</summary>
    internal static string Cut(WireFormat format, string stream, string lineEnd, int at, int[] sizes)
    {
        var bytes = Wire.Bytes(stream.Replace("\n", lineEnd, StringComparison.Ordinal));
        var end = at % (bytes.Length + 1);
        var relay = format.CreateStreamRelay(format.Facts(Request), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        for (int position = 0, next = 0; position < end; next++)
        {
            var size = Math.Min(sizes[next % sizes.Length], end - position);
            relay.Relay(bytes.AsSpan(position, size), output);
            position += size;
        }
        relay.CutOff(new CutOff(Notice), output);
        var written = output.WrittenCount;
        relay.Relay(bytes.AsSpan(end), output);
        relay.Complete(output);
        Assert.Equal(written, output.WrittenCount);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>A reader of event streams of the tests' own.</summary>
    internal static List<string> Data(string stream)
    {
        var events = new List<string>();
        var normal = Normal(stream);
        Assert.EndsWith("\n\n", normal, StringComparison.Ordinal);
        foreach (var block in normal.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(
                lines,
                line =>
                    Assert.True(
                        line.StartsWith(": ", StringComparison.Ordinal)
                            || line.StartsWith("data: ", StringComparison.Ordinal)
                            || line.StartsWith("event: ", StringComparison.Ordinal)
                    )
            );
            events.AddRange(lines.Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line[6..]));
        }
        return events;
    }

    private static string Normal(string stream) => stream.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static readonly Gen<string> LineEnds = Gen.Int[0, 2].Select(index => new[] { "\n", "\r\n", "\r" }[index]);

    [Fact]
    public void Any_message_cut_anywhere_then_a_legal_sequence_of_events() =>
        Gen.Select(Messages, LineEnds, Gen.Int[0, 20_000], Gen.Int[1, 90].Array[1, 9])
            .Sample(
                (stream, lineEnd, at, sizes) =>
                {
                    var output = Cut(ProviderCatalog.Messages, stream, lineEnd, at, sizes);
                    Assert.Contains(": " + Notice + "\n\n", output, StringComparison.Ordinal);
                    AssertIsMessage(Data(output));
                },
                iter: 10_000
            );

    private static void AssertIsMessage(List<string> events)
    {
        var (started, stopped, ended) = (false, false, false);
        var open = -1;
        var next = 0;
        var kind = "";
        foreach (var data in events)
        {
            using var document = JsonDocument.Parse(data);
            var json = document.RootElement;
            Assert.False(ended);
            switch (json.GetProperty("type").GetString())
            {
                case "message_start":
                    Assert.False(started);
                    started = true;
                    break;
                case "content_block_start":
                    Assert.True(started && !stopped && open < 0 && json.GetProperty("index").GetInt32() == next);
                    (open, kind) = (next++, json.GetProperty("content_block").GetProperty("type").GetString()!);
                    break;
                case "content_block_delta":
                    Assert.True(open >= 0 && json.GetProperty("index").GetInt32() == open);
                    AssertFits(json.GetProperty("delta"), kind);
                    break;
                case "content_block_stop":
                    Assert.True(open >= 0 && json.GetProperty("index").GetInt32() == open);
                    open = -1;
                    break;
                case "message_delta":
                    Assert.True(started && !stopped && open < 0);
                    stopped = json.GetProperty("delta").GetProperty("stop_reason").GetString() is "max_tokens" or "end_turn";
                    break;
                case "message_stop":
                    Assert.True(stopped);
                    ended = true;
                    break;
                default:
                    Assert.Equal("ping", json.GetProperty("type").GetString());
                    break;
            }
        }
        Assert.True(ended);
    }

    private static void AssertFits(JsonElement delta, string kind)
    {
        string[] allowed = kind switch
        {
            "text" => ["text_delta"],
            "thinking" => ["thinking_delta", "signature_delta"],
            "tool_use" => ["input_json_delta"],
            _ => [],
        };
        Assert.Contains(delta.GetProperty("type").GetString(), allowed);
    }

    [Fact]
    public void Any_completion_cut_anywhere_then_each_choice_finishes_once_and_the_stream_ends() =>
        Gen.Select(Chunks, LineEnds, Gen.Int[0, 20_000], Gen.Int[1, 90].Array[1, 9])
            .Sample(
                (stream, lineEnd, at, sizes) =>
                {
                    var output = Cut(ProviderCatalog.Chat, stream, lineEnd, at, sizes);
                    Assert.Contains(": " + Notice + "\n\n", output, StringComparison.Ordinal);
                    AssertIsCompletion(Data(output), isWhole: Normal(output).StartsWith(stream, StringComparison.Ordinal));
                },
                iter: 10_000
            );

    private static void AssertIsCompletion(List<string> events, bool isWhole)
    {
        Assert.Equal("[DONE]", events[^1]);
        var finished = new Dictionary<int, bool>();
        var texts = new Dictionary<int, string>();
        foreach (var data in events[..^1])
        {
            using var document = JsonDocument.Parse(data);
            var json = document.RootElement;
            Assert.Equal("chat.completion.chunk", json.GetProperty("object").GetString());
            var choice = Assert.Single(json.GetProperty("choices").EnumerateArray());
            var index = choice.GetProperty("index").GetInt32();
            Assert.False(finished.GetValueOrDefault(index));
            finished[index] = choice.GetProperty("finish_reason").GetString() is "length" or "stop";
            var isTool = choice.GetProperty("delta").TryGetProperty("tool_calls", out _);
            var reasons = choice.GetProperty("delta").TryGetProperty("reasoning_content", out _);
            var said = choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : null;
            // The notice never follows a tool's arguments directly.
            Assert.False(said?.Contains("[Purser", StringComparison.Ordinal) == true && texts.GetValueOrDefault(index) == "tool");
            texts[index] =
                isTool ? "tool"
                : reasons ? ""
                : said ?? texts.GetValueOrDefault(index, "");
        }
        // A provider's own end may leave a choice open.
        Assert.True(isWhole || (finished.Count > 0 && finished.Values.All(isFinished => isFinished)));
    }

    [Fact]
    public void Any_stream_with_a_notice_anywhere_then_still_legal_and_all_else_is_as_it_was() =>
        Gen.Select(Messages, Chunks, LineEnds, Gen.Int[0, 20_000])
            .Sample(
                (message, completion, lineEnd, at) =>
                {
                    AssertIsMessage(Data(Noticed(ProviderCatalog.Messages, message, lineEnd, at)));
                    AssertIsCompletion(Data(Noticed(ProviderCatalog.Chat, completion, lineEnd, at)), isWhole: true);
                },
                iter: 5_000
            );

    /// <summary>A stream with a notice somewhere; all else is as it was, but for the numbers of events.</summary>
    internal static string Noticed(WireFormat format, string stream, string lineEnd, int at)
    {
        const string mark = "[half is used]";
        var bytes = Wire.Bytes(stream.Replace("\n", lineEnd, StringComparison.Ordinal));
        var end = at % (bytes.Length + 1);
        var relay = format.CreateStreamRelay(format.Facts(Request), new UsageReading());
        var output = new ArrayBufferWriter<byte>();
        relay.Relay(bytes.AsSpan(0, end), output);
        relay.CloseWith(mark);
        relay.Relay(bytes.AsSpan(end), output);
        relay.Complete(output);
        var isWritten = relay.IsClosed;
        var text = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Equal(isWritten, text.Contains(mark, StringComparison.Ordinal));
        var events = Data(text);
        events.RemoveAll(data => data.Contains(mark, StringComparison.Ordinal));
        Assert.Equal(Data(Encoding.UTF8.GetString(bytes)).Select(Unnumbered), events.Select(Unnumbered));
        return text;
    }

    private static string Unnumbered(string data) => Regex.Replace(data, "\"sequence_number\":[0-9]+", "");

    [Fact]
    public void Any_bytes_cut_anywhere_then_nothing_is_thrown() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, Wire.Conversations.Length - 1])
            .Sample(
                (bytes, format) =>
                {
                    var relay = Wire.Conversations[format].CreateStreamRelay(Wire.Conversations[format].Facts(Request), new UsageReading());
                    var output = new ArrayBufferWriter<byte>();
                    relay.CloseWith("80 %");
                    relay.Relay(bytes, output);
                    relay.CutOff(new CutOff(Encoding.Latin1.GetString(bytes)), output);
                    return output.WrittenCount > 0;
                },
                iter: 5_000
            );
}
