using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers;

/// <summary>
/// The relay of a server-sent event stream. Finds events whatever the split of the bytes and whatever the line ends
/// (LF, CRLF, CR), asks the format what to do with each, and writes runs of untouched events in one piece.
/// A comment line outside an event counts as an event of its own, so that a keep-alive isn't held back.
/// </summary>
internal abstract class SseRelay(UsageReading reading) : StreamRelay
{
    private readonly SseEventData eventData = new();
    private byte[] held = [];
    private int heldLength;
    private int lineLength;
    private byte lineFirst;
    private bool eventHasFields;
    private bool lineEndedInCr;
    private bool eventEndedInCr;
    private bool lastDropped;
    private bool oversize;
    private bool isWithinEvent;
    private NoWriter? nowhere;
    private string? closing;
    private bool isClosed;
    private ArrayBufferWriter<byte>? before;

    /// <summary>What the stream said so far.</summary>
    protected UsageReading Reading { get; } = reading;

    /// <summary>
    /// Reads one event's data.
    /// </summary>
    /// <param name="data">The event's data lines, joined; never empty.</param>
    /// <returns>What to do with the event.</returns>
    protected abstract EventVerdict Inspect(ReadOnlySpan<byte> data);

    /// <summary>Writes an error as one whole event.</summary>
    protected abstract void WriteErrorEvent(in WireError error, IBufferWriter<byte> output);

    /// <summary>Writes the events that end the stream as a stop at the output limit.</summary>
    /// <param name="notice">What people shall read, in one line; null where it must not be in the answer, or there is none.</param>
    /// <param name="output">Takes the client's bytes.</param>
    protected abstract void WriteEnd(string? notice, IBufferWriter<byte> output);

    /// <inheritdoc/>
    public override void CutOff(in CutOff cut, IBufferWriter<byte> output)
    {
        const int longest = 1000;
        if (nowhere is not null)
        {
            return;
        }
        // What is held is not written, but kept: it's the beginning of an event that may still be read.
        isWithinEvent |= oversize;
        EndOpenEvent(output);
        var notice = JsonReading.Clean(cut.Notice, longest);
        if (notice is not null && HasComments)
        {
            Write(output, ": "u8);
            Encoding.UTF8.GetBytes(notice, output);
            Write(output, "\n\n"u8);
        }
        if (!Reading.Terminated)
        {
            WriteEnd(cut.InAnswer ? notice : null, output);
        }
        nowhere = new NoWriter();
    }

    /// <inheritdoc/>
    public override void CloseWith(string text) => closing = text;

    /// <inheritdoc/>
    public override bool IsClosed => isClosed;

    /// <summary>
    /// Where to write the closing text, before the event that is being inspected; null where there is none to write. To be called once the event is
    /// known to end a text.
    /// </summary>
    protected IBufferWriter<byte>? BeginClosing(out string text)
    {
        text = closing ?? "";
        if (closing is null || nowhere is not null)
        {
            return null;
        }
        closing = null;
        isClosed = true;
        return before = new ArrayBufferWriter<byte>();
    }

