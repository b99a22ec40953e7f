using System.Buffers;
using Purser.Providers.Anthropic;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>
/// Relays Claude's events in Bedrock's frames. The events within go through the relay of Anthropic's own format, which reads their usage, and
/// writes how a stream is ended; what it adds is framed.
/// </summary>
internal sealed class ClaudeInvokeRelay(UsageReading reading, RequestFacts facts) : FrameRelay(reading)
{
    private readonly AnthropicRelay events = new(reading, facts);
    private readonly PooledBytes decoded = new();
    private readonly ArrayBufferWriter<byte> asEvent = new();
    private readonly ArrayBufferWriter<byte> relayed = new();
    private readonly ChunkWriter frames = new();

    /// <inheritdoc/>
    public override bool IsClosed => events.IsClosed;

    /// <inheritdoc/>
    public override void CloseWith(string text) => events.CloseWith(text);

    /// <inheritdoc/>
    protected override bool Inspect(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        if (!name.SequenceEqual(ChunkPayload.Type))
        {
            return true;
        }
        if (ChunkPayload.TryDecode(payload, decoded) is not true)
        {
            return false;
        }
        WriteEvent(decoded.Written);
        events.Relay(asEvent.WrittenSpan, relayed);
        // The event itself comes last, and its frame goes on as it is.
        var added = relayed.WrittenCount - asEvent.WrittenCount;
        if (added > 0)
        {
            frames.Write(relayed.WrittenSpan[..added], output);
        }
        relayed.ResetWrittenCount();
        return true;
    }

    /// <inheritdoc/>
    protected override void WriteEnd(in CutOff cut, IBufferWriter<byte> output)
    {
        events.CutOff(cut, relayed);
        frames.Write(relayed.WrittenSpan, output);
        relayed.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        events.Dispose();
        decoded.Dispose();
        frames.Dispose();
        base.Dispose();
    }

    // Between JSON's tokens a line end is as good as a space; in its strings there is none.
    private void WriteEvent(ReadOnlySpan<byte> json)
    {
        asEvent.ResetWrittenCount();
        asEvent.Write("data: "u8);
        var line = asEvent.GetSpan(json.Length)[..json.Length];
        json.CopyTo(line);
        line.Replace((byte)'\n', (byte)' ');
        line.Replace((byte)'\r', (byte)' ');
        asEvent.Advance(json.Length);
        asEvent.Write("\n\n"u8);
    }
}
