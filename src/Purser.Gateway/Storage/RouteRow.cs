using Microsoft.Data.Sqlite;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>Requests that routing had a say in, by what it said.</summary>
/// <param name="Mode">The account's mode.</param>
/// <param name="Policy">The policy; null where none had a say.</param>
/// <param name="Asked">The name that was asked for.</param>
/// <param name="Served">The model that they went to first.</param>
/// <param name="Suggested">The model that they would have gone to; null where it's that one.</param>
/// <param name="PassedOver">The model that would have been chosen, where a person said otherwise; null where it's the one that they said.</param>
/// <param name="Overridden">Whether the person said where they go.</param>
/// <param name="Requests">How many.</param>
/// <param name="CostUsd">What their first attempts cost, without later corrections.</param>
/// <param name="ExpectedSavingUsd">
/// How much less the model that they went to, or the suggested one, was expected to cost than the reference or the one that was named.
/// </param>
internal sealed record RouteRow(
    string Mode,
    string? Policy,
    string Asked,
    string Served,
    string? Suggested,
    string? PassedOver,
    bool Overridden,
    long Requests,
    string CostUsd,
    string ExpectedSavingUsd
)
{
    /// <summary>The largest saving first.</summary>
    public static IReadOnlyList<RouteRow> Read(SqliteConnection connection, long from, long to)
    {
        using var command = connection.CreateCommand();
        // The figure has nine decimals, always: without its point it's nano-dollars.
        command.CommandText = """
            SELECT json_extract(e.detail, '$.route.mode'), json_extract(e.detail, '$.route.policy'), json_extract(e.detail, '$.route.asked'),
                   json_extract(e.detail, '$.route.served'), json_extract(e.detail, '$.route.suggested'),
                   json_extract(e.detail, '$.route.passed_over'),
                   json_extract(e.detail, '$.route.override') IS NOT NULL, COUNT(*), SUM(e.cost_nanos),
                   COALESCE(SUM(CAST(REPLACE(json_extract(e.detail, '$.route.saves_usd'), '.', '') AS INTEGER)), 0) saving
            FROM usage_events e
            WHERE e.started_at >= $from AND e.started_at < $to AND e.attempt = 1 AND json_extract(e.detail, '$.route.served') <> ''
            GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY saving DESC, 3, 4, 1, 2, 5, 6, 7
            """;
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        using var row = command.ExecuteReader();
        var rows = new List<RouteRow>();
        while (row.Read())
        {
            rows.Add(
                new RouteRow(
                    row.GetString(0),
                    LedgerReader.Text(row, 1),
                    row.GetString(2),
                    row.GetString(3),
                    LedgerReader.Text(row, 4),
                    LedgerReader.Text(row, 5),
                    row.GetInt64(6) != 0,
                    row.GetInt64(7),
                    new Money(row.GetInt64(8)).ToString(),
                    new Money(row.GetInt64(9)).ToString()
                )
            );
        }

        return rows;
    }
}
