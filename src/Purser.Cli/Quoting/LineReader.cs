namespace Purser.Cli.Quoting;

/// <summary>Hands out the lines of a stream, each valid until the next. A line has at most half a gigabyte.</summary>
internal sealed class LineReader(Stream input)
{
    private const int MaxBytes = 512 * 1024 * 1024;

    private byte[] buffer = new byte[256 * 1024];
    private int start;
    private int end;
    private bool ended;

    /// <summary>The next line, without its end; false after the last. A last line need not have an end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = start;
        while (true)
        {
            var at = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = buffer.AsSpan(start, searched + at - start);
                start = searched + at + 1;
                return true;
            }
            if (ended)
            {
                line = buffer.AsSpan(start, end - start);
                start = end;
                return !line.IsEmpty;
            }
            var kept = end - start;
            Fill();
            searched = start + kept;
        }
    }

    private void Fill()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (end == buffer.Length)
        {
            if (buffer.Length >= MaxBytes)
            {
                throw CliException.Failed("a line is longer than half a gigabyte", "Is each value on a line of its own?");
            }
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        var read = input.Read(buffer, end, buffer.Length - end);
        ended = read == 0;
        end += read;
    }
}
