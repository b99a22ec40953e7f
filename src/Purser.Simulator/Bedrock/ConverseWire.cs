using Microsoft.AspNetCore.Http;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>The format of Bedrock's <c>converse</c> and <c>converse-stream</c>, the same for all models.</summary>
internal sealed class ConverseWire(BedrockRoute route, HttpRequest asked, AwsKeyPair? key) : BedrockWire(route, asked, key)
{
    protected override ChatRequest? ReadSigned(RequestBody body, out RequestError? error) => ConverseRequestReader.Read(body, out error);

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        to.Add("{\"metrics\":{\"latencyMs\":"u8).Add(exchange.Milliseconds).Add("},\"output\":{\"message\":{\"content\":"u8);
        ConverseJson.WriteContent(to, exchange.Answers[0]);
        to.Add(",\"role\":\"assistant\"}},\"stopReason\":\""u8).Add(ConverseJson.StopReason(exchange.Answers[0])).Add("\""u8);
        if (exchange.SaysUsage)
        {
            ConverseJson.WriteUsage(to.Add(",\"usage\":"u8), exchange, tellsCache: true);
        }

        to.Add("}"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) =>
        new ConverseStream(exchange, pads: true, (type, json) => EventStream.WriteEvent(to, type, json.Written)).Frames();

    public override void WriteGarbageEvent(OutputBuffer to) =>
        EventStream.WriteEvent(to, "contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"te<html>502 Bad Gateway</html>"u8);
}
