using System.Globalization;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAI;

/// <summary>The format of OpenAI's chat completions. Whole answers are indented by two spaces and errors by four, as OpenAI sends them.</summary>
/// <param name="tellsFilter">Whether it tells what the content filter found, as Azure does.</param>
internal class OpenAIWire(bool tellsFilter = false) : Wire
{
    private const long TokenLimit = 30_000_000;

    public override string Api => "openai";

    public override ulong Seed => 1;

    public override int LongestBody => 64 * 1024 * 1024;

    public override RequestError TooLarge => OpenAIErrors.TooLarge;

    public override RequestError? CheckHeaders(HttpRequest request) => Key(request).IsEmpty ? OpenAIErrors.MissingKey : null;

    public override ReadOnlySpan<char> Key(HttpRequest request) => BearerToken.Of(request);

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) =>
        cache.Automatic(request.Prefixes, request.PromptTokens, request.Model.BillsCacheWrites);

    public override ChatRequest? Read(RequestBody body, out RequestError? error) => OpenAIRequestReader.Read(body, out error);

    public override RequestError ErrorOf(FaultKind fault, string model) => OpenAIErrors.Of(fault, model);

    public override RequestError NoSuchModel(string model) => OpenAIErrors.NoSuchModel(model);

    public override RequestError UnknownUrl(string method, string path) => OpenAIErrors.UnknownUrl(method, path);

    public override RequestError UnknownDirective(string message) => OpenAIErrors.Directive(message);

    public override string NewId(ref SeededRandom random) => Ids.ChatCompletion(ref random);

    public override string NewToolCallId(string tool, ref SeededRandom random) => Ids.ToolCall(ref random);

    public override string NewRequestId(ref SeededRandom random) => Ids.OpenAIRequest(ref random);

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now)
    {
        headers["x-request-id"] = requestId;
        headers["openai-version"] = "2020-10-01";
        headers["openai-organization"] = "org-simulator";
    }

    public override void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    )
    {
        var used = Math.Min(TokenLimit, request.PromptTokens + Math.Min(request.MaxTokens ?? 0, TokenLimit));
        headers["openai-processing-ms"] = milliseconds.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-limit-requests"] = "10000";
        headers["x-ratelimit-limit-tokens"] = "30000000";
        headers["x-ratelimit-remaining-requests"] = isLimited ? "0" : "9999";
        headers["x-ratelimit-remaining-tokens"] = (TokenLimit - used).ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset-requests"] = isLimited ? "1s" : "6ms";
        headers["x-ratelimit-reset-tokens"] = (used * 60_000 / TokenLimit).ToString(CultureInfo.InvariantCulture) + "ms";
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        to.Add("{\n  \"id\": \""u8).AddAscii(exchange.Id).Add("\",\n  \"object\": \"chat.completion\",\n  \"created\": "u8);
        to.Add(exchange.Created).Add(",\n  \"model\": \""u8).Add(exchange.Request.Model.AnswersJson).Add("\",\n  \"choices\": [\n"u8);
        for (var i = 0; i < exchange.Answers.Length; i++)
        {
            to.Add(i == 0 ? ""u8 : ",\n"u8);
            WriteChoice(to, i, exchange.Answers[i], exchange.Request, tellsFilter);
        }

        to.Add("\n  ],\n"u8);
        if (exchange.SaysUsage)
        {
            WriteUsage(to, exchange);
        }

        to.Add("  "u8);
        if (tellsFilter)
        {
            ContentFilter.WritePrompt(to);
        }
        else
        {
            to.Add("\"service_tier\": "u8).AddJson(exchange.Request.ServiceTier);
        }

        to.Add(",\n  \"system_fingerprint\": \""u8).AddAscii(exchange.Request.Model.Fingerprint).Add("\"\n}\n"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) => new OpenAIStream(to, exchange, tellsFilter).Frames();

    public override void WriteError(OutputBuffer to, RequestError error, string requestId) =>
        to.Add("{\n    \"error\": {\n        \"message\": "u8)
            .AddJson(error.Message)
            .Add(",\n        \"type\": "u8)
            .AddJson(error.Type)
            .Add(",\n        \"param\": "u8)
            .AddJson(error.Param)
            .Add(",\n        \"code\": "u8)
            .AddJson(error.Code)
            .Add("\n    }\n}\n"u8);

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        var error = OpenAIErrors.Of(FaultKind.ServerError, "");
        to.Add("data: {\"error\":{\"message\":"u8).AddJson(error.Message).Add(",\"type\":"u8).AddJson(error.Type);
        to.Add(",\"param\":null,\"code\":null}}\n\n"u8);
    }

    public override void WriteKeepAlive(OutputBuffer to) => to.Add(": keep-alive\n\n"u8);

    public override void WriteGarbageEvent(OutputBuffer to) => to.Add("data: {\"id\":\"chatcmpl-<html>502 Bad Gateway</html>\n\n"u8);

    /// <summary>OpenAI's word for why an answer ended.</summary>
    public static ReadOnlySpan<byte> FinishReason(Answer answer, ChatRequest request) =>
        answer.End switch
        {
            AnswerEnd.Length => "length"u8,
            AnswerEnd.Blocked => "content_filter"u8,
            // A call that the request forced by name ends with "stop": the model had no choice.
            AnswerEnd.Tool => request.ToolDemand == ToolDemand.Named ? "stop"u8 : "tool_calls"u8,
            _ => "stop"u8,
        };

    private static void WriteChoice(OutputBuffer to, int index, Answer answer, ChatRequest request, bool tellsFilter)
    {
        to.Add("    {\n      \"index\": "u8).Add(index).Add(",\n      \"message\": {\n        \"role\": \"assistant\",\n"u8);
        if (answer.Tools.Count > 0)
        {
            to.Add("        \"content\": null,\n        \"tool_calls\": [\n"u8);
            for (var i = 0; i < answer.Tools.Count; i++)
            {
                WriteCall(to.Add(i == 0 ? ""u8 : ",\n"u8), answer.Tools[i]);
            }

            to.Add("\n        ],\n"u8);
        }
        else
        {
            to.Add("        \"content\": \""u8).AddJsonInner(answer.Text).Add("\",\n"u8);
        }

        to.Add(
            "        \"refusal\": null,\n        \"annotations\": []\n      },\n      \"logprobs\": null,\n      \"finish_reason\": \""u8
        );
        to.Add(FinishReason(answer, request)).Add("\""u8);
        if (tellsFilter)
        {
            ContentFilter.Write(to.Add(",\n      \"content_filter_results\": "u8), isPrompt: false);
        }

        to.Add("\n    }"u8);
    }

    private static void WriteCall(OutputBuffer to, ToolCall tool)
    {
        to.Add("          {\n            \"id\": \""u8).AddAscii(tool.Id).Add("\",\n            \"type\": \"function\",\n"u8);
        to.Add("            \"function\": {\n              \"name\": "u8).AddJson(tool.Name);
        to.Add(",\n              \"arguments\": \""u8).AddJsonInner(tool.Arguments).Add("\"\n            }\n          }"u8);
    }

    private static void WriteUsage(OutputBuffer to, Exchange exchange)
    {
        var (prompt, reasoning) = (exchange.Prompt, exchange.ReasoningTokens);
        var completion = exchange.OutputTokens + reasoning;
        to.Add("  \"usage\": {\n    \"prompt_tokens\": "u8).Add(prompt.Total).Add(",\n    \"completion_tokens\": "u8).Add(completion);
        to.Add(",\n    \"total_tokens\": "u8).Add(prompt.Total + completion).Add(",\n    \"prompt_tokens_details\": {\n"u8);
        to.Add("      \"cached_tokens\": "u8).Add(prompt.CacheRead);
        if (exchange.Request.Model.BillsCacheWrites)
        {
            to.Add(",\n      \"cache_write_tokens\": "u8).Add(prompt.CacheWrite5m);
        }

        to.Add(",\n      \"audio_tokens\": 0\n    },\n    \"completion_tokens_details\": {\n      \"reasoning_tokens\": "u8).Add(reasoning);
        to.Add(
            ",\n      \"audio_tokens\": 0,\n      \"accepted_prediction_tokens\": 0,\n      \"rejected_prediction_tokens\": 0\n    }\n  },\n"u8
        );
    }
}
