using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>The format of Meta's Llama models: a prompt that is text, and a text that goes on from it.</summary>
internal sealed class LlamaInvokeWire(BedrockRoute route, HttpRequest asked, AwsKeyPair? key) : InvokeWire(route, asked, key)
{
    protected override ChatRequest? ReadSigned(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (JsonException)
        {
            error = BedrockErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var answer = exchange.Answers[0];
        to.Add("{\"generation\":\""u8).AddJsonInner(answer.Text).Add("\""u8);
        if (exchange.SaysUsage)
        {
            to.Add(",\"prompt_token_count\":"u8).Add(exchange.Prompt.Total).Add(",\"generation_token_count\":"u8).Add(answer.Tokens);
        }

        to.Add(",\"stop_reason\":\""u8).Add(StopReason(answer)).Add("\"}"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange)
    {
        var answer = exchange.Answers[0];
        var count = 0;
        for (var position = 0; position < answer.Text.Length; )
        {
            position += Write(to, exchange, answer.Text.AsSpan(position), count, out var tokens);
            count += tokens;
            yield return new Frame(tokens);
        }

        yield return Frame.Last;
        var last = new OutputBuffer().Add("{\"generation\":\"\",\"prompt_token_count\":null,\"generation_token_count\":"u8);
        last.Add(count).Add(",\"stop_reason\":\""u8).Add(StopReason(answer)).Add("\""u8);
        WriteMetrics(last, exchange);
        WriteChunk(to, exchange, last.Add("}"u8).Written);
        yield return Frame.Free;
    }

    private static int Write(OutputBuffer to, Exchange exchange, ReadOnlySpan<byte> rest, int before, out int tokens)
    {
        var length = exchange.Answers[0].NextPiece(rest, out tokens);
        var json = new OutputBuffer().Add("{\"generation\":\""u8).AddJsonInner(rest[..length]).Add("\",\"prompt_token_count\":"u8);

        // The first event alone counts the prompt.
        json = before == 0 ? json.Add(exchange.Prompt.Total) : json.Add("null"u8);
        json.Add(",\"generation_token_count\":"u8).Add(before + tokens).Add(",\"stop_reason\":null}"u8);
        WriteChunk(to, exchange, json.Written);
        return length;
    }

    private static ReadOnlySpan<byte> StopReason(Answer answer) => answer.End == AnswerEnd.Length ? "length"u8 : "stop"u8;

    private static ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var facts = body.Models.Get(body.Model!);
        var prompt = Json.Text(asked, "prompt");
        error =
            !facts.Exists ? BedrockErrors.NoSuchModel
            : prompt is null
                ? BedrockErrors.Invalid(
                    "Malformed input request: #: required key [prompt] not found, please reformat your input and try again."
                )
            : Json.Integer(asked, "max_gen_len") < 1
                ? BedrockErrors.Invalid(
                    $"Malformed input request: #/max_gen_len: {Json.Integer(asked, "max_gen_len")} is not greater or equal to 1, please reformat your input "
                        + "and try again."
                )
            : null;
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts, steps: false);
        var utf8 = Encoding.UTF8.GetBytes(prompt!);
        meter.Add(utf8);
        return new ChatRequest
        {
            Model = facts,
            Stream = body.Stream == true,
            IncludeUsage = true,
            MaxTokens = Json.Integer(asked, "max_gen_len"),
            ServiceTier = "default",
            PromptTokens = meter.Tokens,
            Marker = PromptText.Marker(utf8),
        };
    }
}
