using Microsoft.AspNetCore.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Admin;

/// <summary>Puts a new model file of the router in force.</summary>
internal static class RouterEndpoints
{
    public static void Map(IEndpointRouteBuilder admin, AdminContext context) =>
        AdminEndpoints.Handle(admin, "POST", "/router/load", context, _ => Task.FromResult<object?>(Load(context)));

    private static object Load(AdminContext context)
    {
        if (context is not { Knowledge: { } knowledge, Options.Routing: { } routing })
        {
            throw new RefusedChangeException("no_routing", "purser.yml has no block 'routing'.");
        }

        var loaded = knowledge.Load();
        return new
        {
            PredictorVersion = loaded.Predictor,
            EvidenceVersion = loaded.Thresholds.Version,
            loaded.LoadedAt,
            HeldOut = loaded.Thresholds.Rows,
            loaded.Unknown,
            Data = routing
                .Policies.Values.OrderBy(policy => policy.Name, StringComparer.Ordinal)
                .SelectMany(policy =>
                    loaded.Promises(policy).Select(promise => View(policy, RouteRecord.NameOf(promise.Kind), promise.Promise))
                ),
        };
    }

    private static object View(RoutePolicy policy, string kind, RiskGuarantee promise) =>
        new
        {
            Policy = RouteNames.AskedAs(policy),
            policy.Reference,
            Class = kind,
            N = promise.Rows,
            promise.Target.Epsilon,
            Delta = Math.Round(promise.Target.Delta, 9),
            ShareDown = promise.Declined is null ? Math.Round(promise.ShareDown, 4) : (double?)null,
            Risk = promise.Declined is null ? Math.Round(promise.Risk, 4) : (double?)null,
            Bound = promise.Declined is null ? Math.Round(promise.Bound, 4) : (double?)null,
            Declined = RouteRecord.WhyDeclined(promise),
        };
}
