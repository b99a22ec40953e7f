using System.Buffers;

namespace Purser.Providers.Streams;

/// <summary>Bytes that are kept from one chunk to the next, in a rented buffer. They are at most as many as one event may have.</summary>
internal sealed class PooledBytes : IDisposable
{
    private byte[] buffer = [];

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, valid until the next change.</summary>
    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

    /// <summary>Adds bytes. False where they would be more than an event may have: then nothing is added.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > StreamRelay.MaxEventBytes - Length)
        {
            return false;
        }
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
        return true;
    }

    /// <summary>Room for so many bytes more; <see cref="Advance"/> says how many were written there.</summary>
    public Span<byte> Room(int count)
    {
        if (buffer.Length - Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + count, 4096));
            Written.CopyTo(larger);
            Return();
            buffer = larger;
        }
        return buffer.AsSpan(Length);
    }

    /// <summary>So many bytes were written into the <see cref="Room"/>.</summary>
    public void Advance(int count) => Length += count;

    /// <summary>Forgets the bytes, and keeps the buffer.</summary>
    public void Clear() => Length = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        Return();
        buffer = [];
        Length = 0;
    }

    private void Return()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
