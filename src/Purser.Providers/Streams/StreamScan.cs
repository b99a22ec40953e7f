using Purser.Providers.Bodies;

namespace Purser.Providers.Streams;

/// <summary>
/// Reads the usage of one streamed answer from its bytes, which come in chunks that may be cut anywhere. An event has at most
/// <see cref="StreamRelay.MaxEventBytes"/> bytes; a longer one, and any bytes that aren't the format's, are an error and never thrown. Nothing is
/// allocated for a chunk once the buffers have their size. Not safe for use by several threads at once. <see cref="StreamScans"/> opens one.
/// </summary>
public sealed class StreamScan : IDisposable
{
    private readonly EventFraming framing;
    private readonly StreamEvents events;
    private BodyUsage? usage;

    internal StreamScan(EventFraming framing, StreamEvents events) => (this.framing, this.events) = (framing, events);

    /// <summary>Whether all has come that the usage depends on. A stream that ends before isn't priced.</summary>
    public bool UsageIsFinal => events.IsFinal;

    /// <summary>Takes the next bytes, decoded from any content encoding. They may be none.</summary>
    /// <exception cref="InvalidOperationException">The stream has been completed.</exception>
    public void Feed(ReadOnlySpan<byte> chunk)
    {
        if (usage is not null)
        {
            throw new InvalidOperationException("The stream has been completed.");
        }
        framing.Feed(chunk, events);
    }

    /// <summary>
    /// The stream ended: what it used. Where it ended before its final usage, that is the <see cref="BodyUsage.Error"/>, and the usage is only
    /// what was stated until then.
    /// </summary>
    public BodyUsage Complete()
    {
        if (usage is { } known)
        {
            return known;
        }
        framing.End(events);
        var isFinal = events.IsFinal;
        if (!isFinal)
        {
            events.Reading.AddViolation(events.WhyNotFinal);
        }
        var video = events.End();
        events.Reading.UsageIsFinal = isFinal && events.Reading.HasUsage;
        var read = BodyUsage.Of(events.Reading, video);
        usage = read;
        return read;
    }

    /// <summary>Gives its buffers back.</summary>
    public void Dispose()
    {
        framing.Dispose();
        events.Dispose();
    }
}
