using Microsoft.Data.Sqlite;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Evaluations;

/// <summary>Reads the evaluations of a store.</summary>
internal static class EvaluationTable
{
    /// <summary>The columns that are written, in the table's order.</summary>
    public const string Columns =
        "route, source, id, model, score_ppm, at, served_at, account_id, class, application, floor, predictor, is_evidence, reason";

    /// <summary>How many they are.</summary>
    public const int ColumnCount = 14;

    /// <summary>Scores are kept in these.</summary>
    public const double Millionths = 1_000_000;

    /// <summary>Those that count for slices, after a number, in the order in which they came.</summary>
    public static IReadOnlyList<StoredEvaluation> Evidence(SqliteConnection connection, long after) =>
        Read(connection, "is_evidence = 1 AND seq > $one", after, 0);

    /// <summary>Those of requests that came in in a time, in the order in which they came themselves.</summary>
    public static IReadOnlyList<StoredEvaluation> OfRequests(SqliteConnection connection, long from, long to) =>
        Read(connection, "served_at >= $one AND served_at < $other", from, to);

    /// <summary>How many requests a slice's model served from an instant on.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="slice">The slice.</param>
    /// <param name="since">The instant, in microseconds since 1970 UTC.</param>
    public static long CountServed(SqliteConnection connection, SliceKey slice, long since)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT COUNT(*) FROM usage_events
            WHERE started_at >= $since AND attempt = 1 AND json_extract(detail, '$.route.served') = $model
              AND json_extract(detail, '$.route.application') = $application AND json_extract(detail, '$.route.class') = $class
              AND json_extract(detail, '$.route.override') IS NULL
            """;
        command.Parameters.AddWithValue("$since", since);
        command.Parameters.AddWithValue("$model", slice.Model);
        command.Parameters.AddWithValue("$application", slice.App);
        command.Parameters.AddWithValue("$class", RouteRecord.NameOf(slice.Class));
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>How many requests each slice's model served instead of the reference, from an instant on.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="since">The instant, in microseconds since 1970 UTC.</param>
    public static IReadOnlyDictionary<SliceKey, long> Served(SqliteConnection connection, long since)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT json_extract(detail, '$.route.class') class, json_extract(detail, '$.route.served'),
                   json_extract(detail, '$.route.application') application, COUNT(*)
            FROM usage_events
            WHERE started_at >= $since AND attempt = 1 AND application IS NOT NULL AND class IS NOT NULL
              AND json_extract(detail, '$.route.instead_of') IS NOT NULL AND json_extract(detail, '$.route.override') IS NULL
            GROUP BY 1, 2, 3
            """;
        command.Parameters.AddWithValue("$since", since);
        using var row = command.ExecuteReader();
        var served = new Dictionary<SliceKey, long>();
        while (row.Read())
        {
            var slice = SliceState.KeyOf(row.GetString(0), row.GetString(1), row.GetString(2));
            served[slice] = served.GetValueOrDefault(slice) + row.GetInt64(3);
        }

        return served;
    }

    private static List<StoredEvaluation> Read(SqliteConnection connection, string where, long one, long other)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT seq, {Columns} FROM evaluations WHERE {where} ORDER BY seq";
        command.Parameters.AddWithValue("$one", one);
        command.Parameters.AddWithValue("$other", other);
        using var row = command.ExecuteReader();
        var found = new List<StoredEvaluation>();
        while (row.Read())
        {
            var said = new Evaluation(
                new Guid(row.GetFieldValue<byte[]>(1), bigEndian: true),
                row.GetString(4),
                row.GetInt64(5) / Millionths,
                (EvaluationSource)row.GetInt32(2),
                JournalWriter.FromMicroseconds(row.GetInt64(6))
            )
            {
                Id = row.GetString(3),
                Reason = LedgerReader.Text(row, 14),
            };
            found.Add(
                new StoredEvaluation(
                    said,
                    JournalWriter.FromMicroseconds(row.GetInt64(7)),
                    row.GetString(8),
                    LedgerReader.Text(row, 9),
                    LedgerReader.Text(row, 10),
                    row.IsDBNull(11) ? null : row.GetInt64(11),
                    LedgerReader.Text(row, 12),
                    row.GetInt64(13) != 0
                )
                {
                    Seq = row.GetInt64(0),
                }
            );
        }

        return found;
    }
}
