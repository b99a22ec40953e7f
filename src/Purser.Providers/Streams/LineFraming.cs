namespace Purser.Providers.Streams;

/// <summary>A stream of lines, ended by LF, CRLF or CR, the last with or without an end: each that isn't blank is an event (NDJSON).</summary>
internal class LineFraming : EventFraming
{
    private bool endedInCr;
    private bool isTooLong;
    private bool hasBegun;

    /// <inheritdoc/>
    public override void Feed(ReadOnlySpan<byte> chunk, StreamEvents events)
    {
        if (endedInCr && !chunk.IsEmpty)
        {
            endedInCr = false;
            chunk = chunk[0] == (byte)'\n' ? chunk[1..] : chunk;
        }
        while (!chunk.IsEmpty)
        {
            var end = chunk.IndexOfAny((byte)'\n', (byte)'\r');
            if (end < 0)
            {
                Hold(chunk, events);
                return;
            }
            EndLine(chunk[..end], events);
            endedInCr = chunk[end] == (byte)'\r';
            chunk = chunk[(end + 1)..];
            if (endedInCr && !chunk.IsEmpty)
            {
                endedInCr = false;
                chunk = chunk[0] == (byte)'\n' ? chunk[1..] : chunk;
            }
        }
    }

    /// <inheritdoc/>
    public override void End(StreamEvents events)
    {
        if (Held.Length > 0)
        {
            EndLine(default, events, isCut: true);
        }
    }

    /// <summary>A line without its end; it may be empty.</summary>
    /// <param name="line">The line.</param>
    /// <param name="events">Takes events.</param>
    /// <param name="isCut">Whether the stream ended before the line did.</param>
    protected virtual void Take(ReadOnlySpan<byte> line, StreamEvents events, bool isCut)
    {
        line = line.Trim(" \t"u8);
        if (!line.IsEmpty)
        {
            events.Take(default, line, isCut);
        }
    }

    private void EndLine(ReadOnlySpan<byte> tail, StreamEvents events, bool isCut = false)
    {
        if (Held.Length > 0 || isTooLong)
        {
            Hold(tail, events);
            tail = Held.Written;
        }
        if (!isTooLong)
        {
            var line = !hasBegun && tail.StartsWith("\uFEFF"u8) ? tail[3..] : tail;
            Take(line, events, isCut);
        }
        hasBegun = true;
        isTooLong = false;
        Held.Clear();
    }

    private void Hold(ReadOnlySpan<byte> tail, StreamEvents events)
    {
        if (!isTooLong && !Held.TryAppend(tail))
        {
            isTooLong = true;
            Held.Clear();
            NoteTooLong(events);
        }
    }
}
