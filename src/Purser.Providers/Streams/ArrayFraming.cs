using System.Buffers;

namespace Purser.Providers.Streams;

/// <summary>A JSON array that is written object by object: each of them is an event.</summary>
internal sealed class ArrayFraming : EventFraming
{
    private static readonly SearchValues<byte> Marks = SearchValues.Create("\"{}[]"u8);

    private int depth;
    private bool inString;
    private bool isEscaped;
    private bool hasBegun;
    private bool hasEnded;
    private bool isBroken;

    /// <inheritdoc/>
    public override void Feed(ReadOnlySpan<byte> chunk, StreamEvents events)
    {
        while (!chunk.IsEmpty && !isBroken)
        {
            if (depth == 0 && !TryObject(ref chunk, events))
            {
                continue;
            }
            var length = Within(chunk);
            Take(chunk[..length], events);
            chunk = chunk[length..];
        }
    }

    /// <inheritdoc/>
    public override void End(StreamEvents events)
    {
        if (hasBegun && !hasEnded && !isBroken)
        {
            NoteCut(events);
        }
    }

    // Goes on by one mark of what is between the objects: white space and commas, the array's beginning or end. True: an object begins here.
    private bool TryObject(ref ReadOnlySpan<byte> chunk, StreamEvents events)
    {
        chunk = chunk.TrimStart(" \t\r\n,"u8);
        if (chunk.IsEmpty)
        {
            return false;
        }
        switch (chunk[0])
        {
            case (byte)'[' when !hasBegun:
                hasBegun = true;
                break;
            case (byte)']' when hasBegun && !hasEnded:
                hasEnded = true;
                break;
            case (byte)'{' when hasBegun && !hasEnded:
                return true;
            default:
                isBroken = true;
                events.Reading.AddViolation("the stream is not an array of JSON objects");
                break;
        }
        chunk = chunk[1..];
        return false;
    }

    private void Take(ReadOnlySpan<byte> part, StreamEvents events)
    {
        if (depth == 0 && Held.Length == 0)
        {
            events.Take(default, part, isCut: false);
        }
        else if (!Held.TryAppend(part))
        {
            isBroken = true;
            NoteTooLong(events);
        }
        else if (depth == 0)
        {
            events.Take(default, Held.Written, isCut: false);
            Held.Clear();
        }
    }

    // How many bytes belong to the object that is open: all, or those up to its end.
    private int Within(ReadOnlySpan<byte> chunk)
    {
        var at = 0;
        while (at < chunk.Length)
        {
            if (isEscaped)
            {
                isEscaped = false;
                at++;
                continue;
            }
            var next = inString ? chunk[at..].IndexOfAny((byte)'"', (byte)'\\') : chunk[at..].IndexOfAny(Marks);
            if (next < 0)
            {
                return chunk.Length;
            }
            at += next;
            var mark = chunk[at++];
            if (mark == (byte)'"')
            {
                inString = !inString;
            }
            else if (mark == (byte)'\\')
            {
                isEscaped = true;
            }
            else
            {
                depth += mark is (byte)'{' or (byte)'[' ? 1 : -1;
                if (depth == 0)
                {
                    return at;
                }
            }
        }
        return at;
    }
}
