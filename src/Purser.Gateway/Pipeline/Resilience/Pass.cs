using System.Threading.RateLimiting;
using Purser.Core.Routing;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>The right to make one attempt over a lane. Dispose it when the attempt has ended.</summary>
internal sealed class Pass : IDisposable
{
    private readonly RateLimitLease? place;

    /// <param name="leg">Where it goes.</param>
    /// <param name="index">Which of the journey's legs that is.</param>
    /// <param name="place">Its place among the requests that the provider may have under way at once, where that is limited.</param>
    public Pass(in Leg leg, int index, RateLimitLease? place)
    {
        (Candidate, Lane, Index, this.place) = (leg.Candidate, leg.Lane, index, place);
        Lane.Enter();
    }

    /// <summary>What is to be admitted and called.</summary>
    public Candidate Candidate { get; }

    /// <summary>The lane there.</summary>
    public Lane Lane { get; private set; }

    /// <summary>Which of the journey's legs it is.</summary>
    public int Index { get; }

    /// <summary>Where a budget lets the request go to a cheaper model only, it's that one's lane which is used.</summary>
    public void TurnTo(Lane other)
    {
        if (other == Lane)
        {
            return;
        }

        Lane.Leave();
        Lane = other;
        Lane.Enter();
    }

    /// <summary>Makes the attempt up to its answer's beginning.</summary>
    public async Task<CallResult> BeginAsync(UpstreamCall call) =>
        await Lane.BeginAsync(call, static call => call.BeginAsync())
        ?? call.NotSent(
            new Refusal(503, "provider_unavailable", $"The provider {Lane.Id.Provider} fails too often now, and is left alone for a while.")
            {
                RetryHelps = true,
            }
        );

    /// <summary>Relays the rest of it.</summary>
    public async Task RelayAsync(UpstreamCall call)
    {
        if (await call.RelayAsync())
        {
            await Lane.CountAsync(call.Result);
        }
    }

    public void Dispose()
    {
        Lane.Leave();
        place?.Dispose();
    }
}
