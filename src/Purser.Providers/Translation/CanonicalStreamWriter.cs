using System.Buffers;
using System.Text;

namespace Purser.Providers.Translation;

/// <summary>
/// Writes one stream for a client, event by event, in its format's protocol: what clients expect at the start, around blocks and at the end is
/// written too. Not safe for use by several threads at once.
/// </summary>
/// <param name="context">The request that is answered, and what the stream doesn't say.</param>
public abstract class CanonicalStreamWriter(AnswerContext context) : IDisposable
{
    /// <summary>The rules that were applied so far. A stream's header is out by then: the gateway may say them in a comment.</summary>
    public RuleNotes Notes { get; } = new();

    /// <summary>The request that is answered.</summary>
    protected AnswerContext Context { get; } = context;

    /// <summary>Writes an event.</summary>
    /// <param name="next">The event, in the order that <see cref="CanonicalEvent"/> says.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public abstract void Write(in CanonicalEvent next, IBufferWriter<byte> output);

    /// <summary>Writes a comment that clients skip; nothing where the protocol has none.</summary>
    /// <param name="text">One line without control characters.</param>
    /// <param name="output">Takes the client's bytes.</param>
    public virtual void WriteComment(string text, IBufferWriter<byte> output)
    {
        output.Write(": "u8);
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\n\n"u8);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what it holds.</summary>
    protected virtual void Dispose(bool disposing) { }
}
