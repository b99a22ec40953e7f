using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>
/// A stream of InvokeModelWithResponseStream: each frame holds an event of the model's own format, <c>{"bytes":"eyJ0eXBlIjoi…"}</c>, in base64.
/// </summary>
/// <param name="events">Reads those events.</param>
internal sealed class InvokeStream(StreamEvents events) : StreamEvents(events.Reading)
{
    private readonly PooledBytes decoded = new();

    /// <inheritdoc/>
    public override bool IsFinal => events.IsFinal;

    /// <inheritdoc/>
    public override string WhyNotFinal => events.WhyNotFinal;

    /// <inheritdoc/>
    public override VideoInput End() => events.End();

    /// <inheritdoc/>
    public override void Dispose()
    {
        decoded.Dispose();
        events.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        // Server-sent events hold the model's events as they are.
        if (!name.SequenceEqual(ChunkPayload.Type))
        {
            events.Take(name, data, isCut: false);
            return true;
        }
        if (ChunkPayload.TryDecode(data, decoded) is not { } isDecoded)
        {
            return false;
        }
        if (!isDecoded)
        {
            Reading.AddViolation("a frame of the event stream holds no base64");
            return true;
        }
        events.Take(default, decoded.Written, isCut: false);
        return true;
    }
}
