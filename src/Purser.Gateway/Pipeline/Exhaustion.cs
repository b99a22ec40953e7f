using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Purser.Core.Budgets;
using Purser.Core.Routing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>Carries out what a budget says shall happen to a request that it has no room for, before it's refused.</summary>
internal sealed class Exhaustion(ApprovalDesk desk, TimeProvider clock)
{
    // The first in the line tries; the others wait behind it in the order in which they came.
    private static readonly ConcurrencyLimiterOptions OneAtATime = new()
    {
        PermitLimit = 1,
        QueueLimit = 1000,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    };
    private static readonly TimeSpan Throttled = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Queued = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<(string Budget, BudgetScope Instance), ConcurrencyLimiter> queues = new();

    /// <summary>Tries what the refusing budget allows.</summary>
    /// <param name="refusal">The refusal, with the budget that refused.</param>
    /// <param name="key">Whose request it is.</param>
    /// <param name="request">The request's id.</param>
    /// <param name="admit">Tries to admit a candidate, or (null) the one that was refused.</param>
    /// <param name="cancellationToken">The client left.</param>
    public async Task<(Reservation? Reservation, Refusal? Refusal)> ActAsync(
        Refusal refusal,
        VirtualKey key,
        Guid request,
        Func<Candidate?, Task<(Reservation? Reservation, Refusal? Refusal)>> admit,
        CancellationToken cancellationToken
    )
    {
        var balance = refusal.StoppedBy!;
        switch (balance.Budget.OnExhausted)
        {
            case OnExhausted.Downgrade when refusal.Cheaper is { } cheaper:
                var (reservation, _) = await admit(cheaper);
                return (reservation, reservation is null ? refusal : null);
            case OnExhausted.Throttle:
                return await WaitAsync(Throttled, admit, cancellationToken) is { } soon ? (soon, null) : (null, Later(refusal));
            case OnExhausted.Queue:
                return await QueueAsync(balance, admit, cancellationToken) is { } turn ? (turn, null) : (null, Later(refusal));
            case OnExhausted.Ask:
                var shortage = Math.Max(1, refusal.Needed - balance.Remaining);
                var (ask, _) = await desk.OpenAsync(balance.Budget, balance.Instance, key, request, shortage, "a request had no room");
                return (null, Asked(refusal, ask));
            default:
                return (null, refusal);
        }
    }

    private static Refusal Later(Refusal refusal) => refusal with { Status = 429, RetryHelps = true };

    private static Refusal Asked(Refusal refusal, Ask ask) =>
        refusal with
        {
            Code = "approval_required",
            Message = $"{refusal.Message} An approver has been asked ({ask.Id}); try again once it's approved.",
            Members = [.. refusal.Members, new("ask", ask.Id)],
        };

    private async Task<Reservation?> WaitAsync(
        TimeSpan atMost,
        Func<Candidate?, Task<(Reservation? Reservation, Refusal? Refusal)>> admit,
        CancellationToken cancellationToken
    )
    {
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < atMost)
        {
            await Task.Delay(Again, clock, cancellationToken);
            if (await admit(null) is { Reservation: { } reservation })
            {
                return reservation;
            }
        }

        return null;
    }

    /// <summary>Waits behind those who came before; only the first in the line tries.</summary>
    private async Task<Reservation?> QueueAsync(
        BalanceSnapshot balance,
        Func<Candidate?, Task<(Reservation? Reservation, Refusal? Refusal)>> admit,
        CancellationToken cancellationToken
    )
    {
        var queue = queues.GetOrAdd((balance.Budget.Id, balance.Instance), static _ => new ConcurrencyLimiter(OneAtATime));
        var began = clock.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Queued);
        try
        {
            using var turn = await queue.AcquireAsync(1, patience.Token);
            return turn.IsAcquired ? await WaitAsync(Queued - clock.GetElapsedTime(began), admit, cancellationToken) : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
