using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Alerts;
using Purser.Gateway.Credentials;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>
/// Looks after the batches whose money is held, those from before a restart too: asks their providers how far they are, less and less often, and has
/// each settled once it has ended. Safe for parallel calls.
/// </summary>
internal sealed partial class BatchWatch : IAsyncDisposable
{
    /// <summary>How long a batch is asked for that nobody can say anything of: longer than providers keep results. Then it's posted as it was held.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(31);

    /// <summary>How long a batch can't be settled before someone is told.</summary>
    public static readonly TimeSpan LongestTrouble = TimeSpan.FromHours(1);

    private const int AtOnce = 4;
    private const int MostMisses = 3;
    private const int LargestObject = 1 << 20;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<(string Provider, string Id), Watched> watched = new();
    private readonly FrozenDictionary<string, Provider> providers;
    private readonly OwnedObjects objects;
    private readonly BatchSettlement settlement;
    private readonly BatchUpstream upstream;
    private readonly TimeSpan longest;
    private readonly RequestAlerts alerts;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    /// <param name="providers">The providers.</param>
    /// <param name="objects">Whose batches there are.</param>
    /// <param name="settlement">Settles them.</param>
    /// <param name="upstream">Calls providers.</param>
    /// <param name="longest">The longest time between two looks at a batch.</param>
    /// <param name="alerts">Are raised for a batch that can't be settled.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Is told of failures.</param>
    public BatchWatch(
        FrozenDictionary<string, Provider> providers,
        OwnedObjects objects,
        BatchSettlement settlement,
        BatchUpstream upstream,
        TimeSpan longest,
        RequestAlerts alerts,
        TimeProvider clock,
        ILogger<BatchWatch> logger
    )
    {
        (this.providers, this.objects, this.settlement, this.upstream) = (providers, objects, settlement, upstream);
        (this.longest, this.alerts, this.clock, this.logger) = (longest, alerts, clock, logger);
    }

    /// <summary>Begins, with those that are open.</summary>
    public void Start()
    {
        foreach (var batch in objects.Open(OwnedKind.Batch))
        {
            Add(batch);
        }

        running = Task.Run(RunAsync);
    }

    /// <summary>Looks after one more.</summary>
    public void Add(OwnedObject batch)
    {
        var wait = First;
        watched.TryAdd((batch.Provider, batch.Id), new Watched(batch) { Wait = wait, NextAt = clock.GetUtcNow() + wait });
    }

