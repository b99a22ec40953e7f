using Microsoft.AspNetCore.Http;

namespace Purser.Gateway;

/// <summary>Counts the requests under way, so that a stop can wait for their settlements.</summary>
internal sealed class InFlight
{
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int count;
    private volatile bool stopping;

    /// <summary>The number of requests under way.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Middleware that counts.</summary>
    public async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref count);
        try
        {
            await next(context);
        }
        finally
        {
            if (Interlocked.Decrement(ref count) == 0 && stopping)
            {
                empty.TrySetResult();
            }
        }
    }

    /// <summary>Waits until none is left, or so long.</summary>
    public async Task EmptyAsync(TimeSpan atMost, TimeProvider clock)
    {
        stopping = true;
        if (Count == 0)
        {
            return;
        }

        try
        {
            await empty.Task.WaitAsync(atMost, clock);
        }
        catch (TimeoutException)
        {
            // Whoever is still here is settled by the next start.
        }
    }
}
