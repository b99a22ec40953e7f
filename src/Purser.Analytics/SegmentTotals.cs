using DuckDB.NET.Data;

namespace Purser.Analytics;

/// <summary>What the segments of a folder come to, from their files alone.</summary>
public static class SegmentTotals
{
    private const long Day = 86_400_000_000;

    /// <summary>Reads the cost of each account (the keys' own), model (or none) and day (UTC) in nano-dollars.</summary>
    /// <param name="path">The folder, which is only read.</param>
    /// <param name="limits">What may be used.</param>
    /// <param name="segments">The segments.</param>
    /// <exception cref="DuckDBException">One can't be read.</exception>
    public static Dictionary<(string Account, string? Model, long Day), Int128> Read(
        string path,
        AnalyticsLimits limits,
        IReadOnlyList<Segment> segments
    )
    {
        var totals = new Dictionary<(string, string?, long), Int128>();
        var spill = Directory.CreateTempSubdirectory("purser-");
        try
        {
            using var connection = Duck.Open(limits, spill.FullName);
            foreach (var segment in segments)
            {
                using var command = connection.CreateCommand();
                command.CommandText = $"""
                    SELECT "SubAccountId", "gen_ai.request.model", epoch_us("ChargePeriodStart") // {Day}, sum("BilledCost")
                    FROM read_parquet({Duck.Text(Path.Combine(path, segment.File))}, hive_partitioning = false) GROUP BY 1, 2, 3
                    """;
                using var row = command.ExecuteReader();
                while (row.Read())
                {
                    var key = (row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt64(2));
                    totals[key] = totals.GetValueOrDefault(key) + Duck.Nanos(row.GetDecimal(3));
                }
            }

            return totals;
        }
        finally
        {
            spill.Delete(recursive: true);
        }
    }
}
