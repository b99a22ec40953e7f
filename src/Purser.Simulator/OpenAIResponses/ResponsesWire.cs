using Purser.Simulator.Answers;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIResponses;

/// <summary>The format of OpenAI's responses. Headers and errors are those of its chat completions.</summary>
/// <param name="isSocket">Whether the request came over a WebSocket, where all answers are streamed.</param>
internal sealed class ResponsesWire(bool isSocket = false) : OpenAIWire
{
    public override ChatRequest? Read(RequestBody body, out RequestError? error) =>
        ResponsesRequestReader.Read(isSocket ? body with { Stream = true } : body, out error);

    public override RequestError UnknownDirective(string message) => ResponsesErrors.Directive(message);

    public override string NewId(ref SeededRandom random) => Ids.Response(ref random);

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var compact = new OutputBuffer();
        ResponseJson.Write(compact, exchange, ended: true);
        ResponseJson.Keep(exchange);
        IndentedJson.Write(to, compact);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) => new ResponsesStream(to, exchange).Frames();

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        var error = OpenAIErrors.Of(FaultKind.ServerError, "");
        to.Add("event: error\ndata: {\"type\":\"error\",\"sequence_number\":"u8).Add(exchange.NextEvent);
        to.Add(",\"code\":\"server_error\",\"message\":"u8).AddJson(error.Message).Add(",\"param\":null}\n\n"u8);
    }

    public override void WriteGarbageEvent(OutputBuffer to) =>
        to.Add("event: response.output_text.delta\ndata: {\"type\":\"resp<html>502 Bad Gateway</html>\n\n"u8);
}
