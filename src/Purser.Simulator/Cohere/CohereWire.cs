using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Cohere;

/// <summary>The format of Cohere's <c>/v2/chat</c>.</summary>
internal class CohereWire : Wire
{
    /// <summary>What Cohere's own template adds to a prompt, in tokens. The model sees them, and nobody is billed for them.</summary>
    public const int TemplateTokens = 64;

    /// <summary>What surrounds an answer, in tokens, which isn't billed either.</summary>
    public const int FramingTokens = 3;

    /// <summary>What an answer that calls tools says before.</summary>
    public const string Plan = "I will use a tool.";

    public override string Api => "cohere";

    public override ulong Seed => 8;

    public override int LongestBody => 64 * 1024 * 1024;

    public override RequestError TooLarge => CohereErrors.TooLarge;

    public override RequestError? CheckHeaders(HttpRequest request) => Key(request).IsEmpty ? CohereErrors.MissingKey : null;

    public override ReadOnlySpan<char> Key(HttpRequest request) => BearerToken.Of(request);

    public override ChatRequest? Read(RequestBody body, out RequestError? error) => CohereRequestReader.Read(body, out error);

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) =>
        cache.Automatic(request.Prefixes, request.PromptTokens, billsWrites: false);

    public override RequestError ErrorOf(FaultKind fault, string model) => CohereErrors.Of(fault);

    public override RequestError NoSuchModel(string model) => CohereErrors.NoSuchModel(model);

    public override RequestError UnknownUrl(string method, string path) => new(404, "", "404 page not found");

    public override RequestError UnknownDirective(string message) => CohereErrors.Invalid(message);

    public override string NewId(ref SeededRandom random) => Ids.Guid(ref random);

    public override string NewToolCallId(string tool, ref SeededRandom random) => Ids.CohereCall(tool, ref random);

    public override string NewRequestId(ref SeededRandom random) => Ids.Guid(ref random);

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now)
    {
        headers["x-debug-trace-id"] = requestId;
        headers["access-control-expose-headers"] = "X-Debug-Trace-ID";
        headers.CacheControl = "no-cache, no-store, no-transform, must-revalidate, private, max-age=0";
    }

    public override void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    ) { }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var answer = exchange.Answers[0];
        to.Add("{\"id\":\""u8).AddAscii(exchange.Id).Add("\",\"message\":{\"role\":\"assistant\","u8);
        if (answer.Tools.Count > 0)
        {
            to.Add("\"tool_plan\":"u8).AddJson(Plan).Add(",\"tool_calls\":["u8);
            for (var i = 0; i < answer.Tools.Count; i++)
            {
                WriteCall(to.Add(i == 0 ? ""u8 : ","u8), answer.Tools[i], answer.Tools[i].Arguments);
            }

            to.Add("]"u8);
        }
        else
        {
            to.Add("\"content\":["u8);
            if (answer.Thinking.Length > 0)
            {
                to.Add("{\"type\":\"thinking\",\"thinking\":\""u8).AddJsonInner(answer.Thinking).Add("\"},"u8);
            }

            to.Add("{\"type\":\"text\",\"text\":\""u8).AddJsonInner(answer.Text).Add("\"}]"u8);
        }

        to.Add("},"u8);
        WriteEnd(to, exchange);
        to.Add("}"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) => new CohereStream(to, exchange).Frames();

    public override void WriteError(OutputBuffer to, RequestError error, string requestId) =>
        to.Add("{\"id\":\""u8).AddAscii(requestId).Add("\",\"message\":"u8).AddJson(error.Message).Add("}"u8);

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        to.Add("event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"error\":"u8);
        to.AddJson(CohereErrors.Of(FaultKind.ServerError).Message).Add(",\"finish_reason\":\"ERROR\"}}\n\n"u8);
    }

    public override void WriteKeepAlive(OutputBuffer to) => to.Add(": keep-alive\n\n"u8);

    public override void WriteGarbageEvent(OutputBuffer to) =>
        to.Add("event: content-delta\ndata: {\"type\":\"content-de<html>502 Bad Gateway</html>\n\n"u8);

    /// <summary>Writes a call of a tool, with some of its arguments.</summary>
    public static void WriteCall(OutputBuffer to, ToolCall tool, ReadOnlySpan<byte> arguments)
    {
        to.Add("{\"id\":"u8).AddJson(tool.Id).Add(",\"type\":\"function\",\"function\":{\"name\":"u8).AddJson(tool.Name);
        to.Add(",\"arguments\":\""u8).AddJsonInner(arguments).Add("\"}}"u8);
    }

    /// <summary>Writes why an answer ended and what it used, as members.</summary>
    public static void WriteEnd(OutputBuffer to, Exchange exchange)
    {
        var answer = exchange.Answers[0];
        to.Add("\"finish_reason\":\""u8).Add(FinishReason(answer)).Add("\""u8);
        if (!exchange.SaysUsage)
        {
            return;
        }

        var (prompt, output) = (exchange.Prompt, answer.Tokens);
        to.Add(",\"usage\":{\"billed_units\":{\"input_tokens\":"u8).Add(prompt.Total).Add(",\"output_tokens\":"u8).Add(output);
        to.Add("},\"tokens\":{\"input_tokens\":"u8).Add(prompt.Total + TemplateTokens).Add(",\"output_tokens\":"u8);
        to.Add(output + FramingTokens).Add("},\"cached_tokens\":"u8).Add(prompt.CacheRead).Add("}"u8);
    }

    private static ReadOnlySpan<byte> FinishReason(Answer answer) =>
        answer.End switch
        {
            AnswerEnd.Length => "MAX_TOKENS"u8,
            AnswerEnd.StopSequence => "STOP_SEQUENCE"u8,
            AnswerEnd.Tool => "TOOL_CALL"u8,
            AnswerEnd.Blocked => "ERROR"u8,
            _ => "COMPLETE"u8,
        };
}
