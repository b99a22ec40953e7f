using Microsoft.AspNetCore.Http;
using Purser.Simulator.Http;

namespace Purser.Simulator.Bedrock;

/// <summary>
/// What the models' own formats have in common, <c>invoke</c> and <c>invoke-with-response-stream</c>: headers count the tokens, and the events of
/// a stream come as base 64 in frames, the last with Bedrock's own metrics.
/// </summary>
internal abstract class InvokeWire(BedrockRoute route, HttpRequest asked, AwsKeyPair? key) : BedrockWire(route, asked, key)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    public override void SetUsageHeaders(IHeaderDictionary headers, Exchange exchange) => SetCountHeaders(headers, exchange);

    /// <summary>Writes a frame that carries an event of the model.</summary>
    protected static void WriteChunk(OutputBuffer to, Exchange exchange, ReadOnlySpan<byte> json)
    {
        var payload = new OutputBuffer().Add("{\"bytes\":\""u8).AddAscii(Convert.ToBase64String(json)).Add("\",\"p\":\""u8);

        // The padding hides from listeners how long texts are.
        var random = exchange.Random;
        var length = 1 + (int)((random.Next() + (ulong)exchange.NextEvent++ * 7) % (ulong)Letters.Length);
        EventStream.WriteEvent(to, "chunk", payload.AddAscii(Letters.AsSpan(0, length)).Add("\"}"u8).Written);
    }

    /// <summary>Writes Bedrock's metrics as a member after a comma; nothing where the answer doesn't say its usage.</summary>
    protected static void WriteMetrics(OutputBuffer to, Exchange exchange)
    {
        if (!exchange.SaysUsage)
        {
            return;
        }

        var prompt = exchange.Prompt;
        to.Add(",\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":"u8).Add(prompt.Input).Add(",\"outputTokenCount\":"u8);
        to.Add(exchange.OutputTokens + exchange.ReasoningTokens).Add(",\"invocationLatency\":"u8).Add(exchange.Milliseconds);
        to.Add(",\"firstByteLatency\":"u8).Add(exchange.FirstMilliseconds);
        if (prompt.CacheRead + prompt.CacheWrite5m + prompt.CacheWrite1h > 0)
        {
            to.Add(",\"cacheReadInputTokenCount\":"u8).Add(prompt.CacheRead);
            to.Add(",\"cacheWriteInputTokenCount\":"u8).Add(prompt.CacheWrite5m + prompt.CacheWrite1h);
        }

        to.Add("}"u8);
    }
}
