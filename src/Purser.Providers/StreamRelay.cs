using System.Buffers;

namespace Purser.Providers;

/// <summary>
/// Relays one streamed answer. The client gets the provider's bytes, whole events at a time, less what Purser's own
/// additions to the request brought in; the usage is read on the way. Not safe for use by several threads at once.
/// </summary>
public abstract class StreamRelay
{
    /// <summary>The largest event that is read, in bytes: 8 MiB. A larger one is relayed unread and recorded as a violation.</summary>
    public const int MaxEventBytes = 8 * 1024 * 1024;

    /// <summary>Takes bytes as they come, split anywhere, and appends what the client shall get.</summary>
    /// <param name="chunk">The next bytes from the provider, decoded. May be empty.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void Relay(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output);

    /// <summary>The provider's stream ended: appends what was held back for want of an event's end.</summary>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void Complete(IBufferWriter<byte> output);

    /// <summary>
    /// Ends the stream with an error event in the client's protocol. The beginning of an event that never ended is dropped,
    /// so that the client can read the error. Instead of <see cref="Complete"/>, not after it.
    /// </summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void WriteError(in WireError error, IBufferWriter<byte> output);

    /// <summary>
    /// Appends a figure as a comment of the protocol, which clients skip: <c>: x-purser-cost-usd=0.000123000</c>.
    /// </summary>
    /// <param name="name">The figure's name, ASCII without line ends.</param>
    /// <param name="value">The figure, ASCII without line ends.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void WriteFigure(string name, string value, IBufferWriter<byte> output);
}
