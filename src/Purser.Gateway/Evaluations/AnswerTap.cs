namespace Purser.Gateway.Evaluations;

/// <summary>Writes on to a stream and keeps a copy in memory, as long as that is small.</summary>
/// <param name="inner">Where everything goes.</param>
/// <param name="most">The most bytes that are kept; past it nothing is.</param>
internal sealed class AnswerTap(Stream inner, int most) : Stream
{
    private MemoryStream? copy = new();

    /// <summary>What was written; null where that was more than is kept.</summary>
    public byte[]? Written => copy?.ToArray();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Keep(buffer.Span);
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        Keep(buffer.AsSpan(offset, count));
        inner.Write(buffer, offset, count);
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (copy is null)
        {
            return;
        }

        if (copy.Length + bytes.Length > most)
        {
            copy = null;
            return;
        }

        copy.Write(bytes);
    }
}
