using System.Text.Json;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>What <c>purser explain</c> tells of a batch beside what every attempt has.</summary>
internal static class BatchDetail
{
    /// <summary>The member that all of it is in.</summary>
    public const string Member = "batch";

    /// <summary>The member that says whether the cost is that of the sum of the usage.</summary>
    public const string SumMember = "cost_is_of_the_sum";

    private const int LongestName = 64;

    /// <summary>Whether the sum of what several requests used costs what they cost, one by one: not where long ones are dearer, or each has a fee.</summary>
    public static bool PricesSums(SkuPrice price) =>
        price.ServiceTiers.TryGetValue(BatchPlan.Tier, out var card)
        && card.LongContext.Count == 0
        && !card.Rates.ChargesRequests
        && !card.Rates.ChargesRequestsByContext;

    /// <summary>Of a model's part of a batch that has ended.</summary>
    public static string Of(string batch, string credential, BatchState? state, PartBill part, BatchRecord record, long notBilled) =>
        EventDetail.Write(json =>
        {
            Reserved(part.Held.Held).WriteTo(json);
            json.WriteString("credential", credential);
            json.WriteString("service_tier", BatchPlan.Tier);
            EventDetail.WriteOptional(json, "inference_geo", part.Terms.InferenceGeo);
            EventDetail.WriteOptional(json, "speed", part.Terms.Speed);
            EventDetail.WriteOptional(json, "price_entry", part.Entries is { Count: 1 } one ? one.First() : null);
            EventDetail.WriteOptional(json, "pricing_problem", part.Problem);
            json.WriteStartObject(Member);
            json.WriteString("id", batch);
            json.WriteString("status", state?.Status ?? "gone");
            json.WriteNumber("requests", part.Part.Lines);
            json.WriteNumber("priced", part.Priced);
            json.WriteNumber("estimated", part.Unpriced);
            json.WriteNumber("requests_of_all_models", record.Lines);
            json.WriteNumber("not_billed_of_all_models", notBilled);
            json.WriteBoolean(SumMember, part.IsSum);
            WriteNames(json, "models_served", part.Served);
            WriteNames(json, "price_entries", part.Entries);
            json.WriteStartArray("dearest");
            foreach (var line in part.Dearest)
            {
                json.WriteStartObject();
                json.WriteString("custom_id", line.CustomId is { Length: > LongestName } id ? id[..LongestName] : line.CustomId);
                json.WriteString("model", line.Model);
                json.WriteNumber("input_tokens", line.Input);
                json.WriteNumber("output_tokens", line.Output);
                json.WriteString("cost_usd", line.Cost.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    /// <summary>Of a model's part of a batch that the provider didn't make, or of which nobody knows whether it did.</summary>
    public static string NotMade(string credential, PlannedPart part, string? failure) =>
        EventDetail.Write(json =>
        {
            Reserved(part.Held).WriteTo(json);
            json.WriteString("credential", credential);
            json.WriteString("service_tier", BatchPlan.Tier);
            EventDetail.WriteOptional(json, "failure", failure);
            json.WriteStartObject(Member);
            json.WriteString("status", "not made, as far as is known");
            json.WriteNumber("requests", part.Lines);
            json.WriteBoolean(SumMember, false);
            json.WriteEndObject();
        });

    // The budgets as they were then aren't kept for so long.
    private static ReservedDetail Reserved(Amount held) =>
        new(held.Cost.Nanos, held.Parts.Input, held.Parts.Output, held.Cost.Nanos, held.Tokens, held.Parts.Output, null, []);

    private static void WriteNames(Utf8JsonWriter json, string member, IReadOnlyCollection<string> names)
    {
        if (names.Count < 2)
        {
            return;
        }

        json.WriteStartArray(member);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
