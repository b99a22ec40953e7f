using System.Buffers;

namespace Purser.Providers;

/// <summary>
/// The relay of a stream of JSON lines (NDJSON). Finds lines whatever the split of the bytes and asks the format what each says. There are no comments in
/// it, so that figures and notices outside the text have no place.
/// </summary>
internal abstract class LineRelay(UsageReading reading) : StreamRelay
{
    private readonly ArrayBufferWriter<byte> held = new();
    private NoWriter? nowhere;
    private string? closing;
    private bool isOversize;
    private bool isWithinLine;
    private bool isClosed;

    /// <summary>What the stream said so far.</summary>
    protected UsageReading Reading { get; } = reading;

    /// <inheritdoc/>
    public override bool IsClosed => isClosed;

    /// <summary>Reads one line before it's relayed. False where it isn't what it should be.</summary>
    /// <param name="line">The line without its end; never blank.</param>
    /// <param name="output">Takes what shall stand before it.</param>
    protected abstract bool Inspect(ReadOnlySpan<byte> line, IBufferWriter<byte> output);

    /// <summary>Writes the lines that end the stream as a stop at the output limit.</summary>
    /// <param name="notice">What people shall read, in one line; null where it must not be in the answer, or there is none.</param>
    /// <param name="output">Takes the client's bytes.</param>
    protected abstract void WriteEnd(string? notice, IBufferWriter<byte> output);

    /// <summary>Writes an error as one line.</summary>
    protected abstract void WriteErrorLine(in WireError error, IBufferWriter<byte> output);

    /// <summary>The closing text, once; null where there is none to write. To be called once the line is known to end a text.</summary>
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
            var end = chunk.IndexOf((byte)'\n');
            if (end < 0)
            {
                Hold(chunk, output);
                return;
            }
            EndLine(chunk[..(end + 1)], output);
            chunk = chunk[(end + 1)..];
        }
    }

    /// <inheritdoc/>
    public override void Complete(IBufferWriter<byte> output)
    {
        output = nowhere ?? output;
        // Some leave the last line end out: a whole line counts. Half a line goes.
        if (held.WrittenCount > 0 && Take(held.WrittenSpan, output, isCut: true))
        {
            isWithinLine = nowhere is null;
        }
        held.ResetWrittenCount();
        isWithinLine |= isOversize && nowhere is null;
        isOversize = false;
    }

    /// <inheritdoc/>
    public override void WriteError(in WireError error, IBufferWriter<byte> output)
    {
        if (nowhere is not null)
        {
            return;
        }
        held.ResetWrittenCount();
        EndOpenLine(output);
        WriteErrorLine(error, output);
    }

    /// <inheritdoc/>
    public override void CutOff(in CutOff cut, IBufferWriter<byte> output)
    {
        const int longest = 1000;
        if (nowhere is not null)
        {
            return;
        }
        // What is held is not written, but kept: it's the beginning of a line that may still be read.
        EndOpenLine(output);
        if (!Reading.Terminated)
        {
            WriteEnd(cut.InAnswer ? JsonReading.Clean(cut.Notice, longest) : null, output);
        }
        nowhere = new NoWriter();
    }

    /// <summary>Nothing: a line is an answer, and there are no comments.</summary>
    public override void WriteFigure(string name, string value, IBufferWriter<byte> output) { }

    private void EndOpenLine(IBufferWriter<byte> output)
    {
        if (isWithinLine || isOversize)
        {
            output.Write("\n"u8);
        }
        isWithinLine = false;
    }

    private void EndLine(ReadOnlySpan<byte> tail, IBufferWriter<byte> output)
    {
        if (isOversize)
        {
            isOversize = false;
            Reading.RelayedOutputBytes += tail.Length;
            output.Write(tail);
        }
        else if (held.WrittenCount == 0)
        {
            Take(tail, output, isCut: false);
        }
        else
        {
            held.Write(tail);
            Take(held.WrittenSpan, output, isCut: false);
            held.ResetWrittenCount();
        }
    }

    private bool Take(ReadOnlySpan<byte> line, IBufferWriter<byte> output, bool isCut)
    {
        var json = line.Trim(" \t\r\n"u8);
        if (!json.IsEmpty && !Inspect(json, output))
        {
            Reading.AddViolation("an event of the stream is not a JSON object");
            Reading.RelayedOutputBytes += json.Length;
            if (isCut)
            {
                return false;
            }
        }
        output.Write(line);
        return true;
    }

    private void Hold(ReadOnlySpan<byte> tail, IBufferWriter<byte> output)
    {
        if (!isOversize && held.WrittenCount + (long)tail.Length <= MaxEventBytes)
        {
            held.Write(tail);
            return;
        }
        if (!isOversize)
        {
            isOversize = true;
            Reading.RelayedOutputBytes += held.WrittenCount;
            Reading.AddViolation("an event of the stream has more than 8 MiB and was not read");
            output.Write(held.WrittenSpan);
            held.Clear();
        }
        Reading.RelayedOutputBytes += tail.Length;
        output.Write(tail);
    }
}
