using System.Collections.Frozen;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Routing;
using Purser.Gateway.Telemetry;

namespace Purser.Gateway.Pipeline;

/// <summary>What every kind of request is served with.</summary>
internal sealed record PipelineParts(
    Authenticator Authenticator,
    Admitter Admitter,
    Exhaustion Exhaustion,
    Pricer Pricer,
    Settler Settler,
    OwnedObjects Objects,
    ModelCatalog Catalog,
    RequestRouter Router,
    FrozenDictionary<string, Provider> Providers,
    Lanes Lanes,
    string PriceBookVersion,
    GatewayMetrics? Metrics,
    TimeProvider Clock,
    RealtimeOptions Realtime,
    RepositoryProjects Repositories,
    BodyLimits Bodies
)
{
    /// <summary>Draws the requests that another model is asked too; null where none is.</summary>
    public Shadowing? Shadowing { get; init; }
}
