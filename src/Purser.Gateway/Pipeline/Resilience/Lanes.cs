using System.Collections.Concurrent;
using System.Collections.Frozen;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Telemetry;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>All lanes of a gateway; each is made when it's first used, and kept. Safe for parallel calls.</summary>
/// <param name="providers">The providers by name.</param>
/// <param name="balance">In which order the providers of a model are tried.</param>
/// <param name="totalTimeout">How long a client waits in all for its answer to begin.</param>
/// <param name="metrics">Counts what is tried again and what is passed over; null for no counting.</param>
/// <param name="clock">The clock.</param>
/// <param name="random">Draws from 0 (included) to 1 (excluded), for jitter and weights.</param>
internal sealed class Lanes(
    FrozenDictionary<string, Provider> providers,
    Balance balance,
    TimeSpan totalTimeout,
    GatewayMetrics? metrics,
    TimeProvider clock,
    Func<double> random
)
{
    private readonly ConcurrentDictionary<LaneId, Lane> known = new();

    /// <summary>How long a client waits in all for its answer to begin.</summary>
    public TimeSpan TotalTimeout => totalTimeout;

    /// <summary>The clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Counts what is tried again and what is passed over.</summary>
    public GatewayMetrics? Metrics => metrics;

    /// <summary>Draws from 0 (included) to 1 (excluded).</summary>
    public Func<double> Random => random;

    /// <summary>Those that were used since the start.</summary>
    public IEnumerable<Lane> Known => known.Values;

    /// <summary>The lane to a model.</summary>
    public Lane To(CatalogModel model) =>
        known.GetOrAdd(
            new LaneId(model.Provider, LaneId.Configured, model.Model),
            static (id, lanes) => new Lane(id, lanes.ProviderOf(id).Options.Resilience, lanes.Clock),
            this
        );

    /// <summary>The provider that a lane goes to.</summary>
    public Provider ProviderOf(LaneId id) => providers[id.Provider];

    /// <summary>Begins a request's way over its candidates.</summary>
    public Journey Begin(IReadOnlyList<Candidate> candidates, Exchange exchange, bool stream)
    {
        var legs = new Leg[candidates.Count];
        for (var i = 0; i < legs.Length; i++)
        {
            legs[i] = new Leg(candidates[i], To(candidates[i].Model));
        }

        LaneOrder.Sort(legs, exchange.Format.Name, balance, random);
        return new Journey(this, exchange, legs, stream);
    }
}
