using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Gateway.Telemetry;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>What a client asks about batches.</summary>
/// <param name="Exchange">The request.</param>
/// <param name="Identity">Who asks.</param>
/// <param name="Batches">Whose API it speaks.</param>
internal sealed record BatchCall(Exchange Exchange, Identity Identity, BatchFormat Batches)
{
    /// <summary>The HTTP request and response.</summary>
    public HttpContext Http => Exchange.Http;

    /// <summary>The account that what it makes belongs to.</summary>
    public string AccountId => Identity.Key.Subject.Accounts[0].Id;

    /// <summary>The id in the path.</summary>
    public string Id => (string)Http.GetRouteValue("id")!;
}

/// <summary>The paths of batches, in OpenAI's and in Anthropic's API. Whatever is asked, it's for a key, and of what its account owns.</summary>
internal sealed partial class BatchEndpoints(
    Authenticator authenticator,
    BatchOrders orders,
    BatchLists lists,
    Settler settler,
    GatewayMetrics? metrics,
    TimeProvider clock,
    ILogger<BatchEndpoints> logger
)
{
    public void Map(WebApplication app)
    {
        Map(app, "POST", "/v1/batches", BatchFormat.OpenAI, orders.FromFileAsync);
        Map(app, "POST", "/v1/messages/batches", BatchFormat.Anthropic, orders.FromBodyAsync);
        foreach (var (root, batches) in new[] { ("/v1/batches", BatchFormat.OpenAI), ("/v1/messages/batches", BatchFormat.Anthropic) })
        {
            Map(app, "GET", root, batches, lists.ListAsync);
            Map(app, "GET", root + "/{id}", batches, lists.ShowAsync);
            Map(app, "POST", root + "/{id}/cancel", batches, lists.CancelAsync);
        }

        Map(app, "GET", "/v1/messages/batches/{id}/results", BatchFormat.Anthropic, lists.ResultsAsync);
        Map(app, "DELETE", "/v1/messages/batches/{id}", BatchFormat.Anthropic, lists.DeleteAsync);
    }

    private void Map(WebApplication app, string method, string path, BatchFormat batches, Func<BatchCall, Task<Refusal?>> serve) =>
        app.MapMethods(path, [method], (RequestDelegate)(http => ServeAsync(http, batches, serve)));

    private async Task ServeAsync(HttpContext http, BatchFormat batches, Func<BatchCall, Task<Refusal?>> serve)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, batches.Errors, Guid.CreateVersion7(now), now, Stopwatch.GetTimestamp());
        try
        {
            if (authenticator.Authenticate(http.Request) is not { } key)
            {
                metrics?.Refused(exchange.Format.Name, Refusal.InvalidKey.Code);
                await exchange.RefuseAsync(Refusal.InvalidKey);
                return;
            }

            var (identity, refusal) = Identity.Read(key, http.Request.Headers);
            exchange.Hints = identity?.Hints;
            refusal ??= exchange.TakeSubscription(isAllowed: authenticator.AllowsSubscription(key));
            refusal ??= await serve(new BatchCall(exchange, identity!, batches));
            if (refusal is not null)
            {
                await RefuseAsync(exchange, key.Subject, refusal);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left before anything was decided, or while its answer was being written.
        }
        catch (LedgerUnavailableException)
        {
            await exchange.RefuseAsync(Refusal.LedgerDown);
        }
        catch (Exception exception)
        {
            LogBug(logger, AttemptId.NameOf(exchange.RequestId), exception);
            await exchange.RefuseAsync(new Refusal(500, "internal_error", "Purser failed on this request; its log says why."));
        }
    }

    private async Task RefuseAsync(Exchange exchange, Subject subject, Refusal refusal)
    {
        refusal = refusal.Of(AttemptId.NameOf(exchange.RequestId));
        if (refusal.Status != StatusCodes.Status404NotFound)
        {
            _ = settler.RefuseAsync(exchange, subject, null, refusal);
            metrics?.Refused(exchange.Format.Name, refusal.Code);
        }

        await exchange.RefuseAsync(refusal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The request {RequestId} about a batch failed in the gateway itself")]
    private static partial void LogBug(ILogger logger, string requestId, Exception exception);
}
