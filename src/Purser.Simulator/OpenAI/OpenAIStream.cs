using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Tokens;

namespace Purser.Simulator.OpenAI;

/// <summary>
/// A streamed chat completion: for each choice a first chunk with the role, a chunk a token, and one with the finish reason; then, where it
/// was asked for, a chunk with the usage and no choices; then <c>[DONE]</c>. Choices advance together, token by token. Azure begins with a
/// chunk that tells what its filter found in the prompt.
/// </summary>
internal sealed class OpenAIStream(OutputBuffer to, Exchange exchange, bool tellsFilter)
{
    private readonly bool usage = exchange.Request.IncludeUsage && exchange.SaysUsage;
    private readonly int[] positions = new int[exchange.Answers.Length];
    private readonly int[] calls = new int[exchange.Answers.Length];
    private byte[] head = [];

    /// <summary>The stream, step by step.</summary>
    public IEnumerable<Frame> Frames()
    {
        Prepare();
        if (tellsFilter)
        {
            to.Add("data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\","u8);
            ContentFilter.WritePrompt(to);
            to.Add("}\n\n"u8);
            yield return Frame.Free;
        }

        var answers = exchange.Answers;
        for (var i = 0; i < answers.Length; i++)
        {
            yield return WriteFirst(i, answers[i]);
        }

        for (var left = answers.Length; left > 0; )
        {
            for (var i = 0; i < answers.Length; i++)
            {
                if (positions[i] >= 0)
                {
                    var frame = WriteNext(i, answers[i]);
                    left -= positions[i] < 0 ? 1 : 0;
                    if (left > 0)
                    {
                        yield return frame;
                    }
                }
            }
        }

        yield return Frame.Last;
        if (usage)
        {
            WriteUsage();
            yield return Frame.Free;
        }

        to.Add("data: [DONE]\n\n"u8);
        yield return Frame.Free;
    }

    // Everything before the choices is the same in every chunk.
    private void Prepare()
    {
        var request = exchange.Request;
        var composed = new OutputBuffer();
        composed.Add("data: {\"id\":\""u8).AddAscii(exchange.Id).Add("\",\"object\":\"chat.completion.chunk\",\"created\":"u8);
        composed.Add(exchange.Created).Add(",\"model\":\""u8).Add(request.Model.AnswersJson).Add("\","u8);
        if (!tellsFilter)
        {
            composed.Add("\"service_tier\":"u8).AddJson(request.ServiceTier).Add(","u8);
        }

        composed.Add("\"system_fingerprint\":\""u8);
        composed.AddAscii(request.Model.Fingerprint);
        composed.Add("\",\"choices\":["u8);
        head = composed.Written.ToArray();
    }

    private Frame WriteFirst(int index, Answer answer)
    {
        Open(index);
        if (answer.Tools.Count > 0)
        {
            to.Add("\"role\":\"assistant\",\"content\":null,"u8);
            WriteCall(0, answer.Tools[0]);
            to.Add(",\"refusal\":null"u8);
        }
        else
        {
            to.Add("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null"u8);
        }

        Close(default);
        return new Frame(0, answer.ReasoningTokens);
    }

    private Frame WriteNext(int index, Answer answer)
    {
        var call = calls[index];
        var all = answer.Tools.Count > 0 ? answer.Tools[call].Arguments : answer.Text;
        var rest = all.AsSpan(positions[index]);
        if (rest.IsEmpty && call + 1 < answer.Tools.Count)
        {
            Open(index);
            WriteCall(call + 1, answer.Tools[call + 1]);
            Close(default);
            (calls[index], positions[index]) = (call + 1, 0);
            return Frame.Free;
        }

        if (rest.IsEmpty)
        {
            Open(index);
            Close(OpenAIWire.FinishReason(answer, exchange.Request));
            positions[index] = -1;
            return Frame.Free;
        }

        Open(index);
        int tokens;
        int length;
        if (answer.Tools.Count > 0)
        {
            length = TokenCounter.Take(rest, 1, out tokens);
            to.Add("\"tool_calls\":[{\"index\":"u8).Add(call).Add(",\"function\":{\"arguments\":\""u8);
            to.AddJsonInner(rest[..length]).Add("\"}}]"u8);
        }
        else
        {
            length = answer.NextPiece(rest, out tokens);
            to.Add("\"content\":\""u8).AddJsonInner(rest[..length]).Add("\""u8);
        }

        Close(default);
        positions[index] += length;
        return new Frame(tokens);
    }

    private void WriteCall(int call, ToolCall tool)
    {
        to.Add("\"tool_calls\":[{\"index\":"u8).Add(call).Add(",\"id\":\""u8).AddAscii(tool.Id);
        to.Add("\",\"type\":\"function\",\"function\":{\"name\":"u8).AddJson(tool.Name).Add(",\"arguments\":\"\"}}]"u8);
    }

    private void Open(int index) => to.Add(head).Add("{\"index\":"u8).Add(index).Add(",\"delta\":{"u8);

    private void Close(ReadOnlySpan<byte> finishReason)
    {
        to.Add("},"u8);
        if (tellsFilter)
        {
            ContentFilter.Write(to.Add("\"content_filter_results\":"u8), isPrompt: false);
            to.Add(","u8);
        }

        to.Add("\"logprobs\":null,\"finish_reason\":"u8);
        if (finishReason.IsEmpty)
        {
            to.Add("null}]"u8);
        }
        else
        {
            to.Add("\""u8).Add(finishReason).Add("\"}]"u8);
        }

        to.Add(usage ? ",\"usage\":null}\n\n"u8 : "}\n\n"u8);
    }

    private void WriteUsage()
    {
        var (prompt, reasoning) = (exchange.Prompt, exchange.ReasoningTokens);
        var completion = exchange.OutputTokens + reasoning;
        to.Add(head).Add("],\"usage\":{\"prompt_tokens\":"u8).Add(prompt.Total).Add(",\"completion_tokens\":"u8).Add(completion);
        to.Add(",\"total_tokens\":"u8).Add(prompt.Total + completion).Add(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
        to.Add(prompt.CacheRead);
        if (exchange.Request.Model.BillsCacheWrites)
        {
            to.Add(",\"cache_write_tokens\":"u8).Add(prompt.CacheWrite5m);
        }

        to.Add(",\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":"u8).Add(reasoning);
        to.Add(",\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}}\n\n"u8);
    }
}
