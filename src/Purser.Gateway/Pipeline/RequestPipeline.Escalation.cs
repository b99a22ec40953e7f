using Purser.Core.Ledger;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Routing.Escalation;
using Purser.Gateway.Storage;
using Purser.Routing.Checks;

namespace Purser.Gateway.Pipeline;

// The way from an answer that failed a check to the model above it.
internal sealed partial class RequestPipeline
{
    /// <summary>
    /// Whether an attempt of which nothing has reached the client is set aside: its answer failed a check, and the model above is asked; or it's that
    /// model's, which has none, so that the answer below is worth more.
    /// </summary>
    private ValueTask<bool> GoesUpAsync(Exchange exchange, Attempt attempt, Journey journey) =>
        exchange.Escalation is null ? default : CheckAsync(exchange, attempt, journey);

    private async ValueTask<bool> CheckAsync(Exchange exchange, Attempt attempt, Journey journey)
    {
        var (plan, result) = (exchange.Escalation!, attempt.Call.Result);
        if (journey.HasAnswer)
        {
            var hasFailed = result.Outcome is not (Outcome.Completed or Outcome.ClientClosed) || result.Status >= 400;
            if (hasFailed)
            {
                // What may pass was tried again already.
                journey.GiveUp();
            }

            return hasFailed;
        }

        if (!attempt.Call.IsWhole || (result.Streamed && !plan.Options.HoldStream))
        {
            return false;
        }

        attempt.Call.CheckAnswer();
        if (result.Checked is { } passed)
        {
            await passed.CheckCodeAsync(plan.Options.Checkers, exchange.Http.RequestAborted);
        }

        if (result.Checked is not { Failure: { } failure } watch)
        {
            return false;
        }

        var route = attempt.Admitted.Reservation.Route;
        if (!journey.GoUp(plan.Above, $"the answer of {route.Provider}/{route.Model} failed a check ({failure.Name}: {failure.Why})"))
        {
            exchange.CheckNote = NoteOf(failure, Unavailable);
            return false;
        }

        // The client may get this one yet, and name it in its next request.
        await exchange.KeepAsync(result);
        router.Escalator.Take(plan, watch);
        exchange.RouteRecord = exchange.RouteRecord! with { Escalated = failure.Name };
        exchange.FirstChecked = watch;
        return true;
    }

    /// <summary>Counts an attempt that has ended, and one that isn't the client's answer, if another is, beside it.</summary>
    private void Count(Exchange exchange, Reservation reservation, CallResult result, bool isSetAside)
    {
        if (exchange.RouteRecord is not null)
        {
            router.Count(reservation, result);
        }

        if (isSetAside && result.Checked?.Failure is { } failure)
        {
            metrics?.Escalated(reservation.Route, failure.Name);
        }
        else if (isSetAside)
        {
            metrics?.Retried(reservation.Route, result);
        }
    }

    /// <summary>
    /// Keeps what failed a check as an evaluation: the request's own answer, and where the request says so, the one before it in its session. What passes
    /// isn't said to be good.
    /// </summary>
    /// <param name="plan">The request's plan.</param>
    /// <param name="request">The request's id.</param>
    /// <param name="watch">What became of the answer of the model below the reference; null where there was none, or it wasn't checked.</param>
    private void Evaluate(EscalationPlan plan, Guid request, AnswerWatch? watch)
    {
        if (watch?.Failure is { } failure && plan.From is { } from)
        {
            _ = EvaluateAsync(request, from, failure);
        }

        if (plan.Up is { Retry: { } retry, Before: { Below: { } below } before })
        {
            _ = EvaluateAsync(before.Request, below, retry);
        }
    }

    private async Task EvaluateAsync(Guid request, string model, CheckFailure failure)
    {
        try
        {
            var said = new Evaluation(request, model, 0, EvaluationSource.Check, clock.GetUtcNow()) { Id = failure.Name };
            await evaluations.AddAsync(said);
        }
        catch (Exception lost) when (lost is LedgerUnavailableException or EventsUnavailableException or ObjectDisposedException)
        {
            // Nobody waits for it, and the request's own record has what its answer failed.
        }
    }

    /// <summary>Whether the model above may only answer at less length than the one below it did: then it isn't asked, and the money goes back.</summary>
    private bool GivesLess(Exchange exchange, Understanding understanding, Admitted admitted, Journey journey, Pass pass)
    {
        if (!journey.HasAnswer || admitted.Reservation.LoweredLimit is null)
        {
            return false;
        }

        var attempt = Start(exchange, understanding, admitted, journey, pass);
        attempt.Call.NotSent(null);
        Settle(exchange, understanding.Profile, attempt);
        exchange.CheckNote = NoteOf(exchange.FirstChecked!.Failure!, Budget);
        return true;
    }

    /// <summary>The client gets the answer that failed a check, and is told why.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="subject">Whose it is.</param>
    /// <param name="refusal">Why the model above wasn't asked; null where it was, and failed, or couldn't be.</param>
    private void KeepFirst(Exchange exchange, Subject subject, Refusal? refusal)
    {
        var watch = exchange.FirstChecked!;
        exchange.CheckNote ??= NoteOf(watch.Failure!, refusal is { StoppedBy: not null } ? Budget : Unavailable);
        exchange.RouteRecord = exchange.RouteRecord! with { Escalated = null };
        router.Escalator.Keep(exchange, exchange.Escalation!, subject, isBelow: true, watch);
        Evaluate(exchange.Escalation!, exchange.RequestId, watch);
    }

    private const string Unavailable = "unavailable";
    private const string Budget = "budget";

    private static string NoteOf(CheckFailure failure, string why) => $"failed={failure.Name}; kept={why}";
}
