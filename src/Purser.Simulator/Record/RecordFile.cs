namespace Purser.Simulator.Record;

/// <summary>The file that the record is appended to. Other processes may read it while it grows.</summary>
internal sealed class RecordFile : IAsyncDisposable
{
    private const long IndexEvery = 1024 * 1024;

    private readonly FileStream stream;
    private readonly string path;

    // Where a line of a known sequence number starts, every megabyte: a query that follows the record needn't read it from the front.
    private readonly List<(long FirstSeq, long Offset)> index = [];
    private long length;

    /// <summary>Opens a file to append to it; it is created when it doesn't exist.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file can't be opened.</exception>
    public RecordFile(string path)
    {
        this.path = path;
        stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        length = stream.Length;
        index.Add((0, length));
    }

    /// <summary>Appends segments. One caller at a time.</summary>
    public async Task AppendAsync(List<RecordSegment> segments)
    {
        foreach (var segment in segments)
        {
            lock (index)
            {
                if (length - index[^1].Offset >= IndexEvery)
                {
                    index.Add((segment.FirstSeq, length));
                }
            }

            await stream.WriteAsync(segment.Written);
            lock (index)
            {
                length += segment.Length;
            }
        }
    }

    /// <summary>Reads what this run appended, in blocks of whole lines.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(long since)
    {
        long start;
        long end;
        lock (index)
        {
            start = index.FindLast(entry => entry.FirstSeq <= since + 1).Offset;
            end = length;
        }

        await using var reader = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete,
            bufferSize: 0
        );
        reader.Position = start;
        var buffer = new byte[256 * 1024];
        var kept = 0;
        while (reader.Position < end)
        {
            var wanted = (int)Math.Min(buffer.Length - kept, end - reader.Position);
            var read = await reader.ReadAsync(buffer.AsMemory(kept, wanted));
            if (read == 0)
            {
                break;
            }

            var have = kept + read;
            var whole = buffer.AsSpan(0, have).LastIndexOf((byte)'\n') + 1;
            yield return buffer.AsMemory(0, whole);
            buffer.AsSpan(whole, have - whole).CopyTo(buffer);
            kept = have - whole;
            if (kept == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
