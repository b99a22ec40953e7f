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
            if (depth == 0)
            {
                chunk = Between(chunk, events);
            }
            if (!chunk.IsEmpty && (depth > 0 || chunk[0] == (byte)'{'))
            {
                var length = Within(chunk);
                Take(chunk[..length], events);
                chunk = chunk[length..];
            }
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

    // What is between the objects: white space, commas, the array's beginning and end. Stops before an object.
    private ReadOnlySpan<byte> Between(ReadOnlySpan<byte> chunk, StreamEvents events)
    {
        var at = chunk.IndexOfAnyExcept(" \t\r\n,"u8);
        if (at < 0)
        {
            return default;
        }
        switch (chunk[at])
        {
            case (byte)'[' when !hasBegun:
                hasBegun = true;
                return chunk[(at + 1)..];
            case (byte)']' when hasBegun && !hasEnded:
                hasEnded = true;
                return chunk[(at + 1)..];
            case (byte)'{' when hasBegun && !hasEnded:
                return chunk[at..];
            default:
                isBroken = true;
                events.Reading.AddViolation("the stream is not an array of JSON objects");
                return default;
        }
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
