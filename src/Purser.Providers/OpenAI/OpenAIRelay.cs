using System.Buffers;

namespace Purser.Providers.OpenAI;

/// <summary>
/// Relays a stream of chat completion chunks. Where Purser turned <c>include_usage</c> on, the chunk that carries only
/// usage and the <c>"usage":null</c> of the others are taken out again.
/// </summary>
internal sealed class OpenAIRelay(UsageReading reading, bool hidesUsage) : SseRelay(reading)
{
    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        base.Complete(output);
        // Some vendors send usage with the last choice, and no [DONE].
        Reading.UsageIsFinal |= Reading.HasUsage && Reading.StopReason is not null;
    }

    /// <inheritdoc/>
    protected override EventVerdict Inspect(ReadOnlySpan<byte> data)
    {
        if (data.Trim(" \t"u8).SequenceEqual("[DONE]"u8))
        {
            Reading.Terminated = true;
            Reading.UsageIsFinal = Reading.HasUsage;
            return EventVerdict.Keep;
        }
        if (!OpenAIAnswer.TryWalk(data, Reading, out var chunk))
        {
            Reading.AddViolation("an event of the stream is not a JSON object");
            Reading.RelayedOutputBytes += data.Length;
            return EventVerdict.Broken;
        }
        if (chunk.HasUsageObject)
        {
            Reading.UsageIsFinal |= Reading.HasUsage && chunk.ChoicesAreEmpty;
            return hidesUsage && chunk.ChoicesAreEmpty && !chunk.HasMore ? EventVerdict.Drop : EventVerdict.Keep;
        }
        return hidesUsage && chunk.NullUsage.Length > 0
            ? new EventVerdict(EventAction.Cut, chunk.NullUsage.Offset, chunk.NullUsage.Length)
            : EventVerdict.Keep;
    }

    /// <inheritdoc/>
    protected override void WriteErrorEvent(in WireError error, IBufferWriter<byte> output)
    {
        Write(output, "data: "u8);
        ProviderCatalog.OpenAI.WriteError(output, error);
        Write(output, "\n\n"u8);
    }
}
