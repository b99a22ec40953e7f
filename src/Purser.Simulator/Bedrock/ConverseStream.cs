using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Bedrock;

/// <summary>
/// A streamed answer of Converse: <c>messageStart</c>, then each block (a start for the call of a tool alone, a delta a token, a stop), then
/// <c>messageStop</c> and <c>metadata</c> with the usage.
/// </summary>
/// <param name="exchange">The request.</param>
/// <param name="pads">Whether events have a padding of letters, which hides from listeners how long texts are.</param>
/// <param name="write">Writes an event: its type and its JSON.</param>
internal sealed class ConverseStream(Exchange exchange, bool pads, Action<string, OutputBuffer> write)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private readonly Answer answer = exchange.Answers[0];
    private readonly OutputBuffer json = new();
    private SeededRandom random = exchange.Random;
    private int index;

    /// <summary>The stream, step by step.</summary>
    public IEnumerable<Frame> Frames()
    {
        Write("messageStart", json.Add("{"u8), "\"role\":\"assistant\"");
        yield return Frame.Free;
        var blocks = answer.Tools.SelectMany(CallFrames);
        foreach (var frame in ThinkingFrames().Concat(answer.Tools.Count == 0 ? TextFrames() : blocks))
        {
            yield return frame;
        }

        yield return Frame.Last;
        WriteEnd();
        yield return Frame.Free;
    }

    private IEnumerable<Frame> ThinkingFrames()
    {
        if (answer.Signature is null)
        {
            yield break;
        }

        if (answer.Thinking.Length == 0)
        {
            // Thinking that isn't shown still takes its time.
            yield return new Frame(0, answer.ReasoningTokens);
        }

        for (var position = 0; position < answer.Thinking.Length; )
        {
            position += WriteThinking(answer.Thinking.AsSpan(position));
            yield return new Frame(0, 1);
        }

        Delta().Add("{\"reasoningContent\":{\"signature\":\""u8).AddAscii(answer.Signature);
        Close("\"}}"u8);
        Stop();
        yield return Frame.Free;
    }

    private IEnumerable<Frame> TextFrames()
    {
        if (answer.End == AnswerEnd.Blocked)
        {
            yield break;
        }

        for (var position = 0; position < answer.Text.Length; )
        {
            position += WriteText(answer.Text.AsSpan(position), out var tokens);
            yield return new Frame(tokens);
        }

        Stop();
        yield return Frame.Free;
    }

    private IEnumerable<Frame> CallFrames(ToolCall tool)
    {
        json.Add("{\"contentBlockIndex\":"u8).Add(index).Add(","u8);
        var start = new OutputBuffer().Add("\"start\":{\"toolUse\":{\"name\":"u8).AddJson(tool.Name).Add(",\"toolUseId\":\""u8);
        Write("contentBlockStart", json, System.Text.Encoding.UTF8.GetString(start.AddAscii(tool.Id).Add("\"}}"u8).Written));
        yield return Frame.Free;
        for (var position = 0; position < tool.Arguments.Length; )
        {
            position += WriteArguments(tool.Arguments.AsSpan(position), out var tokens);
            yield return new Frame(tokens);
        }

        Stop();
        yield return Frame.Free;
    }

    private int WriteThinking(ReadOnlySpan<byte> rest)
    {
        var length = Words.PieceEnd(rest, 0);
        Delta().Add("{\"reasoningContent\":{\"text\":\""u8).AddJsonInner(rest[..length]);
        Close("\"}}"u8);
        return length;
    }

    private int WriteText(ReadOnlySpan<byte> rest, out int tokens)
    {
        var length = answer.NextPiece(rest, out tokens);
        Delta().Add("{\"text\":\""u8).AddJsonInner(rest[..length]);
        Close("\"}"u8);
        return length;
    }

    private int WriteArguments(ReadOnlySpan<byte> rest, out int tokens)
    {
        var length = TokenCounter.Take(rest, 1, out tokens);
        Delta().Add("{\"toolUse\":{\"input\":\""u8).AddJsonInner(rest[..length]);
        Close("\"}}"u8);
        return length;
    }

    private OutputBuffer Delta() => json.Add("{\"contentBlockIndex\":"u8).Add(index).Add(",\"delta\":"u8);

    private void Close(ReadOnlySpan<byte> end) => Write("contentBlockDelta", json.Add(end).Add(","u8), "");

    private void Stop() => Write("contentBlockStop", json.Add("{\"contentBlockIndex\":"u8).Add(index++).Add(","u8), "");

    private void WriteEnd()
    {
        json.Add("{"u8);
        Write("messageStop", json, $"\"stopReason\":\"{System.Text.Encoding.ASCII.GetString(ConverseJson.StopReason(answer))}\"");
        json.Add("{\"metrics\":{\"latencyMs\":"u8).Add(exchange.Milliseconds).Add("},"u8);
        var usage = new OutputBuffer();
        if (exchange.SaysUsage)
        {
            ConverseJson.WriteUsage(usage.Add("\"usage\":"u8), exchange, tellsCache: false);
        }

        Write("metadata", json, System.Text.Encoding.UTF8.GetString(usage.Written));
    }

    // The padding stands between what comes before and after it in the alphabet. What comes before ends with a comma or the object's start.
    private void Write(string type, OutputBuffer before, string after)
    {
        if (pads)
        {
            before.Add("\"p\":\""u8).AddAscii(Letters.AsSpan(0, 1 + random.Below(Letters.Length))).Add("\""u8);
            before.Add(after.Length > 0 ? ","u8 : ""u8);
        }
        else if (after.Length == 0)
        {
            before.Truncate(before.Length - 1);
        }

        write(type, before.Add(System.Text.Encoding.UTF8.GetBytes(after)).Add("}"u8));
        json.Clear();
    }
}
