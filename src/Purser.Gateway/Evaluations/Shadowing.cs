using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Gateway.Admin;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Gateway.Telemetry;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// Draws the requests that another model is asked too, and has that done after their clients have their answers, a few at a time. What doesn't fit into the
/// queue is dropped and counted: no request waits for it.
/// </summary>
internal sealed partial class Shadowing : IAsyncDisposable
{
    /// <summary>Why a request that was drawn isn't asked in shadow: its body or its answer is too large to be held for it.</summary>
    public const string TooLarge = "too_large";

    /// <summary>The same: the queue is full.</summary>
    public const string QueueFull = "queue_full";

    /// <summary>The same: the budget has no room.</summary>
    public const string NoBudget = "budget";

    /// <summary>The same: its body or its answer can't be read as text.</summary>
    public const string Unreadable = "unreadable";

    private const int QueueLength = 64;
    private const int AtOnce = 4;
    private const int MostBytes = 256 << 10;

    // How long a stop waits for what it has cancelled to be settled; what isn't by then is settled by the next start.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly RoutingOptions routing;
    private readonly ShadowOptions options;
    private readonly EvaluationKeys keys;
    private readonly FrozenDictionary<string, string?> regions;
    private readonly ulong sampled;
    private readonly ulong judged;
    private readonly LedgerStore store;
    private readonly EvaluationIntake evaluations;
    private readonly GatewayMetrics? metrics;
    private readonly ILogger<Shadowing> logger;
    private readonly TimeProvider clock;
    private readonly Pause pause;
    private readonly CancellationTokenSource stop = new();
    private readonly Channel<Comparison> queue = Channel.CreateBounded<Comparison>(QueueLength);
    private Task working = Task.CompletedTask;

    private Shadowing(
        RoutingOptions routing,
        ShadowOptions options,
        EvaluationKeys keys,
        AdminContext admin,
        GatewayMetrics? metrics,
        ILogger<Shadowing> logger
    )
    {
        (this.routing, this.options, this.keys) = (routing, options, keys);
        (store, evaluations, clock) = (admin.Store, admin.Evaluations, admin.Clock);
        (this.metrics, this.logger) = (metrics, logger);
        regions = admin.Options.Providers.ToFrozenDictionary(
            provider => provider.Name,
            provider => provider.Region,
            StringComparer.Ordinal
        );
        (sampled, judged) = (BoundOf(options.SamplePercent), BoundOf(routing.Judge?.SamplePercent ?? 0));
        pause = new Pause("calls in shadow", clock, logger);
    }

    /// <summary>Makes the keys that pay for it. Null where nothing is to be asked in shadow.</summary>
    /// <exception cref="InvalidConfigurationException">The account that shall pay can't.</exception>
    public static async Task<Shadowing?> OpenAsync(AdminContext admin, GatewayMetrics? metrics, ILoggerFactory loggers)
    {
        if (admin.Options.Routing is not { Shadow: { } shadow } routing)
        {
            return null;
        }

        try
        {
            var keys = await EvaluationKeys.EnsureAsync(admin.Store, shadow, routing.Judge);
            return new Shadowing(routing, shadow, keys, admin, metrics, loggers.CreateLogger<Shadowing>());
        }
        catch (RefusedChangeException refused)
        {
            throw new InvalidConfigurationException([
                $"routing: the account for calls in shadow can't be used. {refused.Message} {refused.Hint}",
            ]);
        }
    }

    /// <summary>What an operator should know.</summary>
    public IReadOnlyList<string> Warnings =>
        [
            .. options
                .NeverFor.Where(name => store.Control.Accounts.Resolve(name) is null)
                .Select(name =>
                    $"There is no account '{name}', which routing: shadow: never_for names. It may be misspelt, so nothing is asked in shadow as long as it isn't there."
                ),
        ];

