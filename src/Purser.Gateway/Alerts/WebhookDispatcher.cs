using Microsoft.Extensions.Logging;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Alerts;

/// <summary>Delivers to one webhook what the outbox has for it, one delivery after the other. Each webhook has its own, so that none waits for another.</summary>
internal sealed partial class WebhookDispatcher
{
    // A receiver that is down is not asked once for each alert that waits for it.
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Unhealthy = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private readonly WebhookOptions webhook;
    private readonly AlertOutbox outbox;
    private readonly WebhookSender sender;
    private readonly TimeProvider clock;
    private readonly Random random;
    private readonly ILogger logger;
    private long heldUntilTicks;

    /// <summary>A dispatcher; it does nothing until it's run.</summary>
    public WebhookDispatcher(
        WebhookOptions webhook,
        AlertOutbox outbox,
        WebhookSender sender,
        TimeProvider clock,
        Random random,
        ILogger logger
    )
    {
        this.webhook = webhook;
        this.outbox = outbox;
        this.sender = sender;
        this.clock = clock;
        this.random = random;
        this.logger = logger;
    }

    /// <summary>The webhook's name.</summary>
    public string Webhook => webhook.Name;

    /// <summary>Whether something is to be delivered now, or is being.</summary>
    public bool IsDue => !Held && outbox.NextDue(webhook.Name) is not null;

    private bool Held => clock.GetUtcNow().UtcTicks < Volatile.Read(ref heldUntilTicks);

    /// <summary>Lets it try at once again, after the receiver is known to work.</summary>
    public void Release() => Volatile.Write(ref heldUntilTicks, 0);

    /// <summary>Delivers whenever something is due, until it's stopped.</summary>
    /// <param name="raised">Beats when there are new alerts.</param>
    /// <param name="stopping">Stops it; a delivery under way is then made again at the next start.</param>
    public async Task RunAsync(Pulse raised, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var beat = raised.Next;
            DateTimeOffset? next;
            try
            {
                next = await DeliverDueAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogOutbox(logger, webhook.Name, exception);
                next = clock.GetUtcNow() + Unhealthy;
            }

            try
            {
                var sleep = (next ?? DateTimeOffset.MaxValue) - clock.GetUtcNow();
                await beat.WaitAsync(TimeSpan.FromTicks(Math.Clamp(sleep.Ticks, 0, LongestSleep.Ticks)), clock, stopping);
            }
            catch (TimeoutException)
            {
                // Something is due.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Delivers what is due now.</summary>
    /// <returns>When to look again; null where nothing waits.</returns>
    public async Task<DateTimeOffset?> DeliverDueAsync(CancellationToken stopping)
    {
        while (!Held && outbox.NextDue(webhook.Name) is { } due)
        {
            await DeliverAsync(due, stopping);
        }

        var heldUntil = new DateTimeOffset(heldUntilTicks, TimeSpan.Zero);
        return outbox.NextAt(webhook.Name) is not { } next ? null
            : next > heldUntil ? next
            : heldUntil;
    }

    private async Task DeliverAsync(DueDelivery due, CancellationToken stopping)
    {
        var startedAt = clock.GetUtcNow();
        var result = await sender.SendAsync(webhook, due.Id, due.Payload, stopping);
        if (result.Delivered)
        {
            outbox.Record(due, webhook.Name, result, startedAt, null);
            return;
        }

        var now = clock.GetUtcNow();
        var next = result.Gone ? null : RetrySchedule.Next(due.Attempts + 1, due.FirstAt ?? startedAt, now, result.RetryAfter, random);
        outbox.Record(due, webhook.Name, result, startedAt, next);
        if (result.Gone)
        {
            LogGone(logger, webhook.Name);
        }
        else if (next is null)
        {
            LogGivenUp(logger, due.Id, webhook.Name, due.Attempts + 1, result.Error!);
        }
        else
        {
            LogFailed(logger, due.Id, webhook.Name, due.Attempts + 1, result.Error!, next.Value);
        }

        var heldUntil = next is null || next > now + LongestHold ? now + LongestHold : next.Value;
        Volatile.Write(ref heldUntilTicks, heldUntil.UtcTicks);
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Alert {Alert} isn't delivered to webhook {Webhook} yet: attempt {Attempt}: {Error}; again at {NextAt:u}"
    )]
    private static partial void LogFailed(ILogger logger, string alert, string webhook, int attempt, string error, DateTimeOffset nextAt);

    [LoggerMessage(2, LogLevel.Error, "Alert {Alert} is given up for webhook {Webhook} after {Attempts} attempts: {Error}")]
    private static partial void LogGivenUp(ILogger logger, string alert, string webhook, int attempts, string error);

    [LoggerMessage(3, LogLevel.Error, "Webhook {Webhook} answered 410: it gets no more alerts until a test succeeds or its url changes")]
    private static partial void LogGone(ILogger logger, string webhook);

    [LoggerMessage(4, LogLevel.Error, "Deliveries to webhook {Webhook} wait: something is wrong here")]
    private static partial void LogOutbox(ILogger logger, string webhook, Exception exception);
}
