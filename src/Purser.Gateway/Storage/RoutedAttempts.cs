using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;
using Purser.Gateway.Routing;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Storage;

/// <summary>
/// What sessions cost whose models were the router's to choose: those that were routed, and those that were held out. Requests that a person
/// sent elsewhere aren't among them.
/// </summary>
internal sealed class RoutedAttempts(ModelCatalog catalog)
{
    private readonly Dictionary<string, Sums> sessions = new(StringComparer.Ordinal);

    /// <summary>How many answers can't be priced at the model that was asked for; they count at what they cost.</summary>
    public long Unpriced { get; private set; }

    /// <summary>How many requests were routed.</summary>
    public long TreatedRequests => sessions.Values.Where(session => !session.IsHeldOut).Sum(session => session.Requests);

    /// <summary>Each session's cost.</summary>
    public IReadOnlyList<SessionCost> Sessions =>
        [.. sessions.Values.Select(session => new SessionCost(session.IsHeldOut, session.Nanos, session.Requests, session.AsAskedNanos))];

    /// <summary>Takes the attempts of a time.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="from">The first instant at which a request came in, in microseconds since 1970 UTC.</param>
    /// <param name="to">The first instant after.</param>
    public void Take(SqliteConnection connection, long from, long to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT e.request, e.attempt, e.started_at, e.outcome, e.cost_nanos, e.detail, s.key_id, COALESCE(s.session, s.run), r.provider, r.model,
                   (SELECT SUM(a.nanos) FROM adjustments a WHERE a.request = e.request AND a.attempt = e.attempt),
                   {UsageNames.Columns("e.")}
            FROM usage_events e JOIN subjects s ON s.id = e.subject_id JOIN routes r ON r.id = e.route_id
            WHERE e.started_at >= $from AND e.started_at < $to AND e.attempt > 0
              AND json_extract(e.detail, '$.route.application') IS NOT NULL AND json_extract(e.detail, '$.route.mode') = 'on'
              AND json_extract(e.detail, '$.route.predictor_version') IS NOT NULL AND json_extract(e.detail, '$.route.override') IS NULL
            ORDER BY e.request, e.attempt
            """;
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            Take(row);
        }
    }

    private void Take(SqliteDataReader row)
    {
        var request = AttemptId.NameOf(new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true));
        var name = row.IsDBNull(7) ? request : $"{row.GetString(6)} {row.GetString(7)}";
        using var detail = JsonDocument.Parse(row.GetString(5));
        var route = detail.RootElement.GetProperty(RouteRecord.Member);
        if (!sessions.TryGetValue(name, out var session))
        {
            // Where the share was changed meanwhile, as it began.
            sessions[name] = session = new Sums(route.TryGetProperty(RouteRecord.HeldOutMember, out _));
        }

        session.Requests += session.Last == request ? 0 : 1;
        session.Last = request;
        var nanos = row.GetInt64(4) + (row.IsDBNull(10) ? 0 : row.GetInt64(10));
        session.Nanos += nanos;
        if ((Outcome)row.GetInt32(3) != Outcome.Completed)
        {
            // As asked, it would have been one answer.
            return;
        }

        session.AsAskedNanos += AsAsked(row, route, nanos);
    }

    private long AsAsked(SqliteDataReader row, JsonElement route, long nanos)
    {
        if (!route.TryGetProperty("instead_of", out var instead))
        {
            return nanos;
        }

        var usage = default(TokenUsage);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            usage[(UsageClass)i] = row.GetInt64(11 + i);
        }

        var at = JournalWriter.FromMicroseconds(row.GetInt64(2));
        foreach (var model in catalog.Find(instead.GetString()!))
        {
            if (model.Priced?.PriceAt(at) is { } price && Cost(price, usage, at) is { } cost)
            {
                return cost.Nanos;
            }
        }

        Unpriced++;
        return nanos;
    }

    private static Money? Cost(SkuPrice price, TokenUsage usage, DateTimeOffset at)
    {
        var terms = new PricingTerms(At: at);
        // Where a price has no class of its own for what another vendor's cache takes, it's plain input there.
        var plain = usage;
        foreach (var cached in (UsageClass[])[UsageClass.CacheRead, UsageClass.CacheWrite5m, UsageClass.CacheWrite1h])
        {
            if (!price.Standard.Rates.IsPriced(cached))
            {
                (plain[UsageClass.Input], plain[cached]) = (plain[UsageClass.Input] + plain[cached], 0);
            }
        }

        plain[UsageClass.ComputeMillisecond] = 0;
        return PriceCalculator.TryCost(price, plain, terms, out var cost, out _) ? cost : null;
    }

    private sealed class Sums(bool isHeldOut)
    {
        public bool IsHeldOut => isHeldOut;

        public string? Last { get; set; }

        public long Requests { get; set; }

        public long Nanos { get; set; }

        public long AsAskedNanos { get; set; }
    }
}
