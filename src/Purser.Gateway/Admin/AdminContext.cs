using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>What the admin API works on.</summary>
internal sealed record AdminContext(
    LedgerStore Store,
    ModelCatalog Catalog,
    PriceBook Book,
    ContractBook Contracts,
    GatewayOptions Options,
    Authenticator Authenticator,
    Lanes Lanes,
    RouteKnowledge? Knowledge,
    EvaluationIntake Evaluations,
    RouteTrials Trials,
    TimeProvider Clock
)
{
    /// <summary>When the gateway was started.</summary>
    public DateTimeOffset StartedAt { get; } = Clock.GetUtcNow();
}
