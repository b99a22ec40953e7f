using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Routing;
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
    OwnedObjects objects,
    ModelCatalog catalog,
    RequestRouter router,
    FrozenDictionary<string, Provider> providers,
    Lanes lanes,
    string priceBookVersion,
    bool metering,
    GatewayMetrics? metrics,
    TokenRatios ratios,
    RepositoryProjects repositories,
    TimeProvider clock,
    ILogger<RequestPipeline> logger,
    BodyLimits bodies,
    EvaluationIntake evaluations,
    Shadowing? shadowing
)
{
    private readonly ConcurrentDictionary<(string ModelRequested, string Provider, string Model, SkuPrice Price), Route> routes = new();

    /// <summary>Serves one request of a wire format.</summary>
    /// <param name="http">The request.</param>
    /// <param name="format">Its format.</param>
    /// <param name="route">The path that it came by.</param>
    /// <param name="only">The one provider that it may go to, which speaks that format itself; null for any.</param>
    public async Task ServeAsync(HttpContext http, WireFormat format, ClientRoute route, string? only = null)
    {
        var now = clock.GetUtcNow();
        using var exchange = new Exchange(http, format, Guid.CreateVersion7(now), now, Stopwatch.GetTimestamp())
        {
            Route = route,
            Only = only,
        };
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
        if (authenticator.Authenticate(exchange.Http.Request) is not { } key)
        {
            metrics?.Refused(exchange.Format.Name, Refusal.InvalidKey.Code);
            await exchange.RefuseAsync(Refusal.InvalidKey);
            return;
        }

        // Step 2: identify.
        var (identity, refusal) = Identity.Read(key, exchange.Http.Request.Headers);
        exchange.Hints = identity?.Hints;
        refusal ??= exchange.TakeSubscription(isAllowed: authenticator.AllowsSubscription(key));
        if (identity is null || (refusal ??= await exchange.ReadBodyAsync(bodies)) is not null)
        {
            await RefuseAsync(exchange, key.Subject, null, refusal!);
            return;
        }

        // Step 3: understand.
        (var understanding, refusal) = Understanding.Read(exchange.Format, exchange.Body.Written, exchange.Target);
        if (understanding is null)
        {
            await RefuseAsync(exchange, key.Subject, null, refusal!);
            return;
        }

        exchange.Hints = identity.Hints.With(understanding.Facts);
        var subject = identity.SubjectFor(exchange.Hints, understanding.Facts, repositories);
        var profile = understanding.Profile;

        // Step 4: decide.
        var decision = Policy.Decide(subject, profile);
        if (!decision.Allowed)
        {
            await RefuseAsync(exchange, subject, profile, new Refusal(403, "policy_denied", "Policy doesn't allow this request."));
            return;
        }

        // Step 5: route.
        (var route, refusal) = RouteTo(exchange, understanding, subject, key);
        if (route is null)
        {
            await RefuseAsync(exchange, subject, profile, refusal!);
            return;
        }

        exchange.Sample = shadowing?.Sample(exchange, understanding, subject);
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

    /// <summary>The candidates: where the request names things that its account has at a provider, those of that one.</summary>
    private (RouteDecision? Route, Refusal? Refusal) RouteTo(
        Exchange exchange,
        Understanding understanding,
        Subject subject,
        VirtualKey key
    )
    {
        if (exchange.PinTo(objects, understanding.Facts, key) is { } refusal)
        {
            return (null, refusal);
        }

        var routed = router.Route(exchange, understanding, subject);
        (exchange.RouteRecord, exchange.Escalation) = (routed?.Record, routed?.Escalation);
        var route = routed?.Decision ?? Router.Route(understanding.Profile, catalog, exchange.StartedAt);
        route = exchange.Only is { } only ? route.At(only) : route;
        return route.Candidates.Count == 0 ? (null, Refusal.From(route)) : exchange.Pin?.Narrow(route) ?? (route, null);
    }

    /// <summary>
    /// Tries the candidates: on to another, or once more to the same, only where nothing of an answer has reached the client. Null where the
    /// client has its answer, or why it gets none.
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
        var refusal = default(Refusal);
        await using var journey = lanes.Begin(route.Candidates, exchange, understanding.Facts.Stream);
        while (await journey.NextAsync() is { } next)
        {
            using var pass = next;
            if (run.Next is not { } attempt)
            {
                refusal = RequestRun.Exhausted;
                break;
            }

            // Step 6: admit.
            (var admitted, refusal) = await AdmitAsync(exchange, attempt, understanding, key, subject, pass, isExtra: journey.HasAnswer);
            if (refusal is { Code: RequestFaults.Unsupported })
            {
                // It can't be carried to this one; another may speak the client's format.
                journey.Dismiss(pass);
                continue;
            }

            if (refusal is { Code: Refusal.WithoutCredential })
            {
                journey.Drop(pass);
                continue;
            }

            if (admitted is null)
            {
                break;
            }

            run.Admitted();
            if (GivesLess(exchange, understanding, admitted, journey, pass))
            {
                break;
            }

            exchange.ContinueAs(attempt.Request);
            if (await AttemptAsync(exchange, run, understanding, key, subject, admitted, journey, pass))
            {
                return null;
            }
        }

        if (journey.HasAnswer)
        {
            KeepFirst(exchange, subject, refusal);
        }

        return await journey.EndAsync(refusal);
    }

    /// <summary>Reserves what an attempt may cost, as far as the account's policy for budgets that are used up allows, or says why not.</summary>
    private async Task<(Admitted? Admitted, Refusal? Refusal)> AdmitAsync(
        Exchange exchange,
        AttemptId attempt,
        Understanding understanding,
        VirtualKey key,
        Subject subject,
        Pass pass,
        bool isExtra = false
    )
    {
        var (format, way) = (default(WireFormat), default((UpstreamCredential Credential, Lane Lane)?));
        var (reservation, refusal) = await ReserveAsync(null);
        if (refusal?.StoppedBy is not null && !isExtra && exchange.Evaluation is null)
        {
            (reservation, refusal) = await exhaustion.ActAsync(
                refusal,
                key,
                exchange.RequestId,
                // Who asked one provider isn't sent to another.
                other => ReserveAsync(exchange.Only is null || exchange.Only == other?.Model.Provider ? other : null),
                exchange.Http.RequestAborted
            );
        }

        return reservation is null ? (null, refusal) : (new Admitted(reservation, format!, way!.Value.Credential, way.Value.Lane), null);

        // Credentials may have changed since the one before.
        Task<(Reservation? Reservation, Refusal? Refusal)> ReserveAsync(Candidate? other)
        {
            var chosen = other ?? pass.Leg.Candidate;
            var provider = providers[chosen.Model.Provider];
            way =
                other is not null ? lanes.Pick(other.Model, exchange)
                : lanes.Renewed(pass.Leg) is { } leg ? (leg.Credential, leg.Lane)
                : null;
            if (way is not ({ } credential, _))
            {
                return Refused(exchange.Pin?.Missing(provider.Options.Name) ?? Refusal.NoCredential(provider.Options.Name));
            }

            if (credential.Authorization is not null)
            {
                // Its provider bills the caller.
                chosen = chosen with
                {
                    OnSubscription = true,
                };
            }

            var carrier = provider.Api.Serving(exchange.Format, chosen.Model.Priced?.Id);
            var prepared = carrier!.Prepare(exchange.Body.Written, understanding.Facts, DestinationOf(exchange, chosen.Model, provider));
            format = prepared.Format;
            return format is null ? Refused(Refusal.NotCarried(prepared.Fault!))
                // An answer that is cut short compares with nothing.
                : exchange.Evaluation is not null
                    ? admitter.HoldAsync(attempt, subject, understanding.Profile, chosen, RouteOf(understanding.Profile, chosen))
                : admitter.AdmitAsync(attempt, subject, understanding, chosen, provider, RouteOf(understanding.Profile, chosen));
        }
    }

    private static Task<(Reservation? Reservation, Refusal? Refusal)> Refused(Refusal refusal) =>
        Task.FromResult<(Reservation?, Refusal?)>((null, refusal));

    private static Destination DestinationOf(Exchange exchange, CatalogModel model, Provider provider) =>
        new(model.Model, model.Priced?.MaxOutputTokens, AttemptId.NameOf(exchange.RequestId), exchange.StartedAt, provider.Options.Region);

    /// <summary>Makes one attempt. False where it came to nothing and another may be made.</summary>
    private async Task<bool> AttemptAsync(
        Exchange exchange,
        RequestRun run,
        Understanding understanding,
        VirtualKey key,
        Subject subject,
        Admitted admitted,
        Journey journey,
        Pass pass
    )
    {
        var attempt = Start(exchange, understanding, admitted, journey, pass);
        try
        {
            bool isSetAside;
            try
            {
                // Step 7: call.
                if (journey.HedgeAfter(pass, understanding.Facts) is { } after)
                {
                    attempt = await BeginHedgedAsync(exchange, run, understanding, key, subject, attempt, journey, after);
                }
                else
                {
                    await pass.BeginAsync(attempt.Call);
                }

                isSetAside = journey.MayTryAgain(attempt.Pass, attempt.Call.Result) || await GoesUpAsync(exchange, attempt, journey);
                if (!isSetAside)
                {
                    await attempt.Pass.RelayAsync(attempt.Call);
                }
            }
            catch (Exception)
            {
                // A bug here must not leave money held: settle the most that it can have cost, then report it.
                SettleBroken(exchange, understanding.Profile, attempt.Admitted);
                throw;
            }

            // Steps 8 to 10.
            var (metered, charge) = Settle(exchange, understanding.Profile, attempt);
            var (reservation, result) = (attempt.Admitted.Reservation, attempt.Call.Result);
            Count(exchange, reservation, result, isSetAside);
            if (isSetAside)
            {
                await journey.SetAsideAsync(attempt.Call, charge);
                return false;
            }

            await exchange.KeepAsync(result);
            await attempt.Call.FinishAsync(charge);
            Learn(exchange, understanding, reservation, result, metered);
            return true;
        }
        finally
        {
            attempt.Pass.Dispose();
        }
    }

    private Attempt Start(Exchange exchange, Understanding understanding, Admitted admitted, Journey journey, Pass pass)
    {
        pass.TurnTo(admitted.Lane);
        exchange.Keeper = KeeperOf(understanding, admitted);
        var attempt = new Attempt(admitted, pass, CallOf(exchange, understanding, admitted, journey.AnswerBy));
        journey.Start(attempt.Call);
        return attempt;
    }

    /// <summary>Keeps whose the answer is, where its provider stores it; null where nothing is stored, or nothing of the format is read.</summary>
    private ObjectKeeper? KeeperOf(Understanding understanding, Admitted admitted)
    {
        var (reservation, format) = (admitted.Reservation, admitted.Format);
        return metering && understanding.Facts.IsStored && format.Upstream == format
            ? new ObjectKeeper(
                objects,
                format.Name == ProviderCatalog.Chat.Name ? OwnedKind.ChatCompletion : OwnedKind.Response,
                reservation.Subject,
                reservation.Candidate.Model.Provider,
                admitted.Credential.Id,
                clock
            )
            : null;
    }

    private UpstreamCall CallOf(Exchange exchange, Understanding understanding, Admitted admitted, TimeSpan answerBy) =>
        new(
            exchange,
            providers[admitted.Reservation.Candidate.Model.Provider],
            admitted.Credential,
            admitted.Format,
            understanding.Facts,
            admitted.Reservation,
            store,
            notices,
            clock,
            metering,
            answerBy
        )
        {
            Watch = exchange.Escalation?.Watch(admitted.Reservation),
        };

    /// <summary>The client has its answer; what the provider counted as input teaches how many tokens such a text has there.</summary>
    private void Learn(Exchange exchange, Understanding understanding, Reservation reservation, CallResult result, in Metered metered)
    {
        if (exchange.RouteRecord is not null && result.Outcome == Outcome.Completed)
        {
            router.Learn(exchange, reservation, result, metered);
        }

        exchange.Sample?.Answered(reservation, result);
        if (exchange.Escalation is { } plan)
        {
            Evaluate(plan, exchange.RequestId, result.Checked ?? exchange.FirstChecked);
        }

        var facts = understanding.Facts;
        var isOneTurn =
            understanding.Profile is { Turns: 1, IsConversation: true }
            && !facts.HasWebSearch
            && facts.OtherModels.Count == 0
            && !facts.OpenEndedModels;
        if (
            !metered.Estimated
            && result.Outcome == Outcome.Completed
            && isOneTurn
            && !facts.HasNonTextInput
            && !facts.UnboundedInput
            && !facts.ToolsAddInput
        )
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
                    made.Profile.Format,
                    made.Profile.Model,
                    made.Candidate.Model.Provider,
                    made.Candidate.Model.Model,
                    made.Candidate.Price.Entry,
                    made.Version
                ),
            (Profile: profile, Candidate: candidate, Version: priceBookVersion)
        );

    /// <summary>Money that is held for an attempt, and what carries the request there.</summary>
    private sealed record Admitted(Reservation Reservation, WireFormat Format, UpstreamCredential Credential, Lane Lane);

    private async Task RefuseAsync(Exchange exchange, Subject subject, TaskProfile? profile, Refusal refusal)
    {
        refusal = refusal.Of(AttemptId.NameOf(exchange.RequestId));
        _ = settler.RefuseAsync(exchange, subject, profile, refusal);
        metrics?.Refused(exchange.Format.Name, refusal.Code);
        await exchange.RefuseAsync(refusal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed in the gateway itself")]
    private static partial void LogBug(ILogger logger, string requestId, Exception exception);
}
