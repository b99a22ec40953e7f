using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Alerts;

/// <summary>
/// Where alerts are raised. Each goes once to the log, into the outbox, from there to the webhooks, and to those who follow the
/// event stream. <see cref="Raise"/> only queues: what comes behind it happens on other threads.
/// </summary>
/// <remarks>
/// Nothing is lost while the process lives: an alert leaves the queue when the outbox has it. Alerts with the same id are one in the
/// queue too, so its length is that of different crossings, up to <see cref="MostWaiting"/>. What a crash takes with it from the
/// queue, whoever raises alerts raises again for the present window; ids make that harmless.
/// </remarks>
public sealed partial class AlertCenter : IAsyncDisposable
{
    /// <summary>How many different alerts wait for an outbox that can't be written. What comes beyond is counted in the log, and lost.</summary>
    public const int MostWaiting = 100_000;

    private const int Page = 100;
    private static readonly Task Never = new TaskCompletionSource().Task;
    private static readonly TimeSpan OutboxRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private readonly AlertOutbox outbox;
    private readonly WebhookSender sender;
    private readonly IReadOnlyList<WebhookOptions> webhooks;
    private readonly List<WebhookDispatcher> dispatchers;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly Pulse queued = new();
    private readonly Pulse stored = new();
    private readonly CancellationTokenSource noMoreAlerts = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly HashSet<string> logged = new(StringComparer.Ordinal);

    // Both under the gate; but whoever stores reads the second without it, because nobody else changes that one.
    private OrderedDictionary<string, Alert> waiting = new(StringComparer.Ordinal);
    private OrderedDictionary<string, Alert> storing = new(StringComparer.Ordinal);
    private long lost;
    private Task work = Task.CompletedTask;
    private bool disposed;

    private AlertCenter(
        AlertOutbox outbox,
        WebhookSender sender,
        IReadOnlyList<WebhookOptions> webhooks,
        TimeProvider clock,
        ILogger logger
    )
    {
        this.outbox = outbox;
        this.sender = sender;
        this.webhooks = webhooks;
        this.clock = clock;
        this.logger = logger;
        dispatchers = [.. webhooks.Select(webhook => new WebhookDispatcher(webhook, outbox, sender, clock, Random.Shared, logger))];
    }

    /// <summary>The receivers.</summary>
    internal IReadOnlyList<WebhookOptions> Webhooks => webhooks;

    /// <summary>Opens the outbox in a data folder and begins to deliver: first, what an earlier process left undelivered.</summary>
    /// <param name="dataDirectory">The data folder; it exists.</param>
    /// <param name="webhooks">The receivers.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Where each alert is a line.</param>
    /// <exception cref="IOException">The outbox can't be opened.</exception>
    /// <exception cref="InvalidDataException">A newer Purser wrote it.</exception>
    public static AlertCenter Start(string dataDirectory, IReadOnlyList<WebhookOptions> webhooks, TimeProvider clock, ILogger logger) =>
        Start(dataDirectory, webhooks, clock, logger, new WebhookSender(clock));

    /// <summary>The same with a sender of the caller's, which the center disposes of.</summary>
    internal static AlertCenter Start(
        string dataDirectory,
        IReadOnlyList<WebhookOptions> webhooks,
        TimeProvider clock,
        ILogger logger,
        WebhookSender sender
    )
    {
        var center = new AlertCenter(AlertOutbox.Open(dataDirectory, webhooks, clock), sender, webhooks, clock, logger);
        center.work = Task.WhenAll([
            Task.Run(center.StoreAsync),
            .. center.dispatchers.Select(dispatcher => Task.Run(() => dispatcher.RunAsync(center.stored, center.stopping.Token))),
        ]);
        return center;
    }

    /// <summary>
    /// Raises alerts: once each, however often it's called. Never throws and never waits for disk or network, so the ledger's writer
    /// can call it after each commit. After the end of the center it does nothing.
    /// </summary>
    public void Raise(params IReadOnlyList<Alert> alerts)
    {
        if (alerts.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            foreach (var alert in alerts)
            {
                if (storing.ContainsKey(alert.Id) || waiting.ContainsKey(alert.Id))
                {
                    continue;
                }

                if (storing.Count + waiting.Count < MostWaiting)
                {
                    waiting.Add(alert.Id, alert);
                }
                else
                {
                    lost++;
                }
            }
        }

        queued.Beat();
    }

    /// <summary>Stores what is queued, gives deliveries that are due a few seconds, and ends. What isn't delivered is at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await noMoreAlerts.CancelAsync();
        using var patience = new CancellationTokenSource(Drain, TimeProvider.System);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        try
        {
            while (Busy() && await timer.WaitForNextTickAsync(patience.Token))
            {
                // A receiver that answers gets what is due.
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SqliteException)
        {
            // One that doesn't gets it after the next start.
        }

        await stopping.CancelAsync();
        await work;
        sender.Dispose();
        outbox.Dispose();
        noMoreAlerts.Dispose();
        stopping.Dispose();

        bool Busy()
        {
            lock (gate)
            {
                if (waiting.Count + storing.Count > 0)
                {
                    return true;
                }
            }

            return dispatchers.Exists(dispatcher => dispatcher.IsDue);
        }
    }

