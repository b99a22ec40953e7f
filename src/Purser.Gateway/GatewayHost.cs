using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Purser.Core.Budgets;
using Purser.Core.Pricing;
using Purser.Gateway.Admin;
using Purser.Gateway.Alerts;
using Purser.Gateway.Batches;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Passthrough;
using Purser.Gateway.Pipeline.Realtime;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Gateway.Telemetry;

namespace Purser.Gateway;

/// <summary>A running gateway.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    /// <summary>What the first start limits the organization to, each month.</summary>
    public static readonly Money FirstLimit = new(50 * Money.NanosPerDollar);

    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly WebApplication app;
    private readonly LedgerStore store;
    private readonly FrozenDictionary<string, Provider> providers;
    private readonly GatewayMetrics metrics;
    private readonly InFlight inFlight;
    private readonly AlertCenter alerts;
    private readonly BatchWatch batches;
    private bool disposed;

    private GatewayHost(
        WebApplication app,
        LedgerStore store,
        FrozenDictionary<string, Provider> providers,
        GatewayMetrics metrics,
        InFlight inFlight,
        AlertCenter alerts,
        BatchWatch batches
    )
    {
        this.app = app;
        this.store = store;
        this.providers = providers;
        this.metrics = metrics;
        this.inFlight = inFlight;
        this.alerts = alerts;
        this.batches = batches;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The admin key, at the first start alone: it's kept nowhere.</summary>
    public string? NewAdminKey { get; private init; }

    /// <summary>The first limit in dollars, as people write it.</summary>
    public static string FirstLimitText => FirstLimit.Usd.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The ledger.</summary>
    internal LedgerStore Store => store;

    /// <summary>Asks other models too, for a sample of requests; null where that isn't wanted.</summary>
    internal Shadowing? Shadowing { get; private init; }

    /// <summary>Where alerts are raised.</summary>
    internal AlertCenter Alerts => alerts;

    /// <summary>Where evaluations of answers are taken.</summary>
    internal EvaluationIntake Evaluations { get; private init; } = null!;

    /// <summary>How many attempts a crash had left open; they are posted at their ceilings, marked unconfirmed.</summary>
    public int Recovered => store.Recovered;

    /// <summary>Things that an operator should know but that don't stop the start.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Starts a gateway.</summary>
    /// <exception cref="InvalidConfigurationException">Prices or providers are wrong; every error is in it.</exception>
    /// <exception cref="IOException">The data folder is in use or can't be written, or the address is taken.</exception>
    public static Task<GatewayHost> StartAsync(
        GatewayOptions options,
        Action<ILoggingBuilder>? logging = null,
        TimeProvider? clock = null,
        CancellationToken cancellationToken = default
    ) => StartAsync(options, new Features(), logging, clock ?? TimeProvider.System, cancellationToken);

    /// <summary>Starts a gateway with some of its parts off: for the benchmark.</summary>
    internal static async Task<GatewayHost> StartAsync(
        GatewayOptions options,
        Features features,
        Action<ILoggingBuilder>? logging,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var (catalog, book, warnings) = CatalogBuilder.Build(options);
        var (contracts, doubts) = CatalogBuilder.Contracts(options, book);
        var app = CreateBuilder(options, logging).Build();
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var knowledge = RouteKnowledge.Open(options.Routing, clock, loggers.CreateLogger<RouteKnowledge>());
        var ledger = loggers.CreateLogger<LedgerStore>();
        var store = LedgerStore.Open(options.DataDirectory, options.Durability, clock, ledger, features.Journal);
        AlertCenter? alerts = null;
        try
        {
            alerts = AlertCenter.Start(options.DataDirectory, options.Webhooks, clock, loggers.CreateLogger<AlertCenter>());
            var newAdminKey = store.FirstStart ? await FirstStartAsync(store, options.Listen) : null;
            var (vault, metrics, inFlight) = (VaultOf(store, options), new GatewayMetrics(), new InFlight());
            var providers = ProvidersOf(options, vault, clock, loggers);
            Watch(store, alerts, clock);
            var admin = new AdminContext(
                store,
                catalog,
                book,
                contracts,
                options,
                new Authenticator(store, clock, features.Authentication),
                CreateLanes(options, providers, features.Telemetry ? metrics : null, clock, loggers),
                knowledge,
                await EvaluationIntake.StartAsync(store, alerts, clock),
                await RouteTrials.StartAsync(store, options.Routing),
                clock
            );
            app.Use(inFlight.CountAsync);
            app.UseWhen(CanBeWebSocket, static upgrading => upgrading.UseWebSockets());
            var (told, raised) = (features.Telemetry ? metrics : null, new RequestAlerts(alerts, clock));
            var shadowing = await Shadowing.OpenAsync(admin, told, loggers);
            var desk = new ApprovalDesk(store, alerts);
            MapClients(app, admin, features, providers, told, desk, raised, shadowing);
            var batches = BatchService.Map(app, admin, features, providers, told, desk, raised);
            MapAdministration(app, admin, alerts, desk);
            await app.StartAsync(cancellationToken);
            batches.Start();
            return new GatewayHost(app, store, providers, metrics, inFlight, alerts, batches)
            {
                Shadowing = shadowing,
                NewAdminKey = newAdminKey,
                Evaluations = admin.Evaluations,
                Warnings = [.. warnings, .. doubts, .. vault.Warnings(), .. WarningsOf(admin), .. shadowing?.Warnings ?? []],
            };
        }
        catch
        {
            await AbandonAsync(app, store, alerts);
            throw;
        }
    }

    private static async Task AbandonAsync(WebApplication app, LedgerStore store, AlertCenter? alerts)
    {
        await store.DisposeAsync();
        await (alerts?.DisposeAsync() ?? ValueTask.CompletedTask);
        await app.DisposeAsync();
    }

    private static IEnumerable<string> WarningsOf(AdminContext admin) =>
        [
            .. ClockWarnings(admin.Store),
            .. admin.Knowledge?.Warnings ?? [],
            .. RouteNeeds.Warnings(admin.Options.Routing?.Sensitive, admin.Store.Control),
        ];

    private static void MapAdministration(WebApplication app, AdminContext admin, AlertCenter alerts, ApprovalDesk desk)
    {
        OperationsEndpoints.Map(app, admin.Store);
        AdminEndpoints.Map(app, admin);
        AlertEndpoints.Map(app, admin, alerts);
        AskEndpoints.MapForClients(app, admin, desk);
        FeedbackEndpoint.Map(app, admin);
        OtlpLogEndpoint.Map(app, admin);
    }

    private static FrozenDictionary<string, Provider> ProvidersOf(
        GatewayOptions options,
        CredentialVault vault,
        TimeProvider clock,
        ILoggerFactory loggers
    ) =>
        options
            .Providers.Select(provider => new Provider(provider, vault, clock, loggers.CreateLogger<Provider>()))
            .ToFrozenDictionary(provider => provider.Options.Name, StringComparer.Ordinal);

    private static CredentialVault VaultOf(LedgerStore store, GatewayOptions options) =>
        new(() => store.Control.Credentials, options.MasterKey, options.Providers);

    /// <summary>Begins what follows the ledger: alerts of what people are told of, and the analytics store.</summary>
    private static void Watch(LedgerStore store, AlertCenter alerts, TimeProvider clock)
    {
        store.Crossed = crossings => alerts.Raise([.. crossings.Select(crossing => CrossingAlerts.Of(crossing, store.Control))]);
        store.Faulted = cause => alerts.Raise(FaultAlert.Of(cause, clock.GetUtcNow()));
        store.Analytics.Start();
    }

    /// <summary>Waits until the process is told to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops taking requests, lets those under way end, settles, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await app.StopAsync();
        await inFlight.EmptyAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        await (Shadowing?.DisposeAsync() ?? ValueTask.CompletedTask);
        await batches.DisposeAsync();
        await store.DisposeAsync();
        // After the store: what its last entries raise is kept, and delivered where that takes no time.
        await alerts.DisposeAsync();
        Evaluations.Watch.Dispose();
        foreach (var provider in providers.Values)
        {
            provider.Dispose();
        }

        metrics.Dispose();
        await app.DisposeAsync();
    }

    private static IEnumerable<string> ClockWarnings(LedgerStore store) =>
        store.Ahead > ClockTolerance
            ?
            [
                $"The ledger's newest entry is {store.Ahead.TotalHours:0.#} hours ahead of this machine's clock. The ledger's time doesn't go "
                    + "back, so until the clock has caught up no budget's window ends. Set the clock if it's behind; if it was ahead "
                    + "when that entry was written, see 'A clock that was wrong' in docs/guarantees.md.",
            ]
            : [];

    // No other request needs what the middleware for WebSockets prepares.
    private static bool CanBeWebSocket(HttpContext http) =>
        http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || http.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    private static WebApplicationBuilder CreateBuilder(GatewayOptions options, Action<ILoggingBuilder>? logging)
    {
        // Its configuration is purser.yml alone. A file watcher over the folder it's started in would wake at each write to a data folder there.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--hostBuilder:reloadConfigOnChange=false"] }
        );
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        // What it logs above Information is told elsewhere too, and where it may log it makes an activity for each request, which nothing here reads.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.WebHost.UseUrls(options.Listen.ToString());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            // A stream of tokens is slow by nature.
            kestrel.Limits.MinResponseDataRate = null;
            // Providers' headers are passed on with the bytes they came with.
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        });
        // See SocketTuning: the other half of the same choice.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("purser"))
            .WithMetrics(metrics =>
                metrics.AddMeter(GatewayMetrics.Name).AddMeter("Microsoft.AspNetCore.Server.Kestrel").AddPrometheusExporter()
            );
        return builder;
    }

    private static void MapClients(
        WebApplication app,
        AdminContext admin,
        Features features,
        FrozenDictionary<string, Provider> providers,
        GatewayMetrics? metrics,
        ApprovalDesk desk,
        RequestAlerts alerts,
        Shadowing? shadowing
    )
    {
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var ratios = new TokenRatios();
        var objects = new OwnedObjects(admin.Store, admin.Clock);
        var bodies = new BodyLimits(admin.Options.MaxBodyBytes, new SpillFolder(Path.Combine(admin.Options.DataDirectory, "spill")));
        var parts = PartsOf(admin, features, providers, objects, metrics, desk, alerts, bodies) with { Shadowing = shadowing };
        var counting = new TokenCounting(
            admin.Authenticator,
            admin.Catalog,
            parts.Router,
            providers,
            objects,
            admin.Lanes,
            ratios,
            metrics,
            admin.Clock,
            loggers.CreateLogger<TokenCounting>(),
            bodies
        );
        var pipeline = CreatePipeline(admin, features, parts, ratios, loggers);
        shadowing?.Start(pipeline, parts);
        var shown = loggers.CreateLogger<ObjectEndpoints>();
        new ObjectEndpoints(objects, admin.Authenticator, admin.Options.Providers, providers, admin.Clock, shown).Map(app);
        var models = new ModelEndpoints(admin.Authenticator, admin.Catalog, admin.Options.Routing, admin.Clock);
        ClientEndpoints.Map(app, pipeline, counting, models, admin.Authenticator, admin.Options.Providers);
        new PassthroughEndpoint(
            admin.Authenticator,
            pipeline,
            new PassthroughCall(parts),
            models,
            providers,
            admin.Clock,
            loggers.CreateLogger<PassthroughEndpoint>()
        ).Map(app);
        new RouteEndpoint(
            admin.Authenticator,
            parts.Router,
            admin.Options.Routing,
            new RouteListing(admin.Options, admin.Knowledge, parts.Router.Measures, admin.Catalog, admin.Clock),
            admin.Catalog,
            admin.Store,
            admin.Options.Repositories,
            bodies,
            admin.Clock
        ).Map(app);
        new RealtimeEndpoint(parts, models, loggers.CreateLogger<RealtimeEndpoint>(), app.Lifetime.ApplicationStopping).Map(app);
    }

    private static Lanes CreateLanes(
        GatewayOptions options,
        FrozenDictionary<string, Provider> providers,
        GatewayMetrics? metrics,
        TimeProvider clock,
        ILoggerFactory loggers
    )
    {
        var random = Random.Shared.NextDouble;
        var lanes = new Lanes(providers, options.Balance, options.TotalTimeout, metrics, clock, random, loggers.CreateLogger<Lanes>());
        metrics?.Watch(lanes);
        return lanes;
    }

    private static PipelineParts PartsOf(
        AdminContext admin,
        Features features,
        FrozenDictionary<string, Provider> providers,
        OwnedObjects objects,
        GatewayMetrics? metrics,
        ApprovalDesk desk,
        RequestAlerts alerts,
        BodyLimits bodies
    )
    {
        var forecasts = OutputForecasts.From(admin.Store);
        return new PipelineParts(
            admin.Authenticator,
            new Admitter(admin.Store, admin.Catalog, forecasts, admin.Clock, features.Budgets),
            new Exhaustion(desk, admin.Clock),
            new Pricer(admin.Catalog),
            new Settler(admin.Store, forecasts, alerts, features.Budgets),
            objects,
            admin.Catalog,
            new RequestRouter(admin.Options.Routing, admin.Knowledge, admin.Catalog, providers, forecasts, admin.Store, admin.Trials),
            providers,
            admin.Lanes,
            admin.Book.Version,
            metrics,
            admin.Clock,
            admin.Options.Realtime,
            admin.Options.Repositories,
            bodies
        );
    }

    private static RequestPipeline CreatePipeline(
        AdminContext admin,
        Features features,
        PipelineParts parts,
        TokenRatios ratios,
        ILoggerFactory loggers
    ) =>
        new(
            parts.Authenticator,
            parts.Admitter,
            parts.Pricer,
            parts.Settler,
            parts.Exhaustion,
            new IdempotencyKeys(admin.Clock),
            new BudgetNotices(admin.Options.BudgetNotice),
            admin.Store,
            parts.Objects,
            admin.Catalog,
            parts.Router,
            parts.Providers,
            admin.Lanes,
            admin.Book.Version,
            features.Metering,
            parts.Metrics,
            ratios,
            admin.Options.Repositories,
            admin.Clock,
            loggers.CreateLogger<RequestPipeline>(),
            parts.Bodies,
            admin.Evaluations,
            parts.Shadowing
        );

    /// <summary>Makes the organization, its first limit, and the administrator's key, in one transaction.</summary>
    /// <exception cref="IOException">The gateway couldn't listen: nothing was made, for the key would be shown to nobody.</exception>
    private static Task<string> FirstStartAsync(LedgerStore store, Uri listen)
    {
        CheckIsFree(listen);
        return store.ChangeAsync(change =>
        {
            var organization = change.CreateOrganization("organization");
            change.SetBudget(
                new NewBudget(
                    new Scope(ScopeKind.Account, organization.Id),
                    BudgetUnit.Usd,
                    new BudgetWindow(WindowKind.Month, TimeZoneInfo.Utc),
                    FirstLimit.Nanos,
                    "organization monthly limit"
                )
            );
            return change.ResetAdminKey();
        });
    }

    private static void CheckIsFree(Uri listen)
    {
        var host = listen.Host.Trim('[', ']');
        var address =
            IPAddress.TryParse(host, out var given) ? given
            : host == "localhost" ? IPAddress.Loopback
            : IPAddress.Any;
        try
        {
            using var listener = new TcpListener(address, listen.Port);
            listener.Start();
        }
        catch (SocketException exception)
        {
            throw new IOException(
                $"Purser can't listen on {listen.GetLeftPart(UriPartial.Authority)}: {exception.Message}. Give it another address: --listen",
                exception
            );
        }
    }
}
