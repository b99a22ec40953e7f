using System.Globalization;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIResponses;

/// <summary>The JSON of a response and of its items.</summary>
internal static class ResponseJson
{
    /// <summary>Writes a response: as it begins, without output and usage, or as it ends.</summary>
    public static void Write(OutputBuffer to, Exchange exchange, bool ended)
    {
        var (request, answer) = (exchange.Request, exchange.Answers[0]);
        var isCut = ended && answer.End is AnswerEnd.Length or AnswerEnd.Blocked;
        to.Add("{\"id\":\""u8).AddAscii(exchange.Id).Add("\",\"object\":\"response\",\"created_at\":"u8).Add(exchange.Created);
        to.Add(",\"status\":\""u8)
            .Add(
                isCut ? "incomplete"u8
                : ended ? "completed"u8
                : "in_progress"u8
            );
        to.Add("\",\"background\":false,\"error\":null,\"incomplete_details\":"u8);
        to.Add(
            !isCut ? "null,"u8
            : answer.End == AnswerEnd.Length ? "{\"reason\":\"max_output_tokens\"},"u8
            : "{\"reason\":\"content_filter\"},"u8
        );
        to.Add(request.Echo!.BeforeModel);
        to.Add(",\"model\":\""u8).Add(request.Model.AnswersJson).Add("\",\"output\":["u8);
        if (ended)
        {
            WriteOutput(to, exchange, answer);
        }

        to.Add("],"u8).Add(request.Echo.AfterOutput).Add(",\"service_tier\":"u8).AddJson(ended ? request.ServiceTier : "auto");
        to.Add(",\"usage\":"u8);
        if (ended && exchange.SaysUsage)
        {
            WriteUsage(to, exchange);
        }
        else
        {
            to.Add("null"u8);
        }

        to.Add(","u8).Add(request.Echo.AfterUsage).Add("}"u8);
    }

    /// <summary>Keeps a response that was asked to be kept.</summary>
    public static void Keep(Exchange exchange)
    {
        var echo = exchange.Request.Echo!;
        if (echo.Kept is null)
        {
            return;
        }

        var json = new OutputBuffer();
        Write(json, exchange, ended: true);
        var content = new KeptContent(json.Written.ToArray(), echo.Input);
        echo.Kept.Add(exchange.Id, exchange.Request.PromptTokens + exchange.OutputTokens, content);
    }

    /// <summary>The id of an item: the response's digits after its own start.</summary>
    public static string ItemId(Exchange exchange, string start) => start + exchange.Id["resp_".Length..];

    /// <summary>Writes the reasoning, which shows nothing.</summary>
    public static void WriteReasoning(OutputBuffer to, Exchange exchange) =>
        to.Add("{\"id\":\""u8).AddAscii(ItemId(exchange, "rs_")).Add("\",\"type\":\"reasoning\",\"summary\":[]}"u8);

    /// <summary>The id of a call's item; its last two digits tell the calls of a response apart.</summary>
    public static string CallItemId(Exchange exchange, int call)
    {
        var id = ItemId(exchange, exchange.Answers[0].Tools[call].IsFreeform ? "ctc_" : "fc_");
        return call == 0 ? id : string.Concat(id.AsSpan(0, id.Length - 2), call.ToString("x2", CultureInfo.InvariantCulture));
    }

    /// <summary>Writes the message, or the call of a function.</summary>
    /// <param name="to">Takes it.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="call">Which of its calls, from 0; means nothing where the answer is text.</param>
    /// <param name="ended">Whether it has ended; else it's still empty.</param>
    public static void WriteItem(OutputBuffer to, Exchange exchange, Answer answer, int call, bool ended)
    {
        var isCut = answer.Tools.Count > 0 ? answer.Tools[call].IsCut : answer.End == AnswerEnd.Length;
        var status =
            !ended ? "in_progress"u8
            : isCut ? "incomplete"u8
            : "completed"u8;
        if (answer.Tools.Count > 0)
        {
            var tool = answer.Tools[call];
            to.Add("{\"id\":\""u8).AddAscii(CallItemId(exchange, call)).Add("\",\"type\":\""u8);
            to.Add(tool.IsFreeform ? "custom_tool_call"u8 : "function_call"u8).Add("\",\"status\":\""u8).Add(status);
            to.Add(tool.IsFreeform ? "\",\"input\":\""u8 : "\",\"arguments\":\""u8).AddJsonInner(ended ? tool.Arguments : []);
            to.Add("\",\"call_id\":\""u8).AddAscii(tool.Id).Add("\",\"name\":"u8).AddJson(tool.Name);
            to = tool.Group is { } group ? to.Add(",\"namespace\":"u8).AddJson(group) : to;
            to.Add("}"u8);
            return;
        }

        to.Add("{\"id\":\""u8).AddAscii(ItemId(exchange, "msg_")).Add("\",\"type\":\"message\",\"status\":\""u8).Add(status);
        to.Add("\",\"content\":["u8);
        if (ended)
        {
            WritePart(to, answer.Text);
        }

        to.Add("],\"role\":\"assistant\"}"u8);
    }

    /// <summary>Writes a part of text.</summary>
    public static void WritePart(OutputBuffer to, ReadOnlySpan<byte> text) =>
        to.Add("{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\""u8).AddJsonInner(text).Add("\"}"u8);

    private static void WriteOutput(OutputBuffer to, Exchange exchange, Answer answer)
    {
        if (answer.ReasoningTokens > 0)
        {
            WriteReasoning(to, exchange);
            to.Add(answer.OutputTokens > 0 ? ","u8 : ""u8);
        }

        for (var i = 0; answer.OutputTokens > 0 && i < Math.Max(1, answer.Tools.Count); i++)
        {
            WriteItem(to.Add(i == 0 ? ""u8 : ","u8), exchange, answer, i, ended: true);
        }
    }

    private static void WriteUsage(OutputBuffer to, Exchange exchange)
    {
        var (prompt, reasoning) = (exchange.Prompt, exchange.ReasoningTokens);
        var output = exchange.OutputTokens + reasoning;
        to.Add("{\"input_tokens\":"u8).Add(prompt.Total).Add(",\"input_tokens_details\":{\"cached_tokens\":"u8).Add(prompt.CacheRead);
        if (exchange.Request.Model.BillsCacheWrites)
        {
            to.Add(",\"cache_write_tokens\":"u8).Add(prompt.CacheWrite5m);
        }

        to.Add("},\"output_tokens\":"u8).Add(output).Add(",\"output_tokens_details\":{\"reasoning_tokens\":"u8).Add(reasoning);
        to.Add("},\"total_tokens\":"u8).Add(prompt.Total + output).Add("}"u8);
    }
}
