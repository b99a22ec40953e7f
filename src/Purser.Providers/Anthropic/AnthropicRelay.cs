using System.Buffers;

namespace Purser.Providers.Anthropic;

/// <summary>Relays a stream of message events as it is, and reads the usage in it.</summary>
internal sealed class AnthropicRelay(UsageReading reading) : SseRelay(reading)
{
    private readonly AnthropicUsage usage = new();

    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        if (!AnthropicAnswer.TryWalk(data, Reading, usage, isEvent: true))
        {
            Reading.AddViolation("an event of the stream is not a JSON object");
            Reading.RelayedOutputBytes += data.Length;
            return EventVerdict.Broken;
        }
        return EventVerdict.Keep;
    }

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        Write(output, "event: error\ndata: "u8);
        ProviderCatalog.Anthropic.WriteError(output, error);
        Write(output, "\n\n"u8);
    }
}
