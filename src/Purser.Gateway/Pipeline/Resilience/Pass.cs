using System.Globalization;
using System.Threading.RateLimiting;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>The right to make one attempt over a lane. Dispose it when the attempt has ended.</summary>
/// <param name="lanes">The gateway's lanes.</param>
/// <param name="leg">Where it goes.</param>
/// <param name="index">Which of the journey's legs that is.</param>
/// <param name="client">The client left.</param>
internal sealed class Pass(Lanes lanes, Leg leg, int index, CancellationToken client) : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private RateLimitLease? place;
    private RateLimitLease? placeOfKey;
    private bool isUnderWay;

    /// <summary>What is to be admitted and called, and what with.</summary>
    public Leg Leg => leg;

    /// <summary>Whether the provider is called with the caller's own.</summary>
    public bool IsCallers => Lane.Id.Credential == UpstreamCredential.Callers;

    /// <summary>The lane there.</summary>
    public Lane Lane { get; private set; } = leg.Lane;

    /// <summary>Which of the journey's legs it is.</summary>
    public int Index => index;

    /// <summary>Whether the attempt wasn't made because the provider had as many requests under way as it may have.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Whether it wasn't made because as many are under way with this credential as may be.</summary>
    public bool IsKeyBusy { get; private set; }

    /// <summary>What was admitted goes over this lane: where a budget lets the request go to a cheaper model only, it's that one's.</summary>
    public void TurnTo(Lane admitted) => Lane = admitted;

    /// <summary>Makes the attempt up to its answer's beginning.</summary>
    public async Task<CallResult> BeginAsync(UpstreamCall call)
    {
        if (!await TakePlaceAsync(call.Stop.Token))
        {
            return call.NotSent(Full());
        }

        var wasRefused = Lane.IsRefused;
        if (await Lane.BeginAsync(call, static call => call.BeginAsync()) is not { } result)
        {
            return call.NotSent(LeftAlone());
        }

        lanes.Tell(Lane, result, wasRefused);
        return result;
    }

    /// <summary>Relays the rest of it.</summary>
    public async Task RelayAsync(UpstreamCall call)
    {
        if (await call.RelayAsync())
        {
            await Lane.CountRestAsync(call.Result);
        }
    }

    /// <summary>
    /// Takes a place among the requests that the provider may have under way, where that is limited, within the time that its queue may take. Only
    /// what is admitted does, so that none is held by a request that waits for its budget.
    /// </summary>
    public ValueTask<bool> TakePlaceAsync(CancellationToken stop = default)
    {
        if (Lane.Places is not null || lanes.ProviderOf(Lane.Id).Places is not null)
        {
            return TakeLimitedAsync(stop);
        }

        Enter();
        return ValueTask.FromResult(true);
    }

    private async ValueTask<bool> TakeLimitedAsync(CancellationToken stop)
    {
        var began = lanes.Clock.GetTimestamp();
        (placeOfKey, IsKeyBusy) = await TakeAsync(Lane.Places, Lane.Options.QueueWait, stop);
        if (!IsKeyBusy)
        {
            (place, IsBusy) = await TakeAsync(
                lanes.ProviderOf(Lane.Id).Places,
                Lane.Options.QueueWait - (placeOfKey is null ? TimeSpan.Zero : lanes.Clock.GetElapsedTime(began)),
                stop
            );
        }

        if (IsBusy || IsKeyBusy)
        {
            lanes.Metrics?.PassedOver(Lane.Id, "busy");
            return false;
        }

        Enter();
        return true;
    }

    private void Enter()
    {
        isUnderWay = true;
        Lane.Enter();
    }

    public void Dispose()
    {
        place?.Dispose();
        placeOfKey?.Dispose();
        if (isUnderWay)
        {
            isUnderWay = false;
            Lane.Leave();
        }
    }

    /// <summary>A place where there are any to take, and whether there was none within the time.</summary>
    private async ValueTask<(RateLimitLease? Place, bool IsFull)> TakeAsync(
        ConcurrencyLimiter? places,
        TimeSpan patience,
        CancellationToken stop
    )
    {
        if (places is null)
        {
            return (null, false);
        }

        var taken = places.AttemptAcquire();
        if (!taken.IsAcquired && patience > TimeSpan.Zero)
        {
            taken = await QueueAsync(places, patience, stop);
        }

        return (taken, taken is not { IsAcquired: true });
    }

    private async Task<RateLimitLease?> QueueAsync(ConcurrencyLimiter places, TimeSpan wait, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(wait, lanes.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, client, stop);
        try
        {
            return await places.AcquireAsync(1, either.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private Refusal Full() =>
        Unavailable(
            IsKeyBusy
                ? "has as many requests under way for this model as it may have with each credential (max_concurrency_per_key)"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"has {Lane.Options.MaxConcurrency} requests under way, as many as it may have (max_concurrency)"
                ),
            Moment
        );

    private Refusal LeftAlone() => Unavailable("fails too often now, and is left alone for a while", Lane.Options.BreakTime);

    private Refusal Unavailable(string why, TimeSpan wait) =>
        new(503, "provider_unavailable", $"The provider {Lane.Id.Provider} {why}. Nothing was sent and nothing is charged.")
        {
            RetryHelps = true,
            ResetsAt = lanes.Clock.GetUtcNow() + wait,
        };
}
