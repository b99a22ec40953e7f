using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.Anthropic;

/// <summary>
/// A streamed message: <c>message_start</c>, then each block (start, a delta a token, stop), a <c>ping</c> after the first block's start,
/// and at the end <c>message_delta</c> with the usage and <c>message_stop</c>.
/// </summary>
internal sealed class AnthropicStream(OutputBuffer to, Exchange exchange)
{
    private readonly Answer answer = exchange.Answers[0];
    private int index;

    /// <summary>The stream, step by step.</summary>
    public IEnumerable<Frame> Frames()
    {
        WriteStart();
        yield return Frame.Free;
        if (answer.Signature is not null)
        {
            foreach (var frame in ThinkingFrames())
            {
                yield return frame;
            }
        }

        foreach (var frame in answer.Tools.SelectMany(CallFrames).Concat(answer.Tools.Count == 0 ? TextFrames() : []))
        {
            yield return frame;
        }

        yield return Frame.Last;
        WriteEnd();
        yield return Frame.Free;
    }

    private void WriteStart()
    {
        to.Add("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\""u8)
            .Add(exchange.Request.Model.AnswersJson);
        to.Add("\",\"id\":\""u8).AddAscii(exchange.Id);
        to.Add("\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null"u8);
        if (exchange.SaysUsage)
        {
            to.Add(",\"usage\":"u8);
            AnthropicWire.WriteUsage(to, exchange, Math.Min(1, answer.Tokens), 0, isStart: true);
        }

        to.Add("}}\n\n"u8);
    }

    private IEnumerable<Frame> ThinkingFrames()
    {
        OpenBlock("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"u8);
        yield return Frame.Free;
        if (answer.Thinking.Length == 0)
        {
            // Thinking that isn't shown still takes its time.
            yield return new Frame(0, answer.ReasoningTokens);
        }

        for (var position = 0; position < answer.Thinking.Length; )
        {
            position += WriteThinking(position);
            yield return new Frame(0, 1);
        }

        OpenDelta("{\"type\":\"signature_delta\",\"signature\":\""u8);
        to.AddAscii(answer.Signature);
        CloseDelta();
        CloseBlock();
        yield return Frame.Free;
    }

    private int WriteThinking(int position)
    {
        var rest = answer.Thinking.AsSpan(position);
        var length = Words.PieceEnd(rest, 0);
        OpenDelta("{\"type\":\"thinking_delta\",\"thinking\":\""u8);
        to.Add(rest[..length]);
        CloseDelta();
        return length;
    }

    private IEnumerable<Frame> CallFrames(ToolCall tool)
    {
        var block = new OutputBuffer().Add("{\"type\":\"tool_use\",\"id\":\""u8).AddAscii(tool.Id).Add("\",\"name\":"u8);
        OpenBlock(block.AddJson(tool.Name).Add(",\"input\":{}}"u8).Written);

        // Anthropic's first delta of a tool's input is empty.
        OpenDelta("{\"type\":\"input_json_delta\",\"partial_json\":\""u8);
        CloseDelta();
        yield return Frame.Free;
        for (var position = 0; position < tool.Arguments.Length; )
        {
            position += WriteArguments(tool.Arguments.AsSpan(position), out var tokens);
            yield return new Frame(tokens);
        }

        CloseBlock();
        yield return Frame.Free;
    }

    private IEnumerable<Frame> TextFrames()
    {
        if (answer.End == AnswerEnd.Blocked)
        {
            yield break;
        }

        OpenBlock("{\"type\":\"text\",\"text\":\"\"}"u8);
        yield return Frame.Free;
        for (var position = 0; position < answer.Text.Length; )
        {
            position += WriteText(answer.Text.AsSpan(position), out var tokens);
            yield return new Frame(tokens);
        }

        CloseBlock();
        yield return Frame.Free;
    }

    private int WriteArguments(ReadOnlySpan<byte> rest, out int tokens)
    {
        var length = TokenCounter.Take(rest, 1, out tokens);
        OpenDelta("{\"type\":\"input_json_delta\",\"partial_json\":\""u8);
        to.AddJsonInner(rest[..length]);
        CloseDelta();
        return length;
    }

    private int WriteText(ReadOnlySpan<byte> rest, out int tokens)
    {
        var length = answer.NextPiece(rest, out tokens);
        OpenDelta("{\"type\":\"text_delta\",\"text\":\""u8);
        to.AddJsonInner(rest[..length]);
        CloseDelta();
        return length;
    }

    private void OpenBlock(ReadOnlySpan<byte> block)
    {
        to.Add("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8).Add(index);
        to.Add(",\"content_block\":"u8).Add(block).Add("}\n\n"u8);
        if (index == 0)
        {
            to.Add("event: ping\ndata: {\"type\": \"ping\"}\n\n"u8);
        }
    }

    private void CloseBlock() =>
        to.Add("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8).Add(index++).Add("}\n\n"u8);

    private void OpenDelta(ReadOnlySpan<byte> start) =>
        to.Add("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8)
            .Add(index)
            .Add(",\"delta\":"u8)
            .Add(start);

    private void CloseDelta() => to.Add("\"}}\n\n"u8);

    private void WriteEnd()
    {
        to.Add("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\""u8)
            .Add(AnthropicWire.StopReason(answer));
        to.Add("\",\"stop_sequence\":"u8).AddJson(answer.StopSequence).Add("}"u8);
        if (exchange.SaysUsage)
        {
            var prompt = exchange.Prompt;
            to.Add(",\"usage\":{\"input_tokens\":"u8).Add(prompt.Input);
            to.Add(",\"cache_creation_input_tokens\":"u8).Add(prompt.CacheWrite5m + prompt.CacheWrite1h);
            to.Add(",\"cache_read_input_tokens\":"u8).Add(prompt.CacheRead).Add(",\"output_tokens\":"u8).Add(answer.Tokens);
            if (exchange.Request.Reasons)
            {
                to.Add(",\"output_tokens_details\":{\"thinking_tokens\":"u8).Add(answer.ReasoningTokens).Add("}"u8);
            }

            to.Add("}"u8);
        }

        to.Add("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8);
    }
}
