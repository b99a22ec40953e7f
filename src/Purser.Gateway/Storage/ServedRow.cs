using Microsoft.Data.Sqlite;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>Requests that were answered by a model of another name than the one that was asked for.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Model">The model that it was asked for.</param>
/// <param name="ModelServed">The model that it answered with.</param>
/// <param name="PriceEntry">The entry of the price book that they were charged by.</param>
/// <param name="Requests">How many attempts.</param>
/// <param name="CostUsd">What they cost, without later corrections.</param>
internal sealed record ServedRow(string Provider, string Model, string ModelServed, string PriceEntry, long Requests, string CostUsd)
{
    /// <summary>The dearest first.</summary>
    public static IReadOnlyList<ServedRow> Read(SqliteConnection connection, long from, long to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT r.provider, r.model, e.model_served, COALESCE(json_extract(e.detail, '$.price_entry'), r.price_entry) entry,
                   COUNT(*), SUM(e.cost_nanos) cost
            FROM usage_events e JOIN routes r ON r.id = e.route_id
            WHERE e.started_at >= $from AND e.started_at < $to AND e.model_served IS NOT NULL AND e.model_served <> r.model
            GROUP BY 1, 2, 3, 4 ORDER BY cost DESC, 1, 2, 3, 4
            """;
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        using var row = command.ExecuteReader();
        var rows = new List<ServedRow>();
        while (row.Read())
        {
            var cost = new Money(row.GetInt64(5)).ToString();
            rows.Add(new ServedRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), cost));
        }

        return rows;
    }
}
