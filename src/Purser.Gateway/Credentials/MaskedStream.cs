using System.Runtime.CompilerServices;

namespace Purser.Gateway.Credentials;

/// <summary>
/// A provider's answer in which the credential that it was asked with is masked, wherever the bytes are split: a beginning of it at the end of a
/// read is held back until what follows is known. All else comes through as it is, when it comes.
/// </summary>
/// <param name="inner">The answer's bytes. Not owned.</param>
/// <param name="mask">What to mask.</param>
internal sealed class MaskedStream(Stream inner, SecretMask mask) : Stream
{
    private const int ReadSize = 4096;

    // What was read and not given out yet: up to 'free' it may be; the rest may be the beginning of the secret.
    private byte[] kept = [];
    private int start;
    private int free;
    private int end;
    private bool ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (start < free)
            {
                return GiveOut(buffer.Span);
            }

            if (ended || buffer.IsEmpty)
            {
                return 0;
            }

            if (start == end)
            {
                var read = await inner.ReadAsync(buffer, cancellationToken);
                ended = read == 0;
                if (Keep(buffer.Span[..read]) is > 0 and var whole)
                {
                    return whole;
                }
            }
            else
            {
                await ReadOnAsync(cancellationToken);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Masks what was read, and keeps what may be a beginning; says how much of it can be given out.</summary>
    private int Keep(Span<byte> read)
    {
        mask.Apply(read);
        var begun = mask.BegunAtEnd(read);
        if (begun > 0)
        {
            kept = kept.Length == 0 ? new byte[mask.Longest + ReadSize] : kept;
            read[^begun..].CopyTo(kept);
            (start, free, end) = (0, 0, begun);
        }

        return read.Length - begun;
    }

    /// <summary>Reads what follows a beginning.</summary>
    private async ValueTask ReadOnAsync(CancellationToken cancellationToken)
    {
        kept.AsSpan(start, end - start).CopyTo(kept);
        (start, free, end) = (0, 0, end - start);
        var read = await inner.ReadAsync(kept.AsMemory(end), cancellationToken);
        end += read;
        mask.Apply(kept.AsSpan(0, end));
        ended = read == 0;
        free = ended ? end : end - mask.BegunAtEnd(kept.AsSpan(0, end));
    }

    private int GiveOut(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, free - start);
        kept.AsSpan(start, count).CopyTo(buffer);
        start += count;
        return count;
    }
}
