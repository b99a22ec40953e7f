using System.Buffers;
using Purser.Providers.Streams;

namespace Purser.Providers.Gemini;

/// <summary>
/// Writes a stream of events as a JSON array, an element an event, as Google does for clients that ask for no events. Comments have no place in
/// it: neither figures nor a notice outside the text.
/// </summary>
/// <param name="events">Relays the provider's stream.</param>
internal sealed class GeminiArrayRelay(StreamRelay events) : StreamRelay
{
    private readonly ArrayBufferWriter<byte> relayed = new();
    private readonly SseFraming framing = new();
    private readonly Elements elements = new();
    private bool isEnded;

    /// <inheritdoc/>
    public override bool IsClosed => events.IsClosed;

    /// <inheritdoc/>
    public override void Relay(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        events.Relay(chunk, relayed);
        Reframe(output);
    }

    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        events.Complete(relayed);
        Reframe(output);
        if (!isEnded)
        {
            elements.Output = output;
            framing.End(elements);
        }
    }

    /// <inheritdoc/>
    public override void WriteError(in WireError error, IBufferWriter<byte> output)
    {
        events.WriteError(error, relayed);
        Reframe(output);
    }

    /// <inheritdoc/>
    public override void CutOff(in CutOff cut, IBufferWriter<byte> output)
    {
        events.CutOff(cut, relayed);
        Reframe(output);
    }

    /// <inheritdoc/>
    public override void CloseWith(string text) => events.CloseWith(text);

    /// <summary>The answer is over: the array ends. A figure can't be in it.</summary>
    public override void WriteFigure(string name, string value, IBufferWriter<byte> output)
    {
        if (!isEnded)
        {
            isEnded = true;
            output.Write(elements.HasBegun ? "\n]"u8 : "[]"u8);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        events.Dispose();
        framing.Dispose();
        elements.Dispose();
        base.Dispose();
    }

    private void Reframe(IBufferWriter<byte> output)
    {
        if (!isEnded && relayed.WrittenCount > 0)
        {
            elements.Output = output;
            framing.Feed(relayed.WrittenSpan, elements);
        }
        relayed.ResetWrittenCount();
    }

    private sealed class Elements : StreamEvents
    {
        public IBufferWriter<byte> Output { get; set; } = new NoWriter();

        public bool HasBegun { get; private set; }

        /// <inheritdoc/>
        public override bool IsFinal => false;

        /// <inheritdoc/>
        protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
        {
            if (data is not [(byte)'{', ..])
            {
                return false;
            }
            Output.Write(HasBegun ? "\n,\r\n"u8 : "["u8);
            Output.Write(data);
            HasBegun = true;
            return true;
        }
    }
}
