using System.Globalization;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Ollama;

/// <summary>
/// The format of Ollama's <c>/api/chat</c> and <c>/api/generate</c>: lines of JSON, streamed unless the request says no. It wants no key, has
/// no ids and no cache that it tells of.
/// </summary>
/// <param name="isChat">Whether it is <c>/api/chat</c>.</param>
internal class OllamaWire(bool isChat) : Wire
{
    public override string Api => "ollama";

    public override ulong Seed => isChat ? 5UL : 6UL;

    public override string ContentType => "application/json; charset=utf-8";

    public override string StreamContentType => "application/x-ndjson";

    public override int LongestBody => 128 * 1024 * 1024;

    public override RequestError TooLarge => OllamaErrors.TooLarge;

    public override RequestError? CheckHeaders(HttpRequest request) => null;

    public override ReadOnlySpan<char> Key(HttpRequest request) => BearerToken.Of(request);

    public override ChatRequest? Read(RequestBody body, out RequestError? error) => OllamaRequestReader.Read(body, isChat, out error);

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => new(request.PromptTokens, 0, 0, 0);

    public override RequestError ErrorOf(FaultKind fault, string model) => OllamaErrors.Of(fault);

    public override RequestError NoSuchModel(string model) => OllamaErrors.NoSuchModel(model);

    public override RequestError UnknownUrl(string method, string path) => new(404, "", "404 page not found");

    public override RequestError UnknownDirective(string message) => OllamaErrors.Invalid(message);

    public override string NewId(ref SeededRandom random) => "";

    public override string NewToolCallId(string tool, ref SeededRandom random) => Ids.OllamaCall(ref random);

    public override string NewRequestId(ref SeededRandom random) => Ids.OpenAIRequest(ref random);

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now) { }

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
        WriteStart(to, exchange);
        if (isChat)
        {
            to.Add(",\"message\":{\"role\":\"assistant\",\"content\":\""u8).AddJsonInner(answer.Text).Add("\""u8);
            WriteThinking(to, answer.Thinking);
            if (answer.Tools.Count > 0)
            {
                WriteCalls(to, answer.Tools, 0);
            }

            to.Add("}"u8);
        }
        else
        {
            to.Add(",\"response\":\""u8).AddJsonInner(answer.Text).Add("\""u8);
            WriteThinking(to, answer.Thinking);
        }

        WriteEnd(to, exchange);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange)
    {
        var answer = exchange.Answers[0];
        if (answer.Thinking.Length == 0 && answer.ReasoningTokens > 0)
        {
            yield return new Frame(0, answer.ReasoningTokens);
        }

        for (var position = 0; position < answer.Thinking.Length; )
        {
            var end = Words.PieceEnd(answer.Thinking, position);
            WriteLine(to, exchange, [], answer.Thinking.AsSpan(position..end), []);
            position = end;
            yield return new Frame(0, 1);
        }

        for (var i = 0; i < answer.Tools.Count; i++)
        {
            WriteLine(to, exchange, [], [], [answer.Tools[i]], i);
            yield return new Frame(answer.Tools[i].Tokens);
        }

        for (var position = 0; position < answer.Text.Length; )
        {
            var length = answer.NextPiece(answer.Text.AsSpan(position), out var tokens);
            WriteLine(to, exchange, answer.Text.AsSpan(position, length), [], []);
            position += length;
            yield return new Frame(tokens);
        }

        yield return Frame.Last;
        WriteStart(to, exchange);
        to.Add(isChat ? ",\"message\":{\"role\":\"assistant\",\"content\":\"\"}"u8 : ",\"response\":\"\""u8);
        WriteEnd(to, exchange);
        to.Add("\n"u8);
        yield return Frame.Free;
    }

    public override void WriteError(OutputBuffer to, RequestError error, string requestId) =>
        to.Add("{\"error\":"u8).AddJson(error.Message).Add("}"u8);

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        WriteError(to, OllamaErrors.Of(FaultKind.ServerError), "");
        to.Add("\n"u8);
    }

    // An empty line is none.
    public override void WriteKeepAlive(OutputBuffer to) => to.Add("\n"u8);

    public override void WriteGarbageEvent(OutputBuffer to) => to.Add("{\"model\":\"<html>502 Bad Gateway</html>\n"u8);

    private static void WriteStart(OutputBuffer to, Exchange exchange)
    {
        var created = DateTimeOffset.FromUnixTimeSeconds(exchange.Created);
        to.Add("{\"model\":\""u8).Add(exchange.Request.Model.NameJson).Add("\",\"created_at\":\""u8);
        to.AddAscii(created.ToString("yyyy-MM-dd'T'HH:mm:ss'.000000Z'", CultureInfo.InvariantCulture)).Add("\""u8);
    }

    private static void WriteThinking(OutputBuffer to, ReadOnlySpan<byte> thinking)
    {
        if (!thinking.IsEmpty)
        {
            to.Add(",\"thinking\":\""u8).AddJsonInner(thinking).Add("\""u8);
        }
    }

    private static void WriteCalls(OutputBuffer to, IReadOnlyList<ToolCall> calls, int first)
    {
        to.Add(",\"tool_calls\":["u8);
        for (var i = 0; i < calls.Count; i++)
        {
            to.Add(i == 0 ? ""u8 : ","u8).Add("{\"id\":\""u8).AddAscii(calls[i].Id).Add("\",\"function\":{\"index\":"u8).Add(first + i);

            // Arguments that the limit cut short are no JSON.
            to.Add(",\"name\":"u8).AddJson(calls[i].Name).Add(",\"arguments\":"u8);
            to.Add(calls[i].IsCut ? "{}"u8 : calls[i].Arguments).Add("}}"u8);
        }

        to.Add("]"u8);
    }

    private void WriteLine(
        OutputBuffer to,
        Exchange exchange,
        ReadOnlySpan<byte> text,
        ReadOnlySpan<byte> thinking,
        IReadOnlyList<ToolCall> calls,
        int first = 0
    )
    {
        WriteStart(to, exchange);
        to.Add(isChat ? ",\"message\":{\"role\":\"assistant\",\"content\":\""u8 : ",\"response\":\""u8).AddJsonInner(text).Add("\""u8);
        WriteThinking(to, thinking);
        if (calls.Count > 0)
        {
            WriteCalls(to, calls, first);
        }

        to.Add(isChat ? "},\"done\":false}\n"u8 : ",\"done\":false}\n"u8);
    }

    // Durations are in nanoseconds, as if each token of the prompt took 0.1 ms and each of the answer 10 ms.
    private void WriteEnd(OutputBuffer to, Exchange exchange)
    {
        const long Load = 1_000_000;
        var answer = exchange.Answers[0];
        var (prompt, output) = (exchange.Prompt.Total, (long)answer.Tokens);
        to.Add(",\"done\":true,\"done_reason\":\""u8).Add(answer.End == AnswerEnd.Length ? "length"u8 : "stop"u8).Add("\""u8);
        if (!isChat)
        {
            to.Add(",\"context\":[1,2,3]"u8);
        }

        if (exchange.SaysUsage)
        {
            var (promptTime, outputTime) = (prompt * 100_000, output * 10_000_000);
            to.Add(",\"total_duration\":"u8).Add(Load + promptTime + outputTime).Add(",\"load_duration\":"u8).Add(Load);
            to.Add(",\"prompt_eval_count\":"u8).Add(prompt).Add(",\"prompt_eval_duration\":"u8).Add(promptTime);
            to.Add(",\"eval_count\":"u8).Add(output).Add(",\"eval_duration\":"u8).Add(outputTime);
        }

        to.Add("}"u8);
    }
}
