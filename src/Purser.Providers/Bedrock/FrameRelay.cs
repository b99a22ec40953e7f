using System.Buffers;
using System.Text.Json;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>
/// The relay of AWS's binary event streams. Finds frames whatever the split of the bytes, checks their sums, asks the format what each says, and
/// passes them on byte for byte. There are no comments in such a stream, so that figures and notices outside the text have no place. After a damaged
/// frame nothing can be found any more: what follows is passed on unread.
/// </summary>
internal abstract class FrameRelay : StreamRelay
{
    /// <summary>The content type of such streams.</summary>
    public const string ContentType = "application/vnd.amazon.eventstream";

    private readonly PooledBytes held = new();
    private readonly FrameFraming framing = new();
    private readonly ArrayBufferWriter<byte> before = new();
    private readonly Frames frames;
    private NoWriter? nowhere;
    private string? closing;
    private bool isClosed;
    private bool isUnread;

    protected FrameRelay(UsageReading reading)
    {
        Reading = reading;
        frames = new Frames(this);
    }

    /// <summary>What the stream said so far.</summary>
    protected UsageReading Reading { get; }

    /// <inheritdoc/>
    public override bool IsClosed => isClosed;

    /// <summary>Whether a content type is that of such streams.</summary>
    public static bool IsFrames(string? mediaType) => string.Equals(mediaType, ContentType, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads one event before it's relayed. False, or what a JSON reader throws: it isn't what it should be.</summary>
    /// <param name="name">Its type.</param>
    /// <param name="payload">Its JSON.</param>
    /// <param name="output">Takes frames that shall stand before it.</param>
    protected abstract bool Inspect(ReadOnlySpan<byte> name, ReadOnlySpan<byte> payload, IBufferWriter<byte> output);

    /// <summary>Writes the frames that end the stream as a stop at the output limit.</summary>
    /// <param name="cut">Why; people may read it in the answer where <see cref="Providers.CutOff.InAnswer"/>.</param>
    /// <param name="output">Takes the client's bytes.</param>
    protected abstract void WriteEnd(in CutOff cut, IBufferWriter<byte> output);

    /// <summary>The bytes ended.</summary>
    protected virtual void OnEnd() { }

    /// <summary>The closing text, once; null where there is none to write. To be called once the frame is known to end a text.</summary>
    protected string? TakeClosing()
    {
        if (closing is null || nowhere is not null)
        {
            return null;
        }
        isClosed = true;
        var text = closing;
        closing = null;
        return text;
    }

    /// <inheritdoc/>
    public override void CloseWith(string text) => closing = text;

    /// <inheritdoc/>
    public override void Relay(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        output = nowhere ?? output;
        while (!chunk.IsEmpty)
        {
            if (isUnread)
            {
                PassUnread(chunk, output);
                return;
            }
            if (held.Length == 0 && chunk.Length >= FrameFraming.PreludeBytes)
            {
                var length = FrameFraming.LengthOf(chunk);
                if (length is null)
                {
                    GiveUp(chunk, output);
                    return;
                }
                if (chunk.Length >= length)
                {
                    Take(chunk[..length.Value], output);
                    chunk = chunk[length.Value..];
                    continue;
                }
            }
            chunk = Hold(chunk, output);
        }
    }

    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        if (held.Length > 0)
        {
            // Half a frame is of no use to anyone.
            Reading.AddViolation(StreamEvents.Cut);
            held.Clear();
        }
        OnEnd();
    }

    /// <inheritdoc/>
    public override void WriteError(in WireError error, IBufferWriter<byte> output)
    {
        if (nowhere is null)
        {
            held.Clear();
            BedrockError.WriteFrame(error, output);
        }
    }

    /// <inheritdoc/>
    public override void CutOff(in CutOff cut, IBufferWriter<byte> output)
    {
        const int longest = 1000;
        if (nowhere is not null)
        {
            return;
        }
        // What is held is not written, but kept: it's the beginning of a frame that may still be read.
        if (!Reading.Terminated)
        {
            WriteEnd(cut with { Notice = JsonReading.Clean(cut.Notice, longest) ?? "" }, output);
        }
        nowhere = new NoWriter();
    }

    /// <summary>Nothing: a frame is an event, and there are no comments.</summary>
    public override void WriteFigure(string name, string value, IBufferWriter<byte> output) { }

    /// <inheritdoc/>
    public override void Dispose()
    {
        held.Dispose();
        framing.Dispose();
        base.Dispose();
    }

    // Holds bytes up to the end of the prelude, or of the frame, and gives back the rest.
    private ReadOnlySpan<byte> Hold(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        var isInPrelude = held.Length < FrameFraming.PreludeBytes;
        var wanted = isInPrelude ? FrameFraming.PreludeBytes : FrameFraming.LengthOf(held.Written)!.Value;
        var taken = Math.Min(chunk.Length, wanted - held.Length);
        held.TryAppend(chunk[..taken]);
        if (held.Length == wanted)
        {
            if (!isInPrelude)
            {
                Take(held.Written, output);
                held.Clear();
            }
            else if (FrameFraming.LengthOf(held.Written) is null)
            {
                GiveUp(held.Written, output);
                held.Clear();
            }
        }
        return chunk[taken..];
    }

    private void Take(ReadOnlySpan<byte> frame, IBufferWriter<byte> output)
    {
        framing.Feed(frame, frames);
        output.Write(before.WrittenSpan);
        before.ResetWrittenCount();
        output.Write(frame);
        if (framing.IsBroken)
        {
            isUnread = true;
            Reading.RelayedOutputBytes += frame.Length;
        }
    }

    // The prelude is damaged, or that of a frame too long to read: says so.
    private void GiveUp(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        framing.Feed(bytes[..FrameFraming.PreludeBytes], frames);
        isUnread = true;
        PassUnread(bytes, output);
    }

    private void PassUnread(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        Reading.RelayedOutputBytes += bytes.Length;
        output.Write(bytes);
    }

    private sealed class Frames(FrameRelay relay) : StreamEvents(relay.Reading)
    {
        /// <inheritdoc/>
        public override bool IsFinal => false;

        /// <inheritdoc/>
        protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
        {
            try
            {
                if (relay.Inspect(name, data, relay.before))
                {
                    return true;
                }
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                // Not JSON; or bytes that are no UTF-8, met in a comparison.
            }
            Reading.RelayedOutputBytes += data.Length;
            return false;
        }
    }
}
