using System.Buffers.Text;
using Purser.Simulator.Http;
using Purser.Simulator.Models;

namespace Purser.Simulator.Record;

/// <summary>
/// The simulator's own record of what it served and billed: one JSON line when a request is accepted and one when it is finished. Lines
/// are in memory before the first byte of an answer leaves; a background writer brings them to the file within 50 ms. Without a file
/// the last 200,000 lines are kept.
/// </summary>
internal sealed class RecordLog : IAsyncDisposable
{
    /// <summary>How many lines are kept at most when there is no file.</summary>
    public const int MostKept = 200_000;

    private static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly CancellationTokenSource stop = new();
    private readonly TimeProvider time;
    private readonly ModelTable models;
    private readonly RecordFile? file;
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task flushing;
    private readonly Queue<RecordSegment> kept = [];
    private readonly OutputBuffer line = new();
    private List<RecordSegment> pending = [];
    private RecordSegment current = new(RecordSegment.Size);
    private int keptLines;
    private long seq;
    private long requests;
    private long inFlight;
    private long served;
    private long rejected;
    private long left;

    /// <summary>Opens the record.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file can't be opened.</exception>
    public RecordLog(string? path, TimeProvider time, ModelTable models)
    {
        this.time = time;
        this.models = models;
        file = path is null ? null : new RecordFile(path);
        flushing = file is null ? Task.CompletedTask : Task.Run(FlushRegularlyAsync);
    }

    /// <summary>Fails when the record can't be written any more; never completes otherwise.</summary>
    public Task Failed => failed.Task;

    /// <summary>Notes that a request was accepted.</summary>
    /// <param name="fields">What both of its lines say, as JSON properties.</param>
    /// <returns>The request's number, from 1.</returns>
    public long Dispatched(ReadOnlySpan<byte> fields)
    {
        lock (gate)
        {
            requests++;
            inFlight++;
            Append(requests, "dispatched"u8, fields, default);
            return requests;
        }
    }

    /// <summary>Notes that a request is finished, and what it was billed.</summary>
    /// <param name="request">Its number.</param>
    /// <param name="fields">What both of its lines say, as JSON properties.</param>
    /// <param name="outcome">What only this line says, as JSON properties after a comma.</param>
    /// <param name="totals">Its model's totals.</param>
    /// <param name="billed">What it was billed.</param>
    /// <param name="clientLeft">Whether the client left before its end.</param>
    public void Completed(
        long request,
        ReadOnlySpan<byte> fields,
        ReadOnlySpan<byte> outcome,
        ModelTotals totals,
        in Billed billed,
        bool clientLeft
    )
    {
        lock (gate)
        {
            inFlight--;
            left += clientLeft ? 1 : 0;
            served++;
            totals.Add(billed);
            Append(request, "completed"u8, fields, outcome);
        }
    }

    /// <summary>Notes that a request was refused before it was accepted.</summary>
    public void Rejected(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> outcome)
    {
        lock (gate)
        {
            requests++;
            rejected++;
            Append(requests, "rejected"u8, fields, outcome);
        }
    }

    /// <summary>Writes the sums of everything since the start as one JSON object.</summary>
    public void WriteSummary(OutputBuffer to)
    {
        lock (gate)
        {
            to.Add("{\"in_flight\":"u8).Add(inFlight).Add(",\"served\":"u8).Add(served).Add(",\"rejected\":"u8).Add(rejected);
            to.Add(",\"client_closed\":"u8).Add(left);
            to.Add(",\"last_seq\":"u8).Add(seq).Add(",\"billed\":"u8);
            var all = new ModelTotals("");
            var used = models.Totals().Where(totals => totals.Requests > 0).ToList();
            used.ForEach(all.Add);
            WriteTotals(all, to);
            to.Add(",\"models\":{"u8);
            foreach (var totals in used)
            {
                to.Add(totals == used[0] ? ""u8 : ","u8).AddJson(totals.Model).Add(":"u8);
                WriteTotals(totals, to);
            }

            to.Add("}}\n"u8);
        }
    }

    /// <summary>The lines recorded so far, in blocks; blocks that hold only lines up to <paramref name="since"/> may be left out.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(long since)
    {
        if (file is not null)
        {
            await FlushAsync();
            await foreach (var block in file.ReadAsync(since))
            {
                yield return block;
            }

            yield break;
        }

        List<ReadOnlyMemory<byte>> blocks;
        lock (gate)
        {
            // Segments only grow, and a dropped one is not used again: what is written stays as it is.
            blocks = [.. kept.Select(segment => segment.Written), current.Written];
        }

        foreach (var block in blocks)
        {
            yield return block;
        }
    }

    /// <summary>Brings everything recorded so far to the file.</summary>
    public async Task FlushAsync()
    {
        if (file is null)
        {
            return;
        }

        await writing.WaitAsync();
        try
        {
            List<RecordSegment> segments;
            lock (gate)
            {
                if (current.Lines > 0)
                {
                    pending.Add(current);
                    current = new RecordSegment(RecordSegment.Size);
                }

                segments = pending;
                pending = [];
            }

            await file.AppendAsync(segments);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await flushing;
        await FlushAsync();
        if (file is not null)
        {
            await file.DisposeAsync();
        }

        stop.Dispose();
        writing.Dispose();
    }

    private static void WriteTotals(ModelTotals totals, OutputBuffer to)
    {
        to.Add("{\"requests\":"u8)
            .Add(totals.Requests)
            .Add(",\"input\":"u8)
            .Add(totals.Input)
            .Add(",\"cache_read\":"u8)
            .Add(totals.CacheRead)
            .Add(",\"cache_write_5m\":"u8)
            .Add(totals.CacheWrite5m)
            .Add(",\"cache_write_1h\":"u8)
            .Add(totals.CacheWrite1h)
            .Add(",\"output\":"u8)
            .Add(totals.Output)
            .Add(",\"reasoning\":"u8)
            .Add(totals.Reasoning);
        foreach (var (name, count) in totals.Units)
        {
            to.Add(",\""u8).AddAscii(name).Add("\":"u8).Add(count);
        }

        to.Add("}"u8);
    }

    private async Task FlushRegularlyAsync()
    {
        using var timer = new PeriodicTimer(FlushEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                await FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed; what is left is flushed there.
        }
        catch (IOException exception)
        {
            failed.TrySetException(exception);
        }
    }

    private void Append(long request, ReadOnlySpan<byte> phase, ReadOnlySpan<byte> fields, ReadOnlySpan<byte> outcome)
    {
        seq++;
        line.Clear();
        line.Add("{\"seq\":"u8).Add(seq).Add(",\"request\":"u8).Add(request).Add(",\"at\":\""u8);
        Span<byte> at = stackalloc byte[40];
        Utf8Formatter.TryFormat(time.GetUtcNow().UtcDateTime, at, out var length, 'O');
        line.Add(at[..length]).Add("\",\"phase\":\""u8).Add(phase).Add("\","u8).Add(fields).Add(outcome).Add("}\n"u8);
        if (current.TryAdd(seq, line.Written))
        {
            return;
        }

        Turn();
        current = new RecordSegment(Math.Max(RecordSegment.Size, line.Length));
        current.TryAdd(seq, line.Written);
    }

    private void Turn()
    {
        if (file is not null)
        {
            pending.Add(current);
            return;
        }

        kept.Enqueue(current);
        keptLines += current.Lines;
        while (keptLines - kept.Peek().Lines >= MostKept)
        {
            keptLines -= kept.Dequeue().Lines;
        }
    }
}
