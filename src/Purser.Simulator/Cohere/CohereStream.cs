using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Cohere;

/// <summary>
/// A streamed answer: it starts; each content starts, comes a token an event and ends, or the plan is told and each call starts, comes and
/// ends; and the last event has the usage.
/// </summary>
internal sealed class CohereStream(OutputBuffer to, Exchange exchange)
{
    private readonly Answer answer = exchange.Answers[0];
    private int index;

    /// <summary>The stream, step by step.</summary>
    public IEnumerable<Frame> Frames()
    {
        to.Add("event: message-start\ndata: {\"id\":\""u8).AddAscii(exchange.Id);
        to.Add(
            "\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],"u8
        );
        to.Add("\"citations\":[]}}}\n\n"u8);
        yield return Frame.Free;
        if (answer.Thinking.Length == 0 && answer.ReasoningTokens > 0)
        {
            yield return new Frame(0, answer.ReasoningTokens);
        }

        var contents = answer.Thinking.Length > 0 ? ContentFrames("thinking", answer.Thinking, isThinking: true) : [];
        contents = contents.Concat(answer.Tools.Count > 0 ? CallFrames() : ContentFrames("text", answer.Text, isThinking: false));
        foreach (var frame in contents)
        {
            yield return frame;
        }

        yield return Frame.Last;
        Open("message-end");
        CohereWire.WriteEnd(to.Add(",\"delta\":{"u8), exchange);
        Close("}"u8);
        to.Add("data: [DONE]\n\n"u8);
        yield return Frame.Free;
    }

    private IEnumerable<Frame> ContentFrames(string kind, byte[] text, bool isThinking)
    {
        OpenItem("content-start");
        to.Add("{\"content\":{\"type\":\""u8).AddAscii(kind).Add("\",\""u8).AddAscii(kind);
        Close("\":\"\"}}}"u8);
        yield return Frame.Free;
        for (var position = 0; position < text.Length; )
        {
            position += WritePiece(kind, text.AsSpan(position), isThinking, out var tokens);
            yield return isThinking ? new Frame(0, 1) : new Frame(tokens);
        }

        WriteItemEnd("content-end");
        yield return Frame.Free;
    }

    private int WritePiece(string kind, ReadOnlySpan<byte> rest, bool isThinking, out int tokens)
    {
        tokens = 1;
        var length = isThinking ? Words.PieceEnd(rest, 0) : answer.NextPiece(rest, out tokens);
        OpenItem("content-delta");
        to.Add("{\"content\":{\""u8).AddAscii(kind).Add("\":\""u8).AddJsonInner(rest[..length]);
        Close("\"}}}"u8);
        return length;
    }

    private IEnumerable<Frame> CallFrames()
    {
        Open("tool-plan-delta");
        to.Add(",\"delta\":{\"message\":{\"tool_plan\":"u8).AddJson(CohereWire.Plan);
        Close("}}"u8);
        yield return Frame.Free;
        index = 0;
        foreach (var tool in answer.Tools)
        {
            OpenItem("tool-call-start");
            CohereWire.WriteCall(to.Add("{\"tool_calls\":"u8), tool, []);
            Close("}}"u8);
            yield return Frame.Free;
            for (var position = 0; position < tool.Arguments.Length; )
            {
                position += WriteArguments(tool.Arguments.AsSpan(position), out var tokens);
                yield return new Frame(tokens);
            }

            WriteItemEnd("tool-call-end");
            yield return Frame.Free;
        }
    }

    private int WriteArguments(ReadOnlySpan<byte> rest, out int tokens)
    {
        var length = TokenCounter.Take(rest, 1, out tokens);
        OpenItem("tool-call-delta");
        to.Add("{\"tool_calls\":{\"function\":{\"arguments\":\""u8).AddJsonInner(rest[..length]);
        Close("\"}}}}"u8);
        return length;
    }

    private void WriteItemEnd(string type)
    {
        Open(type);
        to.Add(",\"index\":"u8).Add(index++);
        Close(default);
    }

    private void OpenItem(string type)
    {
        Open(type);
        to.Add(",\"index\":"u8).Add(index).Add(",\"delta\":{\"message\":"u8);
    }

    private void Open(string type) => to.Add("event: "u8).AddAscii(type).Add("\ndata: {\"type\":\""u8).AddAscii(type).Add("\""u8);

    private void Close(ReadOnlySpan<byte> end) => to.Add(end).Add("}\n\n"u8);
}
