namespace Purser.Providers.Streams;

/// <summary>Finds the events in a stream's bytes, whatever the cuts between its chunks, and hands each on whole.</summary>
internal abstract class EventFraming : IDisposable
{
    /// <summary>The beginning of what hasn't come to its end.</summary>
    protected PooledBytes Held { get; } = new();

    /// <summary>Takes the next bytes.</summary>
    public abstract void Feed(ReadOnlySpan<byte> chunk, StreamEvents events);

    /// <summary>The stream ended: what has begun and isn't whole is a violation.</summary>
    public abstract void End(StreamEvents events);

    /// <inheritdoc/>
    public virtual void Dispose() => Held.Dispose();

    /// <summary>An event has more bytes than one may have.</summary>
    protected static void NoteTooLong(StreamEvents events) =>
        events.Reading.AddViolation("an event of the stream has more than 8 MiB and was not read");

    /// <summary>The stream was cut off.</summary>
    protected static void NoteCut(StreamEvents events) => events.Reading.AddViolation(StreamEvents.Cut);
}
