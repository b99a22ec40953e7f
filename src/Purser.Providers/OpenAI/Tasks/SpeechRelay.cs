using System.Buffers;
using Purser.Core.Usage;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>
/// Passes audio on as it comes, none of it held. Its bytes say nothing of the usage; the text that was spoken does. Where events were asked for and
/// come, they are relayed as such.
/// </summary>
/// <param name="reading">Takes the usage at the audio's end.</param>
/// <param name="characters">The characters of the text.</param>
/// <param name="events">Relays events; null where audio was asked for.</param>
internal sealed class SpeechRelay(UsageReading reading, long characters, StreamRelay? events) : StreamRelay
{
    private StreamRelay? relay = events;
    private bool hasBegun;

    /// <inheritdoc/>
    public override bool IsClosed => relay?.IsClosed ?? false;

    /// <inheritdoc/>
    public override bool TellsErrors => relay is not null;

    /// <inheritdoc/>
    public override void Relay(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (!hasBegun && !chunk.IsEmpty)
        {
            hasBegun = true;
            // A server that knows no events answers with audio all the same; none of its forms begins like one.
            relay = chunk[0] is (byte)'d' or (byte)'e' or (byte)':' or (byte)'i' or (byte)'\n' or (byte)'\r' or 0xEF ? relay : null;
        }
        if (relay is not null)
        {
            relay.Relay(chunk, output);
            return;
        }
        reading.RelayedOutputBytes += chunk.Length;
        reading.OutputEvents = Math.Max(reading.OutputEvents, chunk.IsEmpty ? 0 : 1);
        output.Write(chunk);
    }

    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        reading.MayThinkUnseen = false;
        if (relay is not null)
        {
            relay.Complete(output);
            return;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.SpeechCharacter] = characters;
        reading.Usage = usage;
        reading.HasUsage = true;
        reading.UsageIsFinal = true;
        reading.Terminated = true;
    }

    /// <inheritdoc/>
    public override void WriteError(in WireError error, IBufferWriter<byte> output) => relay?.WriteError(error, output);

    /// <inheritdoc/>
    public override void CutOff(in CutOff cut, IBufferWriter<byte> output) => relay?.CutOff(cut, output);

    /// <inheritdoc/>
    public override void CloseWith(string text) => relay?.CloseWith(text);

    /// <inheritdoc/>
    public override void WriteFigure(string name, string value, IBufferWriter<byte> output) => relay?.WriteFigure(name, value, output);
}
