using Purser.Providers.Bodies;

namespace Purser.Providers.Anthropic;

/// <summary>Anthropic's message batches: <c>{"custom_id","result":{"type":"succeeded","message":{}}}</c>; what errored, expired or was canceled isn't billed.</summary>
/// <param name="messages">Reads the messages.</param>
internal sealed class AnthropicBatchReader(BodyReader messages) : BatchBodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var result = BodyScan.Member(body, "result"u8);
        switch (BodyScan.Text(result, "type"u8))
        {
            case "succeeded" when BodyScan.Member(result, "message"u8) is [(byte)'{', ..] message:
                return ReadAnswer(messages, message, model, reading);
            case "errored":
                return NoAnswer(reading, "the request errored, and isn't billed");
            case "canceled":
                return NoAnswer(reading, "the request was canceled, and isn't billed");
            case "expired":
                return NoAnswer(reading, "the request expired, and isn't billed");
            default:
                return NoLine(reading);
        }
    }
}
