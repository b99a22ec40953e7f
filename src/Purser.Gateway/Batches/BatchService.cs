using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Admin;
using Purser.Gateway.Alerts;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Telemetry;

namespace Purser.Gateway.Batches;

/// <summary>All that serves batches, put together.</summary>
internal static class BatchService
{
    /// <summary>Maps its paths. The watch that is returned isn't started yet.</summary>
    public static BatchWatch Map(
        WebApplication app,
        AdminContext admin,
        Features features,
        FrozenDictionary<string, Provider> providers,
        GatewayMetrics? metrics,
        ApprovalDesk desk,
        RequestAlerts alerts
    )
    {
        var (store, catalog, clock) = (admin.Store, admin.Catalog, admin.Clock);
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var (objects, upstream) = (new OwnedObjects(store, clock), new BatchUpstream(clock));
        var settlement = new BatchSettlement(store, catalog, upstream, metrics, alerts, clock);
        var watch = new BatchWatch(
            providers,
            objects,
            settlement,
            upstream,
            admin.Options.BatchPoll,
            alerts,
            clock,
            loggers.CreateLogger<BatchWatch>()
        );
        var forecasts = OutputForecasts.From(store);
        var admitter = new BatchAdmitter(
            store,
            new Admitter(store, catalog, forecasts, clock, features.Budgets),
            new Exhaustion(desk, clock),
            admin.Book.Version
        );
        var creation = new BatchCreation(store, admitter, objects, upstream, watch, loggers.CreateLogger<BatchCreation>());
        var requests = new BatchRequests(upstream, (int)Math.Min(admin.Options.MaxBodyBytes, int.MaxValue / 2));
        new BatchEndpoints(
            admin.Authenticator,
            new BatchOrders(
                providers,
                catalog,
                objects,
                requests,
                creation,
                admin.Lanes,
                new SpillFolder(Path.Combine(admin.Options.DataDirectory, "spill")),
                admin.Options
            ),
            new BatchLists(providers, objects, upstream, watch),
            new Settler(store, forecasts, alerts, features.Budgets),
            metrics,
            clock,
            loggers.CreateLogger<BatchEndpoints>()
        ).Map(app);
        return watch;
    }
}
