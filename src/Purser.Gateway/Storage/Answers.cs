using System.Collections.Concurrent;

namespace Purser.Gateway.Storage;

/// <summary>
/// Tells the callers of a commit that it's done, on the thread pool, on as many threads as there are cores beside the one that commits. A
/// thread for each caller would cost the committing thread more than their entries do, and more threads than cores would take its time slices.
/// </summary>
internal sealed class Answers : IThreadPoolWorkItem
{
    private const int ToldTogether = 8;
    private static readonly int MostThreads = Math.Max(1, Environment.ProcessorCount - 1);

    private readonly ConcurrentQueue<(LedgerCommand[] Commands, Exception? Fault)> queue = new();
    private int threads;

    /// <summary>Tells them.</summary>
    /// <param name="commands">Whose callers.</param>
    /// <param name="fault">Why it isn't done, or null.</param>
    public void Tell(ReadOnlySpan<LedgerCommand> commands, Exception? fault)
    {
        for (var start = 0; start < commands.Length; start += ToldTogether)
        {
            queue.Enqueue((commands[start..Math.Min(commands.Length, start + ToldTogether)].ToArray(), fault));
            if (TakeThread())
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }
    }

    /// <inheritdoc/>
    public void Execute()
    {
        do
        {
            while (queue.TryDequeue(out var some))
            {
                foreach (var command in some.Commands)
                {
                    Tell(command, some.Fault);
                }
            }

            Interlocked.Decrement(ref threads);
            // What came while it ended, and found no thread to take, is this one's.
        } while (!queue.IsEmpty && TakeThread());
    }

    private static void Tell(LedgerCommand command, Exception? fault)
    {
        if (fault is null)
        {
            command.Complete();
        }
        else
        {
            command.Fail(fault);
        }
    }

    private bool TakeThread()
    {
        for (var taken = Volatile.Read(ref threads); taken < MostThreads; taken = Volatile.Read(ref threads))
        {
            if (Interlocked.CompareExchange(ref threads, taken + 1, taken) == taken)
            {
                return true;
            }
        }

        return false;
    }
}