    /// <summary>The newest alerts, newest first.</summary>
    internal IReadOnlyList<StoredAlert> Newest(long? before, int most) => outbox.Newest(before, most);

    /// <summary>
    /// Every alert as it is raised, without end. Null in between, at least every so often: nothing happened.
    /// </summary>
    /// <param name="after">The number to go on after; null for new ones alone.</param>
    /// <param name="quiet">The longest time without anything.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async IAsyncEnumerable<StoredAlert?> FollowAsync(
        long? after,
        TimeSpan quiet,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // A number that was never given comes from a data folder that is gone: then everything here is new to whoever has it.
        var head = outbox.Head();
        var seq =
            after is null ? head
            : after <= head ? after.Value
            : 0;
        // At once, so that whoever listens knows that it does.
        yield return null;
        while (!cancellationToken.IsCancellationRequested)
        {
            var beat = stored.Next;
            var alerts = outbox.After(seq, Page);
            foreach (var alert in alerts)
            {
                yield return alert;
                seq = alert.Seq;
            }

            if (alerts.Count == 0)
            {
                var silent = await WaitAsync(beat, quiet, cancellationToken);
                if (silent)
                {
                    yield return null;
                }
            }
        }
    }

    /// <summary>
    /// Sends a signed test to one webhook, past the outbox. One that takes it is enabled again if it was disabled, and gets at once
    /// what waits for it.
    /// </summary>
    internal async Task<SendResult> TestAsync(WebhookOptions webhook, CancellationToken cancellationToken)
    {
        var alert = new Alert
        {
            Id = $"alert_test_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12))}",
            Kind = AlertKind.Test,
            At = clock.GetUtcNow(),
            Message = $"A test of webhook '{webhook.Name}': nothing happened.",
        };
        var result = await sender.SendAsync(webhook, alert.Id, AlertPayload.Write(alert), cancellationToken);
        if (result.Delivered)
        {
            outbox.Enable(webhook.Name);
            dispatchers.Find(dispatcher => dispatcher.Webhook == webhook.Name)?.Release();
            stored.Beat();
        }

        return result;
    }

    /// <summary>Whether the time ran out, rather than the beat came; false too where it's over.</summary>
    private async Task<bool> WaitAsync(Task beat, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await beat.WaitAsync(atMost, clock, cancellationToken);
            return false;
        }
        catch (TimeoutException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Takes alerts from the queue into the outbox, until there will be no more.</summary>
    private async Task StoreAsync()
    {
        while (true)
        {
            var beat = queued.Next;
            var ending = noMoreAlerts.IsCancellationRequested;
            var done = TryStore();
            if (ending)
            {
                // The last chance: with a disk that is full, waiting would only delay the end.
                return;
            }

            await WaitAsync(done ? beat : Never, done ? Timeout.InfiniteTimeSpan : OutboxRetry, noMoreAlerts.Token);
        }
    }

    /// <summary>Stores all that waits. False where the outbox doesn't take it: then it stays for the next time.</summary>
    private bool TryStore()
    {
        while (TakeBatch())
        {
            try
            {
                foreach (var alert in outbox.Raise([.. storing.Values]))
                {
                    Log(alert);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The log may be all that still works, and this the very alert that says so.
                foreach (var alert in storing.Values)
                {
                    Log(alert);
                }

                LogOutbox(logger, storing.Count, exception);
                return false;
            }

            logged.Clear();
            lock (gate)
            {
                storing = new(StringComparer.Ordinal);
            }

            stored.Beat();
        }

        return true;
    }

    /// <summary>Makes what waits the next batch, unless one is there still that couldn't be stored.</summary>
    private bool TakeBatch()
    {
        long tooMany;
        lock (gate)
        {
            (tooMany, lost) = (lost, 0);
            if (storing.Count == 0)
            {
                (storing, waiting) = (waiting, storing);
            }
        }

        if (tooMany > 0)
        {
            LogLost(logger, tooMany, MostWaiting);
        }

        return storing.Count > 0;
    }

    private void Log(Alert alert)
    {
        if (logged.Add(alert.Id))
        {
            LogAlert(logger, AlertTypes.NameOf(alert.Kind), alert.Id, alert.BudgetName, alert.Scope, alert.Message, alert.Action ?? "-");
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "{Type} {Alert} budget={Budget} scope={Scope}: {Message} (do: {Action})")]
    private static partial void LogAlert(
        ILogger logger,
        string type,
        string alert,
        string budget,
        string scope,
        string message,
        string action
    );

    [LoggerMessage(11, LogLevel.Error, "{Count} alerts wait: alerts.db can't be written")]
    private static partial void LogOutbox(ILogger logger, int count, Exception exception);

    [LoggerMessage(12, LogLevel.Error, "{Count} alerts are lost: more than {Most} wait for alerts.db")]
    private static partial void LogLost(ILogger logger, long count, int most);
}
