using Microsoft.AspNetCore.Http;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>The format of Amazon's Nova models, which is like Converse's.</summary>
internal sealed class NovaInvokeWire(BedrockRoute route, HttpRequest asked, AwsKeyPair? key) : InvokeWire(route, asked, key)
{
    protected override ChatRequest? ReadSigned(RequestBody body, out RequestError? error) => ConverseRequestReader.Read(body, out error);

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        to.Add("{\"output\":{\"message\":{\"content\":"u8);
        ConverseJson.WriteContent(to, exchange.Answers[0]);
        to.Add(",\"role\":\"assistant\"}},\"stopReason\":\""u8).Add(ConverseJson.StopReason(exchange.Answers[0])).Add("\""u8);
        if (exchange.SaysUsage)
        {
            var (prompt, output) = (exchange.Prompt, exchange.OutputTokens + exchange.ReasoningTokens);
            to.Add(",\"usage\":{\"inputTokens\":"u8).Add(prompt.Input).Add(",\"outputTokens\":"u8).Add(output);
            to.Add(",\"totalTokens\":"u8).Add(prompt.Total + output).Add(",\"cacheReadInputTokenCount\":"u8).Add(prompt.CacheRead);
            to.Add(",\"cacheWriteInputTokenCount\":"u8).Add(prompt.CacheWrite5m + prompt.CacheWrite1h).Add("}"u8);
        }

        to.Add("}"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) =>
        new ConverseStream(exchange, pads: false, (type, json) => Write(to, exchange, type, json)).Frames();

    private static void Write(OutputBuffer to, Exchange exchange, string type, OutputBuffer json)
    {
        var whole = new OutputBuffer().Add("{\""u8).AddAscii(type).Add("\":"u8).Add(json.Written);
        if (type == "metadata")
        {
            WriteMetrics(whole, exchange);
        }

        WriteChunk(to, exchange, whole.Add("}"u8).Written);
    }
}