    /// <inheritdoc/>
    public override void Relay(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        output = nowhere ?? output;
        if (chunk.IsEmpty)
        {
            return;
        }
        var position = SkipLineFeed(chunk, output, out var eventStart);
        var runStart = eventStart;
        while (NextLineEnd(chunk, ref position, out var isBoundary))
        {
            if (isBoundary)
            {
                EndEvent(chunk, ref runStart, eventStart, position, output);
                eventStart = position;
            }
        }
        Write(output, chunk[runStart..eventStart]);
        Hold(chunk[eventStart..], output);
    }

    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        output = nowhere ?? output;
        if (heldLength > 0)
        {
            // The end of the stream cut an event off. Some providers leave the last blank line out: a whole event counts.
            // Half an event would be skipped by clients, unless something follows: it goes.
            var whole = held.AsSpan(0, heldLength);
            var verdict = InspectEvent(whole);
            var isKept = verdict.Action is EventAction.Keep or EventAction.Cut;
            Apply(isKept ? verdict : EventVerdict.Drop, whole, output);
            isWithinEvent = isKept && nowhere is null;
            heldLength = 0;
        }
        isWithinEvent |= oversize && nowhere is null;
        oversize = false;
    }

    /// <inheritdoc/>
    public override void WriteError(in WireError error, IBufferWriter<byte> output)
    {
        if (nowhere is not null)
        {
            return;
        }
        heldLength = 0;
        isWithinEvent |= oversize;
        oversize = false;
        EndOpenEvent(output);
        WriteErrorEvent(error, output);
    }

    /// <inheritdoc/>
    public override void WriteFigure(string name, string value, IBufferWriter<byte> output)
    {
        if (!HasComments)
        {
            return;
        }
        EndOpenEvent(output);
        Write(output, ": "u8);
        Encoding.ASCII.GetBytes(name, output);
        Write(output, "="u8);
        Encoding.ASCII.GetBytes(value, output);
        Write(output, "\n\n"u8);
    }

    /// <summary>Whether the format's clients skip comments, as the protocol of events has it.</summary>
    protected virtual bool HasComments => true;

    /// <summary>Copies bytes to the output.</summary>
    protected static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            output.Write(bytes);
        }
    }

    /// <summary>The writer of one event's JSON; <see cref="EndEvent(Utf8JsonWriter, IBufferWriter{byte})"/> ends the event.</summary>
    protected static Utf8JsonWriter BeginEvent(ReadOnlySpan<byte> fields, IBufferWriter<byte> output)
    {
        Write(output, fields);
        Write(output, "data: "u8);
        var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        return writer;
    }

    /// <summary>Ends an event's JSON and the event.</summary>
    protected static void EndEvent(Utf8JsonWriter writer, IBufferWriter<byte> output)
    {
        writer.WriteEndObject();
        writer.Dispose();
        Write(output, "\n\n"u8);
    }

    // Part of an event is out without its end: all that can be done is to end it.
    private void EndOpenEvent(IBufferWriter<byte> output)
    {
        if (isWithinEvent)
        {
            Write(output, "\n\n"u8);
            isWithinEvent = false;
        }
    }

    // A CR at the end of the chunk before may have been the first half of a CRLF.
    private int SkipLineFeed(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output, out int eventStart)
    {
        var isLineFeed = chunk[0] == (byte)'\n';
        var skip = 0;
        eventStart = 0;
        if (eventEndedInCr && isLineFeed)
        {
            if (!lastDropped)
            {
                Write(output, chunk[..1]);
            }
            skip = 1;
            eventStart = 1;
        }
        else if (lineEndedInCr && isLineFeed)
        {
            skip = 1;
        }
        eventEndedInCr = false;
        lineEndedInCr = false;
        return skip;
    }

    /// <summary>Moves to after the next line end. False: there is none in the chunk.</summary>
    private bool NextLineEnd(ReadOnlySpan<byte> chunk, ref int position, out bool isBoundary)
    {
        isBoundary = false;
        var rest = chunk[position..];
        var end = rest.IndexOfAny((byte)'\n', (byte)'\r');
        if (lineLength == 0 && !rest.IsEmpty)
        {
            lineFirst = rest[0];
        }
        if (end < 0)
        {
            lineLength += Math.Min(rest.Length, int.MaxValue - lineLength);
            return false;
        }
        lineLength += Math.Min(end, int.MaxValue - lineLength);
        isBoundary = lineLength == 0 || (lineFirst == (byte)':' && !eventHasFields);
        eventHasFields = !isBoundary;
        lineLength = 0;
        var next = end + 1;
        if (rest[end] == (byte)'\r')
        {
            if (next == rest.Length)
            {
                eventEndedInCr = isBoundary;
                lineEndedInCr = !isBoundary;
            }
            else if (rest[next] == (byte)'\n')
            {
                next++;
            }
        }
        position += next;
        return true;
    }

    private void EndEvent(ReadOnlySpan<byte> chunk, ref int runStart, int start, int end, IBufferWriter<byte> output)
    {
        var tail = chunk[start..end];
        lastDropped = false;
        if (oversize)
        {
            // The run goes on: these bytes follow what was written of this event before.
            oversize = false;
            Reading.RelayedOutputBytes += tail.Length;
            return;
        }
        if (heldLength + (long)tail.Length > MaxEventBytes)
        {
            Oversized(heldLength + tail.Length);
            Write(output, held.AsSpan(0, heldLength));
            heldLength = 0;
            return;
        }
        if (heldLength > 0)
        {
            Append(tail);
            var whole = held.AsSpan(0, heldLength);
            Apply(InspectEvent(whole), whole, output);
            heldLength = 0;
            runStart = end;
            return;
        }
        var verdict = InspectEvent(tail);
        if (before is not null || verdict.Action is EventAction.Cut or EventAction.Drop)
        {
            Write(output, chunk[runStart..start]);
            Apply(verdict, tail, output);
            runStart = end;
        }
    }

    private void Hold(ReadOnlySpan<byte> tail, IBufferWriter<byte> output)
    {
        if (oversize)
        {
            Reading.RelayedOutputBytes += tail.Length;
            Write(output, tail);
        }
        else if (heldLength + (long)tail.Length > MaxEventBytes)
        {
            Oversized(heldLength + tail.Length);
            Write(output, held.AsSpan(0, heldLength));
            Write(output, tail);
            heldLength = 0;
            held = [];
            oversize = true;
        }
        else
        {
            Append(tail);
        }
    }

    private void Oversized(long bytes)
    {
        Reading.RelayedOutputBytes += bytes;
        Reading.AddViolation("an event of the stream has more than 8 MiB and was not read");
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = heldLength + bytes.Length;
        if (held.Length < needed)
        {
            Array.Resize(ref held, Math.Max(needed, Math.Max(4096, held.Length * 2)));
        }
        bytes.CopyTo(held.AsSpan(heldLength));
        heldLength = needed;
    }

    private EventVerdict InspectEvent(ReadOnlySpan<byte> bytes)
    {
        var data = eventData.Read(bytes);
        if (eventData.IsError)
        {
            Reading.SawError = true;
        }
        if (data.IsEmpty)
        {
            return EventVerdict.Keep;
        }
        var verdict = Inspect(data);
        return verdict.Action == EventAction.Cut ? eventData.ToEvent(verdict) : verdict;
    }

    private void Apply(EventVerdict verdict, ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        if (before is not null)
        {
            Write(output, before.WrittenSpan);
            before = null;
        }
        switch (verdict.Action)
        {
            case EventAction.Keep or EventAction.Broken:
                Write(output, bytes);
                break;
            case EventAction.Cut:
                Write(output, bytes[..verdict.Start]);
                Write(output, verdict.Text);
                Write(output, bytes[(verdict.Start + verdict.Length)..]);
                break;
            default:
                lastDropped = true;
                break;
        }
    }
}

/// <summary>What becomes of an event.</summary>
internal enum EventAction
{
    /// <summary>Goes on as it is.</summary>
    Keep,

    /// <summary>Goes on less some bytes, or with others in their place.</summary>
    Cut,

    /// <summary>Goes no further.</summary>
    Drop,

    /// <summary>Isn't what it should be. Goes on as it is, but not where the stream's end cut it off.</summary>
    Broken,
}

/// <summary>
/// What becomes of an event; a cut takes <paramref name="Length"/> bytes out at <paramref name="Start"/>, and puts <paramref name="Text"/> there.
/// </summary>
internal readonly record struct EventVerdict(EventAction Action, int Start = 0, int Length = 0, byte[]? Text = null)
{
    public static readonly EventVerdict Keep = new(EventAction.Keep);
    public static readonly EventVerdict Drop = new(EventAction.Drop);
    public static readonly EventVerdict Broken = new(EventAction.Broken);
}
