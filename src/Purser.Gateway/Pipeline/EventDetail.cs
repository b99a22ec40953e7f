using System.Globalization;
using System.Text.Json;
using Purser.Core.Budgets;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Providers.Context;

namespace Purser.Gateway.Pipeline;

/// <summary>The part of a decision that has no column of its own: compact JSON, read by <c>purser explain</c>.</summary>
internal static class EventDetail
{
    public static string Of(
        Reservation reservation,
        Metered metered,
        AttemptCharge charge,
        CallResult call,
        ClientHints? hints,
        RouteRecord? route,
        EvaluationCall? evaluation = null
    ) =>
        Write(json =>
        {
            WorkContext.Write(json, hints);
            route?.WriteTo(json);
            evaluation?.WriteTo(json);
            Reserved(reservation).WriteTo(json);
            RecordedUsage.WriteOthers(json, metered.Others);
            WriteOptional(json, "credential", call.Credential);
            WriteOptional(json, "service_tier", metered.Terms.ServiceTier);
            WriteOptional(json, "inference_geo", metered.Terms.InferenceGeo);
            WriteOptional(json, "speed", metered.Terms.Speed);
            WriteOptional(json, "variant", metered.Terms.Variant);
            WriteOptional(json, "stop_reason", call.Reading.StopReason);
            WriteOptional(json, "violation", call.Reading.Violation);
            if (charge.ListCost is { } list)
            {
                json.WriteNumber(UsageNames.ListCost, list.Nanos);
            }

            WriteOptional(json, "price_entry", charge.Entry);
            WriteOptional(json, "pricing_problem", charge.Problem);
            WriteOptional(json, "provider_cost_usd", Usd(call.Reading.ProviderCostUsd));
            WriteOptional(json, "provider_upstream_cost_usd", Usd(call.Reading.UpstreamCostUsd));
            WriteOptional(json, "because", call.Because);
            WriteOptional(json, "check", call.Checked?.Verdict);
            WriteOptional(json, "failure", call.Failure?.Message);
            WriteStoppedBy(json, call.StoppedBy);
            WriteStated(json, "provider_usage", call.Reading.RawUsage);
            WriteStated(json, "provider_usage_start", call.Reading.RawStartUsage);
        });

    public static string Of(Refusal refusal, ClientHints? hints, RouteRecord? route, EvaluationCall? evaluation = null) =>
        Write(json =>
        {
            WorkContext.Write(json, hints);
            route?.WriteTo(json);
            evaluation?.WriteTo(json);
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

    /// <summary>Writes a detail.</summary>
    public static string Write(Action<Utf8JsonWriter> members)
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

    /// <summary>
    /// The provider's own object of usage, byte for byte; as a text where it's nested so deeply that nobody reads the detail around it any more.
    /// </summary>
    private static void WriteStated(Utf8JsonWriter json, string name, byte[]? usage)
    {
        if (usage is null)
        {
            return;
        }

        if (IsShallow(usage))
        {
            json.WritePropertyName(name);
            json.WriteRawValue(usage, skipInputValidation: true);
        }
        else
        {
            json.WriteString(name, usage);
        }
    }

    private static bool IsShallow(ReadOnlySpan<byte> usage)
    {
        const int most = 32;
        if (usage.Count((byte)'{') + usage.Count((byte)'[') <= most)
        {
            // Its reader has read it to its end.
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(usage, new JsonReaderOptions { MaxDepth = most });
            while (reader.Read()) { }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Writes a member that may be absent.</summary>
    public static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
