using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Alerts;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>Ends every reservation exactly once: posted with what the attempt cost, or voided where no provider saw it.</summary>
internal sealed class Settler(LedgerStore store, OutputForecasts forecasts, RequestAlerts alerts, bool enabled)
{
    /// <summary>
    /// Queues the settlement. It isn't waited for: a crash before it's durable leaves the reservation open, and a restart posts it at
    /// its ceiling. The queue keeps its order, so the client's next request finds the hold released.
    /// </summary>
    public Task SettleAsync(
        Exchange exchange,
        Reservation reservation,
        TaskProfile profile,
        CallResult call,
        Metered metered,
        AttemptCharge charge
    )
    {
        if (!enabled)
        {
            return Task.CompletedTask;
        }

        var usageEvent = new UsageEvent
        {
            Attempt = reservation.Attempt,
            StartedAt = JournalWriter.Microseconds(exchange.StartedAt),
            Outcome = call.Outcome,
            Status = call.Status,
            Stream = profile.Stream,
            ModelServed = call.Reading.ServedModel,
            ProviderRequestId = call.Reading.ResponseId,
            Usage = metered.Usage,
            Cost = charge.Cost,
            Ceiling = reservation.Held.Cost,
            Marks = Marks(metered, charge) | (reservation.Candidate.OnSubscription ? JournalMarks.Subscription : JournalMarks.None),
            TimeToFirstByte = call.FirstByteUs,
            Duration = call.DurationUs,
            Detail = EventDetail.Of(reservation, metered, charge, call, exchange.Hints, exchange.RouteRecord, exchange.Evaluation),
        };
        alerts.Settled(reservation, call, charge);
        if (!call.Dispatched)
        {
            return store.VoidAsync(usageEvent);
        }

        if (!metered.Estimated && call.Outcome == Outcome.Completed)
        {
            forecasts.Of(reservation.Subject.KeyId, reservation.Route).Add(metered.Usage.OutputTokens);
        }

        var actual = new Amount(charge.Cost, metered.TotalTokens, reservation.Held.Requests) { Parts = metered.Parts };
        return store.PostSoonAsync(usageEvent, actual);
    }

    /// <summary>A cost beyond belief waits for whoever has the bill: <c>purser ledger confirm</c>.</summary>
    private static JournalMarks Marks(Metered metered, AttemptCharge charge) =>
        (metered.Estimated || charge.Problem is not null ? JournalMarks.Estimated : JournalMarks.None)
        | (charge.IsBeyondBelief ? JournalMarks.Unconfirmed : JournalMarks.None);

    /// <summary>Keeps why a request was refused, for <c>purser explain</c>.</summary>
    public Task RefuseAsync(Exchange exchange, Subject subject, TaskProfile? profile, Refusal refusal)
    {
        alerts.Refused(refusal, profile?.Model ?? "");
        var route = new Route(exchange.Api, profile?.Model ?? "", "", "", "", "");
        var usageEvent = new UsageEvent
        {
            Attempt = new AttemptId(exchange.RequestId, 0),
            StartedAt = JournalWriter.Microseconds(exchange.StartedAt),
            Outcome = Outcome.Refused,
            Status = refusal.Status,
            Stream = profile?.Stream ?? false,
            Detail = EventDetail.Of(refusal, exchange.Hints, exchange.RouteRecord, exchange.Evaluation),
        };
        return store.RecordRefusalAsync(subject, route, usageEvent, refusal.StoppedBy);
    }
}
