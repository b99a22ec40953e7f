using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.OpenAIResponses;

/// <summary>
/// A streamed response: it's created and in progress; an item of reasoning begins, and ends once it's thought; the message with its part of text, or
/// the call of a function, begins, comes a token an event, and ends from the inside out; then the whole response. Events are numbered from 0.
/// </summary>
internal sealed class ResponsesStream(OutputBuffer to, Exchange exchange)
{
    private readonly Answer answer = exchange.Answers[0];
    private int index;
    private int call;

    private bool CallsTools => answer.Tools.Count > 0;

    private string CallEvent => answer.Tools[call].IsFreeform ? "response.custom_tool_call_input" : "response.function_call_arguments";

    /// <summary>The stream, step by step.</summary>
    public IEnumerable<Frame> Frames()
    {
        foreach (var type in (string[])["response.created", "response.in_progress"])
        {
            Open(type);
            to.Add(",\"response\":"u8);
            ResponseJson.Write(to, exchange, ended: false);
            Close();
        }

        yield return Frame.Free;
        if (answer.ReasoningTokens > 0)
        {
            WriteReasoning("response.output_item.added");
            yield return Frame.Free;
            WriteReasoning("response.output_item.done");
            index++;
            yield return new Frame(0, answer.ReasoningTokens);
        }

        for (; answer.OutputTokens > 0 && call < Math.Max(1, answer.Tools.Count); call++, index++)
        {
            foreach (var frame in ItemFrames())
            {
                yield return frame;
            }
        }

        yield return Frame.Last;
        ResponseJson.Keep(exchange);
        Open(answer.End is AnswerEnd.Length or AnswerEnd.Blocked ? "response.incomplete" : "response.completed");
        to.Add(",\"response\":"u8);
        ResponseJson.Write(to, exchange, ended: true);
        Close();
        yield return Frame.Free;
    }

    private IEnumerable<Frame> ItemFrames()
    {
        WriteItem("response.output_item.added", ended: false);
        WritePart("response.content_part.added", []);
        yield return Frame.Free;
        var all = CallsTools ? answer.Tools[call].Arguments : answer.Text;
        for (var position = 0; position < all.Length; )
        {
            position += WriteDelta(all.AsSpan(position), out var tokens);
            yield return new Frame(tokens);
        }

        WriteTextDone(all);
        WritePart("response.content_part.done", answer.Text);
        WriteItem("response.output_item.done", ended: true);
        yield return Frame.Free;
    }

    private void WriteReasoning(string type)
    {
        Open(type);
        to.Add(",\"output_index\":"u8).Add(index).Add(",\"item\":"u8);
        ResponseJson.WriteReasoning(to, exchange);
        Close();
    }

    private void WriteItem(string type, bool ended)
    {
        Open(type);
        to.Add(",\"output_index\":"u8).Add(index).Add(",\"item\":"u8);
        ResponseJson.WriteItem(to, exchange, answer, call, ended);
        Close();
    }

    private void WritePart(string type, byte[] text)
    {
        if (CallsTools)
        {
            return;
        }

        Open(type);
        WritePlace();
        to.Add(",\"part\":"u8);
        ResponseJson.WritePart(to, text);
        Close();
    }

    private int WriteDelta(ReadOnlySpan<byte> rest, out int tokens)
    {
        int length;
        if (CallsTools)
        {
            length = TokenCounter.Take(rest, 1, out tokens);
            Open($"{CallEvent}.delta");
            WritePlace();
            to.Add(",\"delta\":\""u8).AddJsonInner(rest[..length]).Add("\""u8);
        }
        else
        {
            length = answer.NextPiece(rest, out tokens);
            Open("response.output_text.delta");
            WritePlace();
            to.Add(",\"delta\":\""u8).AddJsonInner(rest[..length]).Add("\",\"logprobs\":[]"u8);
        }

        Close();
        return length;
    }

    private void WriteTextDone(byte[] all)
    {
        if (CallsTools)
        {
            Open($"{CallEvent}.done");
            WritePlace();
            to.Add(answer.Tools[call].IsFreeform ? ",\"input\":\""u8 : ",\"arguments\":\""u8).AddJsonInner(all).Add("\""u8);
        }
        else
        {
            Open("response.output_text.done");
            WritePlace();
            to.Add(",\"text\":\""u8).AddJsonInner(all).Add("\",\"logprobs\":[]"u8);
        }

        Close();
    }

    private void WritePlace()
    {
        to.Add(",\"item_id\":\""u8).AddAscii(CallsTools ? ResponseJson.CallItemId(exchange, call) : ResponseJson.ItemId(exchange, "msg_"));
        to.Add("\",\"output_index\":"u8).Add(index);
        to.Add(!CallsTools ? ",\"content_index\":0"u8 : ""u8);
    }

    private void Open(string type)
    {
        to.Add("event: "u8).AddAscii(type).Add("\ndata: {\"type\":\""u8).AddAscii(type).Add("\",\"sequence_number\":"u8);
        to.Add(exchange.NextEvent++);
    }

    private void Close() => to.Add("}\n\n"u8);
}
