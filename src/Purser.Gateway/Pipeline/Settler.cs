using System.Globalization;
using System.Text.Json;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>Ends every reservation exactly once: posted with what the attempt cost, or voided where no provider saw it.</summary>
internal sealed class Settler(LedgerStore store, OutputForecasts forecasts, bool enabled)
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
            Marks = Marks(metered, charge),
            TimeToFirstByte = call.FirstByteUs,
            Duration = call.DurationUs,
            Detail = EventDetail.Of(reservation, metered, charge, call),
        };
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
        var route = new Route(exchange.Format.Api, profile?.Model ?? "", "", "", "", "");
        var usageEvent = new UsageEvent
        {
            Attempt = new AttemptId(exchange.RequestId, 0),
            StartedAt = JournalWriter.Microseconds(exchange.StartedAt),
            Outcome = Outcome.Refused,
            Status = refusal.Status,
            Stream = profile?.Stream ?? false,
            Detail = EventDetail.Of(refusal),
        };
        return store.RecordRefusalAsync(subject, route, usageEvent, refusal.StoppedBy);
    }
}

/// <summary>The part of a decision that has no column of its own: compact JSON, read by <c>purser explain</c>.</summary>
internal static class EventDetail
{
    public static string Of(Reservation reservation, Metered metered, AttemptCharge charge, CallResult call) =>
        Write(json =>
        {
            Reserved(reservation).WriteTo(json);
            WriteOthers(json, metered);
            WriteOptional(json, "service_tier", metered.Terms.ServiceTier);
            WriteOptional(json, "inference_geo", metered.Terms.InferenceGeo);
            WriteOptional(json, "speed", metered.Terms.Speed);
            WriteOptional(json, "stop_reason", call.Reading.StopReason);
            WriteOptional(json, "violation", call.Reading.Violation);
            WriteOptional(json, "price_entry", charge.Entry);
            WriteOptional(json, "pricing_problem", charge.Problem);
            WriteOptional(json, "provider_cost_usd", Usd(call.Reading.ProviderCostUsd));
            WriteOptional(json, "provider_upstream_cost_usd", Usd(call.Reading.UpstreamCostUsd));
            WriteOptional(json, "failure", call.Failure?.Message);
            WriteStoppedBy(json, call.StoppedBy);
        });

    public static string Of(Refusal refusal) =>
        Write(json =>
        {
            json.WriteStartObject("refusal");
            json.WriteString("code", refusal.Code);
            json.WriteString("message", refusal.Message);
            foreach (var (name, value) in refusal.Members)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            WriteStoppedBy(json, refusal.StoppedBy);
        });

    private static string? Usd(decimal? amount) => amount?.ToString(CultureInfo.InvariantCulture);

    private static void WriteStoppedBy(Utf8JsonWriter json, BalanceSnapshot? balance)
    {
        if (balance is not null)
        {
            json.WriteStartObject("stopped_by");
            json.WriteString("budget_id", balance.Budget.Id);
            json.WriteString("instance", balance.Instance.ToString());
            json.WriteEndObject();
        }
    }

    private static ReservedDetail Reserved(Reservation reservation) =>
        new(
            reservation.Candidate.Ceiling.Nanos,
            reservation.Candidate.MaxInputTokens,
            reservation.Candidate.MaxOutputTokens,
            reservation.Held.Cost.Nanos,
            reservation.Held.Tokens,
            reservation.OutputHeld,
            reservation.LoweredLimit,
            reservation.Balances
        );

    private static void WriteOthers(Utf8JsonWriter json, Metered metered)
    {
        if (metered.Others.Count == 0)
        {
            return;
        }

        json.WriteStartArray("other_models");
        foreach (var (model, usage) in metered.Others)
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteNumber("input_tokens", usage.InputTokens);
            json.WriteNumber("output_tokens", usage.OutputTokens);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Write(Action<Utf8JsonWriter> members)
    {
        using var bytes = new PooledBuffer(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(bytes.Span);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
