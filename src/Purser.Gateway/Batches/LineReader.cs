using System.Buffers;

namespace Purser.Gateway.Batches;

/// <summary>Reads lines of JSON one by one, however many there are: no more than one is in memory. Empty lines are passed over.</summary>
/// <param name="stream">The lines.</param>
/// <param name="longest">The longest line, in bytes. A longer one is read as one without content, which is no JSON.</param>
/// <param name="patience">Stops the reading once nothing has come for too long; begins anew with each part.</param>
internal sealed class LineReader(Stream stream, int longest, Patience patience) : IDisposable
{
    private const int Part = 64 << 10;
    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(Part);
    private int start;
    private int looked;
    private int end;
    private bool isBroken;
    private bool isFirst = true;
    private bool isAtEnd;

    /// <summary>How many bytes came so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next line, good until the next call; null at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync()
    {
        while (true)
        {
            var found = buffer.AsSpan(looked, end - looked).IndexOf((byte)'\n');
            if (found < 0 && !isAtEnd)
            {
                looked = end;
                await FillAsync();
                continue;
            }

            if (found < 0 && end == start && !isBroken)
            {
                return null;
            }

            var stop = found < 0 ? end : looked + found;
            var line = buffer.AsMemory(start..stop);
            start = looked = found < 0 ? stop : stop + 1;
            if (isFirst && line.Span.StartsWith(Mark))
            {
                line = line[Mark.Length..];
            }

            isFirst = false;
            if (isBroken)
            {
                isBroken = false;
                return ReadOnlyMemory<byte>.Empty;
            }

            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return line;
            }
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async ValueTask FillAsync()
    {
        if (end - start > longest)
        {
            isBroken = true;
            start = end;
        }

        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (end, looked, start) = (end - start, looked - start, 0);
        }

        if (end == buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
            buffer.AsSpan(0, end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        patience.Renew();
        var read = await stream.ReadAsync(buffer.AsMemory(end), patience.Token);
        (end, Bytes, isAtEnd) = (end + read, Bytes + read, read == 0);
    }
}

/// <summary>How long a provider may be silent.</summary>
/// <param name="limit">How long.</param>
/// <param name="clock">The clock.</param>
/// <param name="stopping">Stops it before.</param>
internal sealed class Patience(TimeSpan limit, TimeProvider clock, CancellationToken stopping) : IDisposable
{
    private readonly CancellationTokenSource silence = new(limit, clock);
    private CancellationTokenSource? linked;

    /// <summary>Is cancelled once nothing has come for so long.</summary>
    public CancellationToken Token => (linked ??= CancellationTokenSource.CreateLinkedTokenSource(silence.Token, stopping)).Token;

    /// <summary>Something came.</summary>
    public void Renew() => silence.CancelAfter(limit);

    public void Dispose()
    {
        linked?.Dispose();
        silence.Dispose();
    }
}
