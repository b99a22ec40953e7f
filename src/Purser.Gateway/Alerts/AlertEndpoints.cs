using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Purser.Gateway.Admin;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Alerts;

/// <summary>The admin API's part about alerts.</summary>
internal static class AlertEndpoints
{
    private const int MostListed = 1000;

    // Below the time after which common proxies close a silent connection.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    public static void Map(WebApplication app, AdminContext context, AlertCenter alerts)
    {
        var admin = app.MapGroup("/admin/v1/alerts");
        AdminEndpoints.Handle(admin, "GET", "", context, http => Task.FromResult<object?>(List(alerts, http)));
        AdminEndpoints.Handle(admin, "POST", "/test", context, http => TestAsync(alerts, context, http));
        AdminEndpoints.Handle(admin, "GET", "/events", context, http => FollowAsync(alerts, http, app.Lifetime.ApplicationStopping));
    }

    private static object List(AlertCenter alerts, HttpContext http)
    {
        var limit = Number(http.Request.Query["limit"], "limit") ?? 100;
        if (limit is < 1 or > MostListed)
        {
            throw new RefusedChangeException("invalid_limit", $"'limit' must be a whole number from 1 to {MostListed}.");
        }

        var before = Number(http.Request.Query["before"], "before");
        return new { Data = alerts.Newest(before, (int)limit).Select(AlertPayload.Row) };
    }

    private static async Task<object?> TestAsync(AlertCenter alerts, AdminContext context, HttpContext http)
    {
        var name = (await AdminEndpoints.ReadAsync<TestRequest>(http)).Webhook;
        var webhooks = alerts.Webhooks.Where(webhook => name is null || webhook.Name == name).ToList();
        if (webhooks.Count == 0)
        {
            const string Hint = "Webhooks are in purser.yml, under alerts: docs/alerts.md.";
            throw name is null
                ? new RefusedChangeException("no_webhooks", "No webhook is configured.", Hint)
                : new RefusedChangeException("unknown_webhook", $"There is no webhook '{name}'.", Hint);
        }

        var results = await Task.WhenAll(webhooks.Select(webhook => TestAsync(alerts, webhook, context.Clock, http.RequestAborted)));
        return new { Data = results };
    }

    private static async Task<object> TestAsync(
        AlertCenter alerts,
        WebhookOptions webhook,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var start = clock.GetTimestamp();
        var result = await alerts.TestAsync(webhook, cancellationToken);
        return new
        {
            Webhook = webhook.Name,
            webhook.Origin,
            result.Delivered,
            result.Status,
            result.Error,
            DurationMs = (long)clock.GetElapsedTime(start).TotalMilliseconds,
        };
    }

    private static async Task<object?> FollowAsync(AlertCenter alerts, HttpContext http, CancellationToken stopping)
    {
        var after = Number(http.Request.Headers["Last-Event-ID"], "Last-Event-ID");
        // A stop doesn't wait for those who only listen.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await TypedResults.ServerSentEvents(EventsAsync(alerts.FollowAsync(after, Quiet, either.Token), either.Token)).ExecuteAsync(http);
        return null;
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        IAsyncEnumerable<StoredAlert?> alerts,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var alert in alerts.WithCancellation(cancellationToken))
        {
            yield return alert is null
                ? new SseItem<string>("", "ping")
                : new SseItem<string>(alert.Payload, alert.Type) { EventId = alert.Seq.ToString(CultureInfo.InvariantCulture) };
        }
    }

    private static long? Number(StringValues values, string name) =>
        values.ToString() is not { Length: > 0 } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new RefusedChangeException("invalid_number", $"'{name}' must be a whole number.");

    private sealed record TestRequest(string? Webhook = null);
}
