using System.Text;

namespace Purser.Cli.WhatIf;

/// <summary>
/// The lines of a log that may still be written to: all that are whole, each valid until the next. Memory is that of the longest line, and a line
/// beyond the limit is passed over, so that a log may have any size.
/// </summary>
/// <param name="input">The log.</param>
internal sealed class WholeLines(Stream input)
{
    /// <summary>The most bytes of a line. Agents write an image that they were shown into one line; the largest that APIs take has 32 MB.</summary>
    private const int MaxBytes = 64 * 1024 * 1024;

    private byte[] buffer = new byte[256 * 1024];
    private int start;
    private int end;
    private bool ended;
    private bool skipping;

    /// <summary>How many lines were too long.</summary>
    public long TooLong { get; private set; }

    /// <summary>Whether what was handed out last has no end: it is whole only if it parses.</summary>
    public bool IsUnended { get; private set; }

    /// <summary>The next line that isn't empty, without its end; false after the last.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        while (TryNext(out line))
        {
            if (!line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                return true;
            }
        }
        return false;
    }

    private bool TryNext(out ReadOnlyMemory<byte> line)
    {
        var searched = start;
        while (true)
        {
            var at = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = buffer.AsMemory(start, searched + at - start);
                start = searched + at + 1;
                if (!skipping)
                {
                    line = WithoutMark(line);
                    return true;
                }
                (skipping, searched) = (false, start);
                continue;
            }
            if (ended)
            {
                line = skipping ? default : buffer.AsMemory(start, end - start);
                start = end;
                IsUnended = !line.IsEmpty;
                return IsUnended;
            }
            searched = Fill();
        }
    }

    // Makes room and reads on; gives where what is new begins.
    private int Fill()
    {
        if (skipping || (start == 0 && end == buffer.Length && buffer.Length >= MaxBytes))
        {
            TooLong += skipping ? 0 : 1;
            (skipping, start, end) = (true, 0, 0);
        }
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        var known = end;
        var read = input.Read(buffer, end, buffer.Length - end);
        ended = read == 0;
        end += read;
        return known;
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> line) =>
        line.Span.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line;
}
