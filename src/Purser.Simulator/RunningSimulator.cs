using Microsoft.AspNetCore.Server.Kestrel.Core;
using Purser.Simulator.Http;

namespace Purser.Simulator;

/// <summary>A simulator that listens. Disposing it ends what still runs, writes the rest of the record and frees the port.</summary>
public sealed class RunningSimulator : IAsyncDisposable
{
    // Whoever doesn't read its answer doesn't hold up the end.
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(2);

    private readonly KestrelServer server;
    private readonly SimulatorState state;
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int disposed;

    internal RunningSimulator(KestrelServer server, SimulatorState state, Uri address)
    {
        this.server = server;
        this.state = state;
        Address = address;
    }

    /// <summary>Where it listens, with the real port. It is the base URL of most APIs; OpenAI's is this with <c>v1</c>, Azure's with <c>openai</c>.</summary>
    public Uri Address { get; }

    /// <summary>Waits until the simulator is disposed or the token is cancelled, whichever is first; cancelling it is no error.</summary>
    /// <exception cref="IOException">The record can't be written any more.</exception>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken = default)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.Register(cancelled.SetResult);
        await await Task.WhenAny(stopped.Task, cancelled.Task, state.Record.Failed);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        state.Stop();
        using (var limit = new CancellationTokenSource(LongestStop))
        {
            await server.StopAsync(limit.Token);
        }

        server.Dispose();
        try
        {
            await state.DisposeAsync();
        }
        finally
        {
            stopped.TrySetResult();
        }
    }
}
