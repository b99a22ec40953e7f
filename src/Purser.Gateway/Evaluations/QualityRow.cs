using Microsoft.Data.Sqlite;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>What was said of a model's answers to requests of one kind.</summary>
/// <param name="Class">The kind of work; null where nobody asked.</param>
/// <param name="Model">The model.</param>
/// <param name="Source">Who says so. An override says that a person passed the model over.</param>
/// <param name="Count">How often.</param>
/// <param name="Score">The mean, from 0 to 1; null for overrides, which say nothing of an answer.</param>
internal sealed record QualityRow(string? Class, string Model, string Source, long Count, double? Score)
{
    /// <summary>Of requests that came in in a time.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="from">The first instant, in microseconds since 1970 UTC.</param>
    /// <param name="to">The first instant after.</param>
    public static IReadOnlyList<QualityRow> Read(SqliteConnection connection, long from, long to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT class, model, source, COUNT(*), AVG(score_ppm) FROM evaluations
            WHERE served_at >= $from AND served_at < $to GROUP BY 1, 2, 3
            UNION ALL
            SELECT json_extract(detail, '$.route.class'), json_extract(detail, '$.route.passed_over'), $override, COUNT(*), NULL
            FROM usage_events
            WHERE started_at >= $from AND started_at < $to AND attempt = 1 AND json_extract(detail, '$.route.passed_over') IS NOT NULL
            GROUP BY 1, 2
            ORDER BY 1, 2, 3
            """;
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        command.Parameters.AddWithValue("$override", (int)EvaluationSource.Override);
        using var row = command.ExecuteReader();
        var rows = new List<QualityRow>();
        while (row.Read())
        {
            rows.Add(
                new QualityRow(
                    LedgerReader.Text(row, 0),
                    row.GetString(1),
                    SliceNames.Of((EvaluationSource)row.GetInt32(2)),
                    row.GetInt64(3),
                    row.IsDBNull(4) ? null : Math.Round(row.GetDouble(4) / EvaluationTable.Millionths, 4)
                )
            );
        }

        return rows;
    }
}
