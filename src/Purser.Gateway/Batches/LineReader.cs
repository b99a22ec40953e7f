using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Batches;

/// <summary>Reads lines of JSON one by one, however many there are: no more than one is in memory. Empty lines are passed over.</summary>
/// <param name="stream">The lines.</param>
/// <param name="longest">The longest line, in bytes. A longer one is read as one without content, which is no JSON.</param>
/// <param name="patience">Stops the reading once nothing has come for too long; begins anew with each part.</param>
internal sealed class LineReader(Stream stream, int longest, Patience patience) : IDisposable
{
    private const int Part = 64 << 10;
    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private readonly PooledBuffer buffer = new(Part);
    private int start;
    private int looked;
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
            var found = buffer.Span[looked..].IndexOf((byte)'\n');
            if (found < 0 && !isAtEnd)
            {
                await FillAsync();
                continue;
            }

            var end = found < 0 ? buffer.Length : looked + found;
            if (found < 0 && end == start && !isBroken)
            {
                return null;
            }

            var line = buffer.Written[start..end];
            start = looked = found < 0 ? end : end + 1;
            if (isFirst && line.Span.StartsWith(Mark))
            {
                line = line[Mark.Length..];
            }

            isFirst = false;
            if (isBroken)
            {
                isBroken = false;
                return default(ReadOnlyMemory<byte>);
            }

            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return line;
            }
        }
    }

    public void Dispose() => buffer.Dispose();

    private async ValueTask FillAsync()
    {
        looked = buffer.Length;
        if (looked - start > longest)
        {
            isBroken = true;
            start = looked;
        }

        if (start > 0)
        {
            buffer.Forget(start);
            (looked, start) = (looked - start, 0);
        }

        patience.Renew();
        var read = await stream.ReadAsync(buffer.GetMemory(Part), patience.Token);
        buffer.Advance(read);
        Bytes += read;
        isAtEnd = read == 0;
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
