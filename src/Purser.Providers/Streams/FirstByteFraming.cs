namespace Purser.Providers.Streams;

/// <summary>A stream that comes in one of two framings, which its first byte that is no white space tells apart.</summary>
/// <param name="mark">The first byte of <paramref name="marked"/>.</param>
/// <param name="marked">The framing that begins with it.</param>
/// <param name="other">The framing that begins with anything else.</param>
internal sealed class FirstByteFraming(byte mark, EventFraming marked, EventFraming other) : EventFraming
{
    private EventFraming? framing;

    /// <inheritdoc/>
    public override void Feed(ReadOnlySpan<byte> chunk, StreamEvents events)
    {
        if (framing is null)
        {
            chunk = chunk.TrimStart(" \t\r\n"u8);
            if (chunk.IsEmpty)
            {
                return;
            }
            framing = chunk[0] == mark ? marked : other;
        }
        framing.Feed(chunk, events);
    }

    /// <inheritdoc/>
    public override void End(StreamEvents events) => framing?.End(events);

    /// <inheritdoc/>
    public override void Dispose()
    {
        marked.Dispose();
        other.Dispose();
        base.Dispose();
    }
}
