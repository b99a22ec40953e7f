using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Storage;
using Purser.Gateway.Telemetry;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// The whole life of a request, from a client's bytes to a ledger entry. Each step takes what the step before it returned:
/// <list type="number">
/// <item>authenticate: the key;</item>
/// <item>identify: session, agent and tags, from the headers;</item>
/// <item>understand: one pass over the body;</item>
/// <item>decide: what policy allows;</item>
/// <item>route: candidates in order, each with the most that it can cost;</item>
/// <item>admit: reserve the candidate's ceiling in every budget in scope, durably, or say which refuses;</item>
/// <item>call: the provider; a stream is relayed as it comes;</item>
/// <item>meter: what was used;</item>
/// <item>price: what it costs;</item>
/// <item>settle: post the cost and release the rest, once.</item>
/// </list>
/// </summary>
internal sealed partial class RequestPipeline(
    Authenticator authenticator,
    Admitter admitter,
    Pricer pricer,
    Settler settler,
    Exhaustion exhaustion,
    IdempotencyKeys idempotency,
    BudgetNotices notices,
    LedgerStore store,
    ModelCatalog catalog,
    FrozenDictionary<string, Provider> providers,
    string priceBookVersion,
    bool metering,
    GatewayMetrics? metrics,
    TokenRatios ratios,
    TimeProvider clock,
    ILogger<RequestPipeline> logger,
    long maxBodyBytes
)
{
    private readonly ConcurrentDictionary<(string ModelRequested, string Provider, string Model, SkuPrice Price), Route> routes = new();

    /// <summary>Serves one request of a wire format.</summary>
    public async Task ServeAsync(HttpContext http, WireFormat format)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, Stopwatch.GetTimestamp());
        try
        {
            await ServeAsync(exchange);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left before anything was decided, or while its answer was being written; what was spent is settled.
        }
        catch (Exception exception)
        {
            LogBug(logger, AttemptId.NameOf(exchange.RequestId), exception);
            await exchange.RefuseAsync(new Refusal(500, "internal_error", "Purser failed on this request; its log says why."));
        }
    }

    private async Task ServeAsync(Exchange exchange)
    {
        // Step 1: authenticate.
        if (authenticator.Authenticate(exchange.Http.Request.Headers) is not { } key)
        {
            metrics?.Refused(exchange.Format.Api, Refusal.InvalidKey.Code);
            await exchange.RefuseAsync(Refusal.InvalidKey);
            return;
        }

        // Step 2: identify.
        var (identity, refusal) = Identity.Read(key, exchange.Http.Request.Headers);
        if (identity is null || (refusal = await exchange.ReadBodyAsync(maxBodyBytes)) is not null)
        {
            await RefuseAsync(exchange, key.Subject, null, refusal!);
            return;
        }

        // Step 3: understand.
        (var understanding, refusal) = Understanding.Read(exchange.Format, exchange.Body.Written);
        if (understanding is null)
        {
            await RefuseAsync(exchange, key.Subject, null, refusal!);
            return;
        }

        var subject = identity.SubjectFor(understanding.Facts);
        var profile = understanding.Profile;

        // Step 4: decide.
        var decision = Policy.Decide(subject, profile);
        if (!decision.Allowed)
        {
            await RefuseAsync(exchange, subject, profile, new Refusal(403, "policy_denied", "Policy doesn't allow this request."));
            return;
        }

        // Step 5: route.
        var route = Router.Route(profile, catalog, exchange.StartedAt);
        if (route.Candidates.Count == 0)
        {
            await RefuseAsync(exchange, subject, profile, Refusal.From(route));
            return;
        }

        (var run, refusal) = await idempotency.BeginAsync(exchange, key.Id);
        using (run)
        {
            refusal ??= await TryCandidatesAsync(exchange, run!, understanding, key, subject, route);
        }

        // Only now: who reads the refusal finds the request's name free.
        if (refusal is not null)
        {
            await RefuseAsync(exchange, subject, profile, refusal);
        }
    }

    /// <summary>
    /// Tries the candidates in order: on to the next one only where a provider provably saw nothing. Null where the client has its
    /// answer, or why it gets none.
    /// </summary>
    private async Task<Refusal?> TryCandidatesAsync(
        Exchange exchange,
        RequestRun run,
        Understanding understanding,
        VirtualKey key,
        Subject subject,
        RouteDecision route
    )
    {
        for (var i = 0; i < route.Candidates.Count; i++)
        {
            var candidate = route.Candidates[i];
            if (run.Next is not { } attempt)
            {
                return RequestRun.Exhausted;
            }

            // Step 6: admit.
            var (reservation, refusal) = await AdmitAsync(candidate);
            if (refusal?.StoppedBy is not null)
            {
                (reservation, refusal) = await exhaustion.ActAsync(
                    refusal,
                    key,
                    exchange.RequestId,
                    other => AdmitAsync(other ?? candidate),
                    exchange.Http.RequestAborted
                );
            }

            if (reservation is null)
            {
                return refusal;
            }

            run.Admitted();
            exchange.ContinueAs(attempt.Request);
            if (await AttemptAsync(exchange, run, understanding, reservation, last: i == route.Candidates.Count - 1))
            {
                return null;
            }

            Task<(Reservation? Reservation, Refusal? Refusal)> AdmitAsync(Candidate admitted) =>
                admitter.AdmitAsync(
                    attempt,
                    subject,
                    understanding,
                    admitted,
                    providers[admitted.Model.Provider],
                    RouteOf(understanding.Profile, admitted)
                );
        }

        return null;
    }

    /// <summary>Makes one attempt. False where it came to nothing and the next candidate may be tried.</summary>
    private async Task<bool> AttemptAsync(
        Exchange exchange,
        RequestRun run,
        Understanding understanding,
        Reservation reservation,
        bool last
    )
    {
        var profile = understanding.Profile;
        await using var call = new UpstreamCall(
            exchange,
            providers[reservation.Candidate.Model.Provider],
            understanding.Facts,
            reservation,
            store,
            notices,
            clock,
            metering
        );
        CallResult result;
        try
        {
            // Step 7: call.
            result = await call.RunAsync();
        }
        catch (Exception)
        {
            // A bug here must not leave money held: settle the most that it can have cost, then report it.
            var broken = new CallResult { Outcome = Outcome.Cut };
            await settler.SettleAsync(
                exchange,
                reservation,
                profile,
                broken,
                pricer.Completed(reservation, UsageMeter.Read(broken, reservation, profile), profile),
                new AttemptCharge(reservation.Held.Cost, "the gateway failed during the call")
            );
            throw;
        }

        // Step 8: meter.
        var metered = pricer.Completed(reservation, UsageMeter.Read(result, reservation, profile), profile);

        // Step 9: price.
        var charge = pricer.Price(reservation, metered);

        // Step 10: settle.
        _ = settler.SettleAsync(exchange, reservation, profile, result, metered, charge);
        metrics?.Settled(reservation.Route, result, metered, charge);
        if (!result.Dispatched && !last)
        {
            return false;
        }

        await call.FinishAsync(charge);
        Learn(exchange, understanding, reservation, result, metered);
        return true;
    }

    /// <summary>The client has its answer; what the provider counted as input teaches how many tokens such a text has there.</summary>
    private void Learn(Exchange exchange, Understanding understanding, Reservation reservation, CallResult result, in Metered metered)
    {
        var facts = understanding.Facts;
        var isOneTurn = understanding.Profile.Turns == 1 && !facts.HasWebSearch && facts.OtherModels.Count == 0 && !facts.OpenEndedModels;
        if (!metered.Estimated && result.Outcome == Outcome.Completed && isOneTurn && !facts.HasNonTextInput && !facts.UnboundedInput)
        {
            var model = reservation.Candidate.Model;
            ratios.Learn(model.Provider, model.Model, exchange.Body.Span, metered.Usage.InputTokens);
        }
    }

    /// <summary>Routes are few, and each is hashed for the journal: one is made for each name that a model is called by, and price.</summary>
    private Route RouteOf(TaskProfile profile, Candidate candidate) =>
        routes.GetOrAdd(
            (profile.Model, candidate.Model.Provider, candidate.Model.Model, candidate.Price),
            static (_, made) =>
                new Route(
                    made.Profile.Api,
                    made.Profile.Model,
                    made.Candidate.Model.Provider,
                    made.Candidate.Model.Model,
                    made.Candidate.Price.Entry,
                    made.Version
                ),
            (Profile: profile, Candidate: candidate, Version: priceBookVersion)
        );

    private async Task RefuseAsync(Exchange exchange, Subject subject, TaskProfile? profile, Refusal refusal)
    {
        refusal = refusal.Of(AttemptId.NameOf(exchange.RequestId));
        _ = settler.RefuseAsync(exchange, subject, profile, refusal);
        metrics?.Refused(exchange.Format.Api, refusal.Code);
        await exchange.RefuseAsync(refusal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed in the gateway itself")]
    private static partial void LogBug(ILogger logger, string requestId, Exception exception);
}
