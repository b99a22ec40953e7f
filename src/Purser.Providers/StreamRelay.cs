using System.Buffers;

namespace Purser.Providers;

/// <summary>
/// Relays one streamed answer. The client gets the provider's bytes, whole events at a time, less what Purser's own
/// additions to the request brought in; the usage is read on the way. Not safe for use by several threads at once.
/// </summary>
public abstract class StreamRelay : IDisposable
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

    /// <summary>Whether an error can be told in the stream. Where it can't, a stream that breaks has to end as a broken connection.</summary>
    public virtual bool TellsErrors => true;

    /// <summary>
    /// Ends the stream with an error event in the client's protocol. The beginning of an event that never ended is dropped,
    /// so that the client can read the error. Instead of <see cref="Complete"/>, not after it.
    /// </summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void WriteError(in WireError error, IBufferWriter<byte> output);

    /// <summary>
    /// Ends the stream in the client's protocol as a stop at the output limit, which clients take for a normal end
    /// (<c>finish_reason: length</c>, <c>stop_reason: max_tokens</c>): well-formed, whatever the stream was in the middle of.
    /// The beginning of an event that never ended is dropped. The notice goes out as a comment, and where clients show it
    /// if that is safe: at the end of text, never in a tool's arguments, in thinking, or in text that must be JSON.
    /// A stream that has ended gets the comment alone; a second cut does nothing. Instead of <see cref="Complete"/>. What is
    /// relayed afterwards is still read, so that a provider that can't be cancelled is metered, but appends nothing.
    /// </summary>
    /// <param name="cut">Why it ends.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void CutOff(in CutOff cut, IBufferWriter<byte> output);

    /// <summary>
    /// Appends a text to the answer that is being streamed, at the end of the next text in it (of several choices, the first), so that no sentence
    /// is interrupted: not in a tool's arguments, in thinking, in text that must be JSON, nor after the stream's end. Where no such text
    /// ends, it's never written. The client can't tell it from the model's own text, and sends it back in the next turn: for short notices.
    /// The events of an OpenAI response that repeat the text don't have it.
    /// </summary>
    /// <param name="text">The text as it shall appear, line feeds included.</param>
    public abstract void CloseWith(string text);

    /// <summary>Whether the text of <see cref="CloseWith"/> has been written.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>
    /// Appends a figure as a comment of the protocol, which clients skip: <c>: x-purser-cost-usd=0.000123000</c>. Nothing where they don't.
    /// </summary>
    /// <param name="name">The figure's name, ASCII without line ends.</param>
    /// <param name="value">The figure, ASCII without line ends.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void WriteFigure(string name, string value, IBufferWriter<byte> output);

    /// <summary>Gives its buffers back.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
