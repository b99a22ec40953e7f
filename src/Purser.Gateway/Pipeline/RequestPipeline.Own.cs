using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Purser.Core.Routing;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

// Requests that no client sent: the gateway asks for itself, on a key of its own. They go the same way from their understanding on.
internal sealed partial class RequestPipeline
{
    /// <summary>Serves a request of the gateway's own. Null where it was sent, whatever the answer; else why it wasn't.</summary>
    /// <param name="http">The request, and what takes the answer.</param>
    /// <param name="format">Its wire format.</param>
    /// <param name="route">The path of that format, or null.</param>
    /// <param name="call">What it's for.</param>
    /// <param name="key">The key that pays.</param>
    /// <exception cref="OperationCanceledException">The request was aborted before anything was sent.</exception>
    public async Task<Refusal?> ServeOwnAsync(HttpContext http, WireFormat format, ClientRoute? route, EvaluationCall call, VirtualKey key)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, format, call.Id, now, Stopwatch.GetTimestamp()) { Route = route, Evaluation = call };
        if (await exchange.ReadBodyAsync(bodies) is { } unread)
        {
            return unread;
        }

        var (understanding, refusal) = Understanding.Read(format, exchange.Body.Written, exchange.Target);
        if (understanding is null)
        {
            return refusal;
        }

        understanding = understanding with { Profile = understanding.Profile with { Model = call.Model } };
        var decision = Router.Route(understanding.Profile, catalog, now);
        decision = call.Provider is { } only ? decision.At(only) : decision;
        using var run = new RequestRun(exchange.RequestId);
        refusal =
            decision.Candidates.Count == 0
                ? Refusal.From(decision)
                : await TryCandidatesAsync(exchange, run, understanding, key, key.Subject, decision);
        if (refusal is not null)
        {
            _ = settler.RefuseAsync(exchange, key.Subject, understanding.Profile, refusal);
        }

        return refusal;
    }
}
