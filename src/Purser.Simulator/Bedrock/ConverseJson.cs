using Purser.Simulator.Answers;
using Purser.Simulator.Http;

namespace Purser.Simulator.Bedrock;

/// <summary>The JSON of Converse, which Amazon's own models have too. Members come in the order of the alphabet, as AWS sends them.</summary>
internal static class ConverseJson
{
    /// <summary>Writes the blocks of an answer.</summary>
    public static void WriteContent(OutputBuffer to, Answer answer)
    {
        to.Add("["u8);
        if (answer.Signature is not null)
        {
            to.Add("{\"reasoningContent\":{\"reasoningText\":{\"signature\":\""u8).AddAscii(answer.Signature);
            to.Add("\",\"text\":\""u8).AddJsonInner(answer.Thinking).Add("\"}}}"u8);
        }

        var rest = answer.Signature is null ? ""u8 : ","u8;
        foreach (var tool in answer.Tools)
        {
            // Arguments that the limit cut short are no JSON: a message can't hold them.
            to.Add(rest)
                .Add("{\"toolUse\":{\"input\":"u8)
                .Add(tool.IsCut ? "{}"u8 : tool.Arguments)
                .Add(",\"name\":"u8)
                .AddJson(tool.Name);
            to.Add(",\"toolUseId\":\""u8).AddAscii(tool.Id).Add("\"}}"u8);
            rest = ","u8;
        }

        if (answer.Tools.Count == 0 && answer.End != AnswerEnd.Blocked)
        {
            to.Add(rest).Add("{\"text\":\""u8).AddJsonInner(answer.Text).Add("\"}"u8);
        }

        to.Add("]"u8);
    }

    /// <summary>Bedrock's word for why an answer ended.</summary>
    public static ReadOnlySpan<byte> StopReason(Answer answer) =>
        answer.End switch
        {
            AnswerEnd.Length => "max_tokens"u8,
            AnswerEnd.StopSequence => "stop_sequence"u8,
            AnswerEnd.Tool => "tool_use"u8,
            AnswerEnd.Blocked => "content_filtered"u8,
            _ => "end_turn"u8,
        };

    /// <summary>Writes the usage: what is read from and written to the cache isn't part of the input.</summary>
    /// <param name="to">Takes it.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="tellsCache">Whether the counts of the cache are there although they are 0.</param>
    public static void WriteUsage(OutputBuffer to, Exchange exchange, bool tellsCache)
    {
        var prompt = exchange.Prompt;
        var (written, output) = (prompt.CacheWrite5m + prompt.CacheWrite1h, exchange.OutputTokens + exchange.ReasoningTokens);
        to.Add("{"u8);
        if (written > 0)
        {
            to.Add("\"cacheDetails\":["u8);
            WriteDetail(to, prompt.CacheWrite1h, "1h");
            to.Add(prompt is { CacheWrite1h: > 0, CacheWrite5m: > 0 } ? ","u8 : ""u8);
            WriteDetail(to, prompt.CacheWrite5m, "5m");
            to.Add("],"u8);
        }

        if (tellsCache || written + prompt.CacheRead > 0)
        {
            to.Add("\"cacheReadInputTokenCount\":"u8).Add(prompt.CacheRead).Add(",\"cacheReadInputTokens\":"u8).Add(prompt.CacheRead);
            to.Add(",\"cacheWriteInputTokenCount\":"u8).Add(written).Add(",\"cacheWriteInputTokens\":"u8).Add(written).Add(","u8);
        }

        to.Add("\"inputTokens\":"u8).Add(prompt.Input).Add(",\"outputTokens\":"u8).Add(output);
        to.Add(",\"serverToolUsage\":{},\"totalTokens\":"u8).Add(prompt.Total + output).Add("}"u8);
    }

    private static void WriteDetail(OutputBuffer to, long tokens, string ttl)
    {
        if (tokens > 0)
        {
            to.Add("{\"inputTokens\":"u8).Add(tokens).Add(",\"ttl\":\""u8).AddAscii(ttl).Add("\"}"u8);
        }
    }
}
