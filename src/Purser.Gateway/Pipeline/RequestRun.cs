using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;

namespace Purser.Gateway.Pipeline;

/// <summary>What a request's earlier attempts leave to its later ones.</summary>
/// <param name="Request">The request's id.</param>
/// <param name="Last">The number of the latest attempt; 0 where there is none.</param>
internal sealed record RunSummary(Guid Request, byte Last);

/// <summary>
/// One client's exchange as a part of a request: it numbers its attempts. A retry under the same idempotency key goes on where the
/// exchange before it ended.
/// </summary>
internal sealed class RequestRun : IDisposable
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IdempotencyKeys? keys;
    private readonly IdempotencyKeys.Known? known;
    private readonly CancellationToken client;
    private readonly Guid request;

    /// <summary>A request that no one can retry by name.</summary>
    public RequestRun(Guid request) => this.request = request;

    /// <summary>The next attempts of a request that its client has named.</summary>
    public RequestRun(RunSummary earlier, IdempotencyKeys keys, IdempotencyKeys.Known known, CancellationToken client)
    {
        (request, Last) = (earlier.Request, earlier.Last);
        (this.client, this.keys, this.known) = (client, keys, known);
    }

    /// <summary>The number of the latest attempt that was admitted; 0 where none was.</summary>
    public byte Last { get; private set; }

    /// <summary>The next attempt, or null where the numbers are used up.</summary>
    public AttemptId? Next => Last == byte.MaxValue ? null : new AttemptId(request, (byte)(Last + 1));

    /// <summary>Whether the client of this exchange has left.</summary>
    public bool ClientIsGone => client.IsCancellationRequested;

    /// <summary>Done when the exchange has ended, and what it spent is settled.</summary>
    public Task Ended => ended.Task;

    /// <summary>What it leaves to the next one.</summary>
    public RunSummary Summary => new(request, Last);

    /// <summary>The next attempt was admitted.</summary>
    public void Admitted() => Last++;

    /// <summary>Why no more attempts can be made.</summary>
    public static Refusal Exhausted { get; } =
        new(
            StatusCodes.Status409Conflict,
            "idempotency_exhausted",
            $"This request has had {byte.MaxValue} attempts, the most there can be. Send it under another {IdempotencyKeys.Header}."
        );

    public void Dispose()
    {
        if (known is not null)
        {
            keys!.End(known, this);
        }

        ended.TrySetResult();
    }
}
