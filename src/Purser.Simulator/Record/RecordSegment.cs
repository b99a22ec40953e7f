namespace Purser.Simulator.Record;

/// <summary>A block of whole lines of the record.</summary>
internal sealed class RecordSegment(int capacity)
{
    /// <summary>The usual size, in bytes.</summary>
    public const int Size = 64 * 1024;

    private readonly byte[] bytes = new byte[capacity];

    /// <summary>How many bytes are in it.</summary>
    public int Length { get; private set; }

    /// <summary>How many lines are in it.</summary>
    public int Lines { get; private set; }

    /// <summary>The sequence number of its first line.</summary>
    public long FirstSeq { get; private set; }

    /// <summary>Its lines.</summary>
    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, Length);

    /// <summary>Appends one line.</summary>
    /// <returns>False when it doesn't fit.</returns>
    public bool TryAdd(long seq, ReadOnlySpan<byte> line)
    {
        if (bytes.Length - Length < line.Length)
        {
            return false;
        }

        FirstSeq = Lines == 0 ? seq : FirstSeq;
        line.CopyTo(bytes.AsSpan(Length));
        Length += line.Length;
        Lines++;
        return true;
    }
}
