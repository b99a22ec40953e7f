using System.Globalization;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Anthropic;

/// <summary>The format of Anthropic's messages.</summary>
internal class AnthropicWire : Wire
{
    private const long TokenLimit = 30_000_000;

    private ResetSecond reset = new(0, "");

    public override string Api => "anthropic";

    public override ulong Seed => 2;

    public override int LongestBody => 32 * 1024 * 1024;

    public override RequestError TooLarge => AnthropicErrors.TooLarge;

    public override RequestError? CheckHeaders(HttpRequest request) =>
        Key(request).IsEmpty ? AnthropicErrors.MissingKey
        : request.Headers["anthropic-version"].Count == 0 ? AnthropicErrors.MissingVersion
        : null;

    public override ReadOnlySpan<char> Key(HttpRequest request)
    {
        var key = request.Headers["x-api-key"].ToString();
        return key.Length > 0 ? key : BearerToken.Of(request);
    }

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => cache.Marked(request.Prefixes, request.PromptTokens);

    public override ChatRequest? Read(RequestBody body, out RequestError? error) =>
        AnthropicRequestReader.Read(body, countOnly: false, out error);

    public override RequestError ErrorOf(FaultKind fault, string model) => AnthropicErrors.Of(fault);

    public override RequestError NoSuchModel(string model) => AnthropicErrors.NoSuchModel(model);

    public override RequestError UnknownUrl(string method, string path) => AnthropicErrors.UnknownUrl();

    public override RequestError UnknownDirective(string message) => AnthropicErrors.Invalid(message);

    public override string NewId(ref SeededRandom random) => Ids.Message(ref random);

    public override string NewToolCallId(string tool, ref SeededRandom random) => Ids.ToolUse(ref random);

    public override string? NewSignature(ref SeededRandom random) => Ids.Signature(ref random);

