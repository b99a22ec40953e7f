using Purser.Providers.Streams;

namespace Purser.Providers.Translation;

/// <summary>
/// Reads one stream of a provider, whose bytes may be cut anywhere, into canonical events. What can't be read is an error event, and never
/// thrown; after it, and after the end, nothing more is given. Not safe for use by several threads at once.
/// </summary>
public sealed class CanonicalStreamReader : IDisposable
{
    private readonly EventFraming framing;
    private readonly ProviderEvents events;

    internal CanonicalStreamReader(EventFraming framing, ProviderEvents events) => (this.framing, this.events) = (framing, events);

    /// <summary>Takes the next bytes, decoded from any content encoding. They may be none.</summary>
    /// <param name="chunk">The bytes.</param>
    /// <param name="sink">Takes the events that are whole with them.</param>
    public void Feed(ReadOnlySpan<byte> chunk, CanonicalEvents sink)
    {
        events.Sink = sink;
        framing.Feed(chunk, events);
        events.CheckFraming();
    }

    /// <summary>The provider's stream ended. Where it did so before its format says that it may, the last event is an error, <c>stream_cut</c>.</summary>
    /// <param name="sink">Takes the last events.</param>
    public void End(CanonicalEvents sink)
    {
        events.Sink = sink;
        framing.End(events);
        events.Close();
    }

    /// <summary>Gives its buffers back.</summary>
    public void Dispose()
    {
        framing.Dispose();
        events.Dispose();
    }
}
