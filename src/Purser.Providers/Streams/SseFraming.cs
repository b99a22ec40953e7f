namespace Purser.Providers.Streams;

/// <summary>
/// Server-sent events: the <c>data</c> lines of one are joined by line feeds, and a blank line ends it. Some providers leave the last blank line
/// out, so that a whole event at the end counts.
/// </summary>
internal sealed class SseFraming : LineFraming
{
    private readonly PooledBytes data = new();
    private readonly PooledBytes name = new();
    private bool hasData;
    private bool isDropped;

    /// <inheritdoc/>
    public override void End(StreamEvents events)
    {
        base.End(events);
        Dispatch(events, isCut: true);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        data.Dispose();
        name.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override void Take(ReadOnlySpan<byte> line, StreamEvents events, bool isCut)
    {
        if (line.IsEmpty)
        {
            Dispatch(events, isCut: false);
        }
        else if (SseEventData.FieldValue(line, "data"u8, out var value))
        {
            if ((hasData && !data.TryAppend("\n"u8)) || !data.TryAppend(line[value..]))
            {
                isDropped = true;
                NoteTooLong(events);
            }
            hasData = true;
        }
        else if (SseEventData.FieldValue(line, "event"u8, out value))
        {
            name.Clear();
            isDropped |= !name.TryAppend(line[value..]);
        }
    }

    private void Dispatch(StreamEvents events, bool isCut)
    {
        if (!isDropped && name.Written.SequenceEqual("error"u8))
        {
            events.Reading.SawError = true;
        }
        if (!isDropped && data.Length > 0)
        {
            events.Take(name.Written, data.Written, isCut);
        }
        data.Clear();
        name.Clear();
        hasData = false;
        isDropped = false;
    }
}