    public override string NewRequestId(ref SeededRandom random) => Ids.AnthropicRequest(ref random);

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now)
    {
        headers["request-id"] = requestId;
        headers["anthropic-organization-id"] = "00000000-0000-4000-8000-000000000000";
    }

    public override void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    )
    {
        var at = ResetTime(now);
        var output = Math.Min(request.MaxTokens ?? 0, TokenLimit);
        var input = Math.Min(request.PromptTokens, TokenLimit);
        headers["anthropic-ratelimit-requests-limit"] = "10000";
        headers["anthropic-ratelimit-requests-remaining"] = isLimited ? "0" : "9999";
        headers["anthropic-ratelimit-requests-reset"] = at;
        headers["anthropic-ratelimit-input-tokens-limit"] = "30000000";
        headers["anthropic-ratelimit-input-tokens-remaining"] = (TokenLimit - input).ToString(CultureInfo.InvariantCulture);
        headers["anthropic-ratelimit-input-tokens-reset"] = at;
        headers["anthropic-ratelimit-output-tokens-limit"] = "30000000";
        headers["anthropic-ratelimit-output-tokens-remaining"] = (TokenLimit - output).ToString(CultureInfo.InvariantCulture);
        headers["anthropic-ratelimit-output-tokens-reset"] = at;
        headers["anthropic-ratelimit-tokens-limit"] = "60000000";
        headers["anthropic-ratelimit-tokens-remaining"] = (2 * TokenLimit - input - output).ToString(CultureInfo.InvariantCulture);
        headers["anthropic-ratelimit-tokens-reset"] = at;
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var answer = exchange.Answers[0];
        to.Add("{\"model\":\""u8).Add(exchange.Request.Model.AnswersJson).Add("\",\"id\":\""u8).AddAscii(exchange.Id);
        to.Add("\",\"type\":\"message\",\"role\":\"assistant\",\"content\":["u8);
        if (answer.Signature is not null)
        {
            to.Add("{\"type\":\"thinking\",\"thinking\":\""u8).Add(answer.Thinking).Add("\",\"signature\":\""u8).AddAscii(answer.Signature);
            to.Add("\"},"u8);
        }

        for (var i = 0; i < answer.Tools.Count; i++)
        {
            var tool = answer.Tools[i];
            to.Add(i == 0 ? ""u8 : ","u8).Add("{\"type\":\"tool_use\",\"id\":\""u8).AddAscii(tool.Id);

            // Arguments that the limit cut short are no JSON: a message can't hold them.
            to.Add("\",\"name\":"u8).AddJson(tool.Name).Add(",\"input\":"u8).Add(tool.IsCut ? "{}"u8 : tool.Arguments).Add("}"u8);
        }

        if (answer.Tools.Count == 0 && answer.End != AnswerEnd.Blocked)
        {
            to.Add("{\"type\":\"text\",\"text\":\""u8).AddJsonInner(answer.Text).Add("\"}"u8);
        }

        to.Add("],\"stop_reason\":\""u8).Add(StopReason(answer)).Add("\",\"stop_sequence\":"u8).AddJson(answer.StopSequence);
        if (exchange.SaysUsage)
        {
            to.Add(",\"usage\":"u8);
            WriteUsage(to, exchange, answer.Tokens, answer.ReasoningTokens, isStart: false);
        }

        to.Add("}"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) => new AnthropicStream(to, exchange).Frames();

    public override void WriteError(OutputBuffer to, RequestError error, string requestId) =>
        to.Add("{\"type\":\"error\",\"error\":{\"type\":"u8)
            .AddJson(error.Type)
            .Add(",\"message\":"u8)
            .AddJson(error.Message)
            .Add("},\"request_id\":\""u8)
            .AddAscii(requestId)
            .Add("\"}"u8);

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        to.Add("event: error\ndata: "u8);
        WriteError(to, AnthropicErrors.Of(FaultKind.Overloaded), exchange.RequestId);
        to.Add("\n\n"u8);
    }

    public override void WriteKeepAlive(OutputBuffer to) => to.Add("event: ping\ndata: {\"type\": \"ping\"}\n\n"u8);

    public override void WriteGarbageEvent(OutputBuffer to) =>
        to.Add("event: content_block_delta\ndata: {\"type\":\"content_blo<html>502 Bad Gateway</html>\n\n"u8);

    /// <summary>Anthropic's word for why an answer ended.</summary>
    public static ReadOnlySpan<byte> StopReason(Answer answer) =>
        answer.End switch
        {
            AnswerEnd.Length => "max_tokens"u8,
            AnswerEnd.StopSequence => "stop_sequence"u8,
            AnswerEnd.Tool => "tool_use"u8,
            AnswerEnd.Blocked => "refusal"u8,
            _ => "end_turn"u8,
        };

    /// <summary>The usage of a message. At the start of a stream the reasoning isn't known yet.</summary>
    public static void WriteUsage(OutputBuffer to, Exchange exchange, int outputTokens, int reasoning, bool isStart)
    {
        var prompt = exchange.Prompt;
        to.Add("{\"input_tokens\":"u8).Add(prompt.Input);
        to.Add(",\"cache_creation_input_tokens\":"u8).Add(prompt.CacheWrite5m + prompt.CacheWrite1h);
        to.Add(",\"cache_read_input_tokens\":"u8).Add(prompt.CacheRead);
        to.Add(",\"cache_creation\":{\"ephemeral_5m_input_tokens\":"u8).Add(prompt.CacheWrite5m);
        to.Add(",\"ephemeral_1h_input_tokens\":"u8).Add(prompt.CacheWrite1h).Add("},\"output_tokens\":"u8).Add(outputTokens);
        if (!isStart && exchange.Request.Reasons)
        {
            to.Add(",\"output_tokens_details\":{\"thinking_tokens\":"u8).Add(reasoning).Add("}"u8);
        }

        to.Add(",\"service_tier\":\"standard\",\"inference_geo\":"u8).AddJson(exchange.Request.InferenceGeo ?? "not_available").Add("}"u8);
    }

    /// <summary>Whether a version in a body is a date of 2026 or later: Anthropic's own libraries put the version of their header there.</summary>
    public static bool IsOfToday(string? version) => version is { Length: 10 } && string.CompareOrdinal(version, "2026") >= 0;

    // Limits are told to the second, and many responses share one.
    private string ResetTime(DateTimeOffset now)
    {
        var second = now.ToUnixTimeSeconds() + 1;
        var known = reset;
        if (known.Second != second)
        {
            var text = DateTimeOffset.FromUnixTimeSeconds(second).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            known = new ResetSecond(second, text);
            reset = known;
        }

        return known.Text;
    }

    private sealed record ResetSecond(long Second, string Text);
}