    /// <summary>A provider has told a client how far a batch is: where it has ended, it's settled when the task ends, unless that can't be done now.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="state">What the provider says.</param>
    /// <param name="credential">What it was asked with.</param>
    public async Task ToldAsync(OwnedObject batch, BatchState state, UpstreamCredential credential)
    {
        if (state.End == BatchEnd.None || !watched.TryGetValue((batch.Provider, batch.Id), out var found))
        {
            return;
        }

        await found.Gate.WaitAsync(stopping.Token);
        try
        {
            await EndAsync(found, providers[batch.Provider], credential, state);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            Note(found, exception);
        }
        finally
        {
            found.Gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        stopping.Dispose();
    }

    private TimeSpan First => FirstWait < longest ? FirstWait : longest;

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Tick, clock);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stopping.Token };
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                var now = clock.GetUtcNow();
                var due = watched.Values.Where(batch => batch.NextAt <= now).OrderBy(batch => batch.NextAt);
                await Parallel.ForEachAsync(due, parallel, (batch, _) => LookAsync(batch));
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // What is under way is done anew at the next start.
        }
    }

    private async ValueTask LookAsync(Watched found)
    {
        await found.Gate.WaitAsync(stopping.Token);
        try
        {
            if (!found.IsClosed)
            {
                await AskAsync(found);
                found.FailingSince = null;
            }
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            Note(found, exception);
        }
        finally
        {
            found.Wait = found.Wait * 2 < longest ? found.Wait * 2 : longest;
            found.NextAt = clock.GetUtcNow() + found.Wait;
            found.Gate.Release();
        }
    }

    private async Task AskAsync(Watched found)
    {
        var batch = found.Batch;
        var credential = CredentialOf(batch, out var isOwn);
        var isOver = clock.GetUtcNow() - batch.CreatedAt > LongestWait;
        if (!providers.TryGetValue(batch.Provider, out var provider) || provider.Api.Batches is not { } batches)
        {
            throw new IOException("the provider isn't configured any more; set it up again, so that the batch can be settled");
        }

        if (credential is null)
        {
            await GiveUpAsync(found, provider, isOver, "the provider has no credential that can be used");
            return;
        }

        using var patience = upstream.PatienceWith(provider, stopping.Token);
        var url = $"{batches.Url(provider.Options.BaseUrl.OriginalString)}/{Uri.EscapeDataString(batch.Id)}";
        using var response = await BatchUpstream.SendAsync(provider, credential, HttpMethod.Get, url, null, null, patience.Token);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            // To another credential's account it may be unknown; and one answer of that kind is soon given by mistake.
            found.Misses += isOwn ? 1 : 0;
            await GiveUpAsync(found, provider, found.Misses >= MostMisses || isOver, "the provider doesn't find it");
            return;
        }

        if (!response.IsSuccessStatusCode)
        {
            await GiveUpAsync(found, provider, isOver, $"the provider answers {(int)response.StatusCode}");
            return;
        }

        await response.Content.LoadIntoBufferAsync(LargestObject, patience.Token);
        var body = await response.Content.ReadAsByteArrayAsync(patience.Token);
        found.Misses = 0;
        var state = batches.ReadState(body) ?? throw new IOException("the provider's answer is no batch");
        if (state.End != BatchEnd.None)
        {
            await EndAsync(found, provider, credential, state);
        }
    }

    private async Task GiveUpAsync(Watched found, Provider provider, bool isOver, string why)
    {
        if (!isOver)
        {
            throw new IOException(why);
        }

        LogGone(logger, found.Batch.Id, found.Batch.Provider);
        await EndAsync(found, provider, null, null);
    }

    private async Task EndAsync(Watched found, Provider provider, UpstreamCredential? credential, BatchState? state)
    {
        if (found.IsClosed)
        {
            return;
        }

        await settlement.SettleAsync(found.Batch, provider, credential, state, stopping.Token);
        found.IsClosed = true;
        watched.TryRemove((found.Batch.Provider, found.Batch.Id), out _);
    }

    private UpstreamCredential? CredentialOf(OwnedObject batch, out bool isOwn)
    {
        var usable = providers.GetValueOrDefault(batch.Provider)?.Credentials;
        var own = usable?.Find(batch.Credential);
        isOwn = own is not null;
        return own ?? (usable?.All is [var other, ..] ? other : null);
    }

    /// <summary>Whatever it is, the others go on, and this one is tried again: its money stays held.</summary>
    private void Note(Watched found, Exception exception)
    {
        var (batch, isOutside) = (found.Batch, exception is HttpRequestException or IOException or OperationCanceledException);
        if (isOutside)
        {
            LogLater(logger, batch.Id, batch.Provider, exception.Message);
        }
        else
        {
            LogBug(logger, batch.Id, batch.Provider, exception);
        }

        var now = clock.GetUtcNow();
        var since = found.FailingSince ??= now;
        if (now - since >= LongestTrouble)
        {
            alerts.BatchUnsettled(
                batch.Id,
                batch.Provider,
                since,
                isOutside ? exception.Message : "the gateway itself fails on it, and its log says how"
            );
        }
    }

    /// <summary>A batch that is looked after.</summary>
    private sealed class Watched(OwnedObject batch)
    {
        public OwnedObject Batch => batch;

        public SemaphoreSlim Gate { get; } = new(1);

        public TimeSpan Wait { get; set; }

        public DateTimeOffset NextAt { get; set; }

        public int Misses { get; set; }

        public DateTimeOffset? FailingSince { get; set; }

        public bool IsClosed { get; set; }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The batch {Batch} at {Provider} can't be settled yet, and is asked for again: {Why}"
    )]
    private static partial void LogLater(ILogger logger, string batch, string provider, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "The gateway itself failed on the batch {Batch} at {Provider}; it's tried again")]
    private static partial void LogBug(ILogger logger, string batch, string provider, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The batch {Batch} at {Provider} can't be asked for any more; it's charged as it was held, until it's confirmed: purser ledger unconfirmed"
    )]
    private static partial void LogGone(ILogger logger, string batch, string provider);
}
