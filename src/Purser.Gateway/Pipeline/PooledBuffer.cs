using System.Buffers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// A growing byte buffer over the shared pool: bodies come and go without work for the garbage collector. Given a folder, it keeps there
/// what goes beyond a few megabytes, so that memory doesn't grow with the size of bodies.
/// </summary>
/// <param name="initialCapacity">How many bytes are expected.</param>
/// <param name="spill">Where the bytes of a large one go; null for nowhere.</param>
internal sealed class PooledBuffer(int initialCapacity = 4096, SpillFolder? spill = null) : IBufferWriter<byte>, IDisposable
{
    /// <summary>The most that is kept in memory of one that has a folder.</summary>
    public const int LargestInMemory = 4 << 20;

    private const int SpillChunk = 256 << 10;

    private byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Clamp(initialCapacity, 256, spill is null ? Array.MaxLength : LargestInMemory));
    private int inMemory;
    private SpillFile? file;

    /// <summary>How much is written.</summary>
    public int Length => (file?.Length ?? 0) + inMemory;

    /// <summary>What is written.</summary>
    /// <exception cref="SpillException">The disk is full.</exception>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            if (file is null)
            {
                return bytes.AsMemory(0, inMemory);
            }

            MoveToFile();
            return file.View();
        }
    }

    /// <inheritdoc cref="Written"/>
    public ReadOnlySpan<byte> Span => file is null ? bytes.AsSpan(0, inMemory) : Written.Span;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, bytes.Length - inMemory);
        inMemory += count;
    }

    /// <inheritdoc/>
    /// <exception cref="SpillException">The disk is full.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return bytes.AsMemory(inMemory);
    }

    /// <inheritdoc/>
    /// <exception cref="SpillException">The disk is full.</exception>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Forgets what is written, and keeps the room.</summary>
    public void Clear()
    {
        inMemory = 0;
        file?.Dispose();
        file = null;
    }

    public void Dispose()
    {
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = [];
            Clear();
        }
    }

    private void EnsureRoom(int room)
    {
        if (bytes.Length - inMemory >= room)
        {
            return;
        }

        if (spill is not null && (file is not null || (long)inMemory + room > LargestInMemory))
        {
            Spill(room);
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(
            checked((int)Math.Max((long)inMemory + room, Math.Min((long)bytes.Length * 2, Array.MaxLength)))
        );
        bytes.AsSpan(0, inMemory).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }

    private void Spill(int room)
    {
        file ??= spill!.Create();
        MoveToFile();
        var wanted = Math.Max(room, SpillChunk);
        if (bytes.Length < room || bytes.Length > 2 * wanted)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = ArrayPool<byte>.Shared.Rent(wanted);
        }
    }

    private void MoveToFile()
    {
        if (inMemory > 0)
        {
            file!.Append(bytes.AsSpan(0, inMemory));
            inMemory = 0;
        }
    }
}
