using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Anthropic;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>Anthropic's messages on Bedrock: the model and whether to stream are in the URL, the version and betas in the body.</summary>
internal sealed class ClaudeInvokeWire(BedrockRoute route, HttpRequest asked, AwsKeyPair? key) : InvokeWire(route, asked, key)
{
    private const string Version = "bedrock-2023-05-31";

    private static readonly byte[] DataStart = "data: "u8.ToArray();

    private readonly AnthropicWire inner = new();

    protected override ChatRequest? ReadSigned(RequestBody body, out RequestError? error)
    {
        var request = AnthropicRequestReader.Read(body, countOnly: false, out error);
        if (request is null)
        {
            error =
                error!.Status == 404 ? BedrockErrors.NoSuchModel
                : error == AnthropicErrors.NotJson ? BedrockErrors.NotJson
                : BedrockErrors.Invalid(error.Message);
            return null;
        }

        // What Bedrock has in the URL and the headers must not be in the body.
        var members = Json.Sections(body, 0..body.Bytes.Length);
        var extra = Array.Find(["model", "stream"], members.ContainsKey);
        error =
            extra is not null ? BedrockErrors.Invalid($"{extra}: Extra inputs are not permitted")
            : request.ApiVersion == Version || AnthropicWire.IsOfToday(request.ApiVersion) ? null
            : request.ApiVersion is null ? BedrockErrors.Invalid("anthropic_version: Field required")
            : BedrockErrors.Invalid($"anthropic_version: Input should be '{Version}'");
        return error is null ? request : null;
    }

    public override string NewId(ref SeededRandom random) => Ids.BedrockMessage(ref random);

    public override string NewToolCallId(string tool, ref SeededRandom random) => Ids.BedrockToolUse(ref random);

    public override void WriteAnswer(OutputBuffer to, Exchange exchange) => inner.WriteAnswer(to, exchange);

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange)
    {
        var events = new OutputBuffer();
        foreach (var frame in inner.Stream(events, exchange))
        {
            Wrap(events.Written, to, exchange);
            events.Clear();
            yield return frame;
        }
    }

    public override void WriteKeepAlive(OutputBuffer to) =>
        EventStream.WriteEvent(to, "chunk", "{\"bytes\":\"eyJ0eXBlIjoicGluZyJ9\",\"p\":\"abc\"}"u8);

    // One frame for each event, whose name its JSON says again.
    private static void Wrap(ReadOnlySpan<byte> events, OutputBuffer to, Exchange exchange)
    {
        foreach (var range in events.Split((byte)'\n'))
        {
            var line = events[range];
            if (!line.StartsWith(DataStart))
            {
                continue;
            }

            var json = line[DataStart.Length..];
            if (json.SequenceEqual("{\"type\":\"message_stop\"}"u8))
            {
                var last = new OutputBuffer().Add(json[..^1]);
                WriteMetrics(last, exchange);
                WriteChunk(to, exchange, last.Add("}"u8).Written);
            }
            else if (!json.SequenceEqual("{\"type\": \"ping\"}"u8))
            {
                WriteChunk(to, exchange, json);
            }
        }
    }
}
