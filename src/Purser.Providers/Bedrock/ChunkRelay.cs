using System.Buffers;

namespace Purser.Providers.Bedrock;

/// <summary>Writes a stream of Anthropic's events, whoever made them, as frames for clients of InvokeModelWithResponseStream.</summary>
/// <param name="events">Relays the provider's stream.</param>
internal sealed class ChunkRelay(StreamRelay events) : StreamRelay
{
    private readonly ArrayBufferWriter<byte> relayed = new();
    private readonly ChunkWriter frames = new();

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
        frames.End(output);
    }

    /// <inheritdoc/>
    public override void WriteError(in WireError error, IBufferWriter<byte> output) => BedrockError.WriteFrame(error, output);

    /// <inheritdoc/>
    public override void CutOff(in CutOff cut, IBufferWriter<byte> output)
    {
        events.CutOff(cut, relayed);
        Reframe(output);
    }

    /// <inheritdoc/>
    public override void CloseWith(string text) => events.CloseWith(text);

    /// <summary>Nothing: frames have no comments.</summary>
    public override void WriteFigure(string name, string value, IBufferWriter<byte> output) { }

    /// <inheritdoc/>
    public override void Dispose()
    {
        events.Dispose();
        frames.Dispose();
        base.Dispose();
    }

    private void Reframe(IBufferWriter<byte> output)
    {
        if (relayed.WrittenCount > 0)
        {
            frames.Write(relayed.WrittenSpan, output);
        }
        relayed.ResetWrittenCount();
    }
}