    /// <summary>Begins with what is in the queue.</summary>
    /// <param name="pipeline">Serves the calls.</param>
    /// <param name="parts">What they are served with.</param>
    public void Start(RequestPipeline pipeline, PipelineParts parts)
    {
        var comparer = new Comparer(
            pipeline,
            keys,
            routing,
            parts.Catalog,
            parts.Providers,
            store,
            pause,
            new Pause("the judge", clock, logger),
            metrics,
            clock,
            evaluations
        );
        working = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() => WorkAsync(comparer))));
    }

    /// <summary>Draws a request, before it's sent. Null where it isn't drawn, or nothing of it may be asked in shadow.</summary>
    public ShadowSample? Sample(Exchange exchange, Understanding understanding, Subject subject)
    {
        var draw = DrawOf(exchange.RequestId);
        if (
            draw >= sampled
            || exchange.RouteRecord is not { Choice: not null, Override: null } route
            || Other(route) is not { } other
            || !MayGo(route, other)
            || Place(route, route.Served) is not { } served
            || exchange is not { Subscription: null, Pin: null, Only: null }
            || !IsPlain(understanding)
            || route.IsSensitive
            || IsNever(subject)
        )
        {
            return null;
        }

        var why =
            exchange.Body.Length > MostBytes ? TooLarge
            : !pause.IsOver ? NoBudget
            : queue.Reader.Count >= QueueLength ? QueueFull
            : null;
        if (why is not null)
        {
            Drop(why);
            return null;
        }

        var tap = new AnswerTap(exchange.Http.Response.Body, MostBytes);
        return new ShadowSample(this, exchange, understanding, served, other, draw < judged, tap);
    }

    /// <summary>Takes what there is to compare; what has no room is dropped.</summary>
    public void Offer(Comparison comparison)
    {
        if (!queue.Writer.TryWrite(comparison))
        {
            Drop(QueueFull);
        }
    }

    /// <summary>Counts a request that was drawn and isn't asked in shadow.</summary>
    public void Drop(string why) => metrics?.ShadowDropped(why);

    /// <summary>Cancels what runs, and waits until it's settled.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await stop.CancelAsync();
        try
        {
            await working.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            LogLeft(logger);
        }
    }

    /// <summary>Where a request falls between 0 and 2³²: by its id alone, so that nobody can tell beforehand, and all can afterwards.</summary>
    internal static ulong DrawOf(Guid request)
    {
        Span<byte> bytes = stackalloc byte[16];
        request.TryWriteBytes(bytes, bigEndian: true, out _);
        // Other draws are made by the same id: this mix is this one's own.
        var mixed = (BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) ^ 0x5AD0_5EED_5AD0_5EED) * 0x9E37_79B9_7F4A_7C15;
        return (mixed ^ (mixed >> 29)) * 0xBF58_476D_1CE4_E5B9 >> 32;
    }

    private static ulong BoundOf(decimal percent) => (ulong)(percent / 100 * (1UL << 32));

    private static ComparedModel? Other(RouteRecord route) =>
        route.Mode switch
        {
            RoutingMode.Shadow when route.Suggested is { } suggested => Place(route, suggested),
            RoutingMode.On when route.Served != route.Baseline => Place(route, route.Baseline),
            // It's served as if nothing were routed: what would have been chosen is asked all the same.
            RoutingMode.On when route is { IsHeldOut: true, Choice.Ranked: [{ Option.Model: var chosen }, ..] } && chosen != route.Served =>
                Place(route, chosen),
            _ => null,
        };

    /// <summary>Whether the other model is in the policy's regions. One that the request names serves it wherever it is, and is asked for nothing else.</summary>
    private bool MayGo(RouteRecord route, ComparedModel other) =>
        PolicyRegions.Have(route.Policy?.Regions ?? [], regions.GetValueOrDefault(other.Provider));

    /// <summary>Where the route has a model first; null where it has it nowhere.</summary>
    private static ComparedModel? Place(RouteRecord route, string name)
    {
        for (var i = 0; i < route.Places.Count; i++)
        {
            if (route.Choice!.Options[i].Option is { Unable: null } option && option.Model == name && route.Places[i].First is { } first)
            {
                return new ComparedModel(name, first.Model.Provider, first.Model.Model);
            }
        }

        return null;
    }

    /// <summary>Whether all that asking once more does is to generate text: nothing is searched, run, kept or looked up at the provider for it.</summary>
    internal static bool IsPlain(Understanding understanding) =>
        understanding.Profile
            is {
                IsConversation: true,
                Choices: 1,
                HostedToolCalls: 0,
                HasWebSearch: false,
                ToolsAddInput: false,
                UnboundedInput: false,
                NonTextInput: false,
                AudioOutput: false,
                MayCompact: false,
                OtherModels.Count: 0,
                OpenEndedModels: false,
                InBatch: false
            }
        && understanding.Facts is { ImageOutput: false, References.Count: 0 };

    /// <summary>Whether the requests of a subject go to no other model. An account that isn't known may be misspelt: then that is so for all.</summary>
    private bool IsNever(Subject subject)
    {
        var accounts = store.Control.Accounts;
        return options.NeverFor.Any(name =>
            accounts.Resolve(name) is not { } never || subject.Accounts.Any(account => account.Id == never.Id)
        );
    }

    private async Task WorkAsync(Comparer comparer)
    {
        await foreach (var comparison in queue.Reader.ReadAllAsync())
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await comparer.CompareAsync(comparison, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Without its message, which may have something of the prompt in it.
                LogBug(logger, AttemptId.NameOf(comparison.Request), exception.GetType().Name, exception.StackTrace);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Asking another model about {RequestId} failed in the gateway itself: {Exception} {At}"
    )]
    private static partial void LogBug(ILogger logger, string requestId, string exception, string? at);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A call in shadow didn't end in time; the next start posts the most that it can have cost"
    )]
    private static partial void LogLeft(ILogger logger);
}
