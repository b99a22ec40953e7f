using System.Globalization;
using System.Text.Json;
using Purser.Analytics;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>What a report of spend is asked for.</summary>
public sealed record SpendQuery
{
    /// <summary>The dimensions, in order; see <see cref="SpendDimensions"/>. None gives the total alone.</summary>
    public IReadOnlyList<string> By { get; init; } = [];

    /// <summary>The first instant; null for the beginning. An attempt counts when its request came in.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant after; null for no end.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Tags that a request must carry, each with exactly this value.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Values of dimensions that a request must have, accounts and keys by name, path or id; days and hours aside.</summary>
    public IReadOnlyDictionary<string, string> Where { get; init; } = new Dictionary<string, string>();

    /// <summary>Whose days <c>day</c> means.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;
}

/// <summary>Sums over the attempts of one row of a report. A request counts once in a row, however often it was tried.</summary>
public sealed class SpendSums
{
    private decimal contractedOverList;
    private decimal effectiveOverList;

    /// <summary>Requests that were tried at a provider at least once.</summary>
    public long Requests { get; private set; }

    /// <summary>Input tokens, cached ones included.</summary>
    public Int128 InputTokens { get; private set; }

    /// <summary>Input tokens read from a prompt cache.</summary>
    public Int128 CachedInputTokens { get; private set; }

    /// <summary>Output tokens, reasoning included.</summary>
    public Int128 OutputTokens { get; private set; }

    /// <summary>Output tokens spent on reasoning.</summary>
    public Int128 ReasoningTokens { get; private set; }

    /// <summary>Cost in nano-dollars.</summary>
    public Int128 CostNanos { get; private set; }

    /// <summary>What callers' own subscriptions paid for, at list prices, in nano-dollars. It isn't in <see cref="CostNanos"/>.</summary>
    public Int128 NotBilledNanos { get; private set; }

    /// <summary>Requests of which an attempt was posted at the best-known usage.</summary>
    public long EstimatedRequests { get; private set; }

    /// <summary>Requests of which an attempt was posted at its ceiling after a crash.</summary>
    public long UnconfirmedRequests { get; private set; }

    /// <summary>Requests that Purser refused.</summary>
    public long RefusedRequests { get; private set; }

    /// <summary>Cost in dollars with nine decimals, exact.</summary>
    public string CostUsd => Money.Format(CostNanos);

    /// <summary>Cost at the agreed rates in dollars; what is under no contract is at the list price.</summary>
    public decimal ContractedUsd => ((decimal)CostNanos / Money.NanosPerDollar) + contractedOverList;

    /// <summary>What it effectively costs in dollars, shares of commitments and fees included, credits not taken off.</summary>
    public decimal EffectiveUsd => ((decimal)CostNanos / Money.NanosPerDollar) + effectiveOverList;

    /// <summary>Counts what a contract makes of an attempt.</summary>
    internal void Add(ContractCharge charge)
    {
        contractedOverList += charge.ContractedUsd - charge.ListUsd;
        effectiveOverList += charge.EffectiveUsd - charge.ListUsd;
    }

    /// <summary>Writes the sums as members of the object that is open.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="agreed">Whether there are contracts.</param>
    public void WriteTo(Utf8JsonWriter json, bool agreed)
    {
        json.WriteNumber("requests", Requests);
        json.WriteNumber("input_tokens", (decimal)InputTokens);
        json.WriteNumber("cached_input_tokens", (decimal)CachedInputTokens);
        json.WriteNumber("output_tokens", (decimal)OutputTokens);
        json.WriteNumber("reasoning_tokens", (decimal)ReasoningTokens);
        json.WriteString("cost_usd", CostUsd);
        if (agreed)
        {
            json.WriteString("contracted_cost_usd", Exact(ContractedUsd));
            json.WriteString("effective_cost_usd", Exact(EffectiveUsd));
        }

        json.WriteNumber("estimated_requests", EstimatedRequests);
        json.WriteNumber("unconfirmed_requests", UnconfirmedRequests);
        json.WriteNumber("refused_requests", RefusedRequests);
        if (NotBilledNanos > 0)
        {
            json.WriteString("not_billed_usd", Money.Format(NotBilledNanos));
        }
    }

    /// <summary>Adds sums.</summary>
    internal void Add(in Sums sums)
    {
        Requests += (long)sums.Requests;
        EstimatedRequests += (long)sums.EstimatedRequests;
        UnconfirmedRequests += (long)sums.UnconfirmedRequests;
        RefusedRequests += (long)sums.RefusedRequests;
        InputTokens += sums.InputTokens;
        CachedInputTokens += sums.CachedInputTokens;
        OutputTokens += sums.OutputTokens;
        ReasoningTokens += sums.ReasoningTokens;
        CostNanos += sums.CostNanos;
        NotBilledNanos += sums.NotBilledNanos;
    }

    private static string Exact(decimal usd) => usd.ToString("0.000000000######", CultureInfo.InvariantCulture);
}

/// <summary>One row of a report.</summary>
/// <param name="Values">The dimensions' values, in the query's order; null where a request has none.</param>
/// <param name="Sums">The figures.</param>
public sealed record SpendRow(IReadOnlyList<string?> Values, SpendSums Sums);

/// <summary>A report of spend.</summary>
/// <param name="Query">What was asked.</param>
/// <param name="Rows">The rows, the most expensive first.</param>
/// <param name="Total">The sums over all of them; a request that is in several rows counts once.</param>
public sealed record SpendReport(SpendQuery Query, IReadOnlyList<SpendRow> Rows, SpendSums Total)
{
    /// <summary>The ids of the contracts that hold in the time of the report; null where none is configured.</summary>
    public IReadOnlyList<string>? Contracts { get; init; }

    /// <summary>Writes the report as one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("by");
        foreach (var dimension in Query.By)
        {
            json.WriteStringValue(dimension);
        }

        json.WriteEndArray();
        WriteTime(json, "from", Query.From);
        WriteTime(json, "to", Query.To);
        json.WriteString("time_zone", Query.TimeZone.Id);
        if (Contracts is { } contracts)
        {
            json.WriteStartArray("contracts");
            foreach (var contract in contracts)
            {
                json.WriteStringValue(contract);
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("rows");
        foreach (var row in Rows)
        {
            json.WriteStartObject();
            for (var i = 0; i < Query.By.Count; i++)
            {
                json.WriteString(Query.By[i], row.Values[i]);
            }

            row.Sums.WriteTo(json, Contracts is not null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("total");
        Total.WriteTo(json, Contracts is not null);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? at) =>
        json.WriteString(name, at is { } instant ? UsageNames.Time(JournalWriter.Microseconds(instant)) : null);
}
