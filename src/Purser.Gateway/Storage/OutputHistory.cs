using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>How long the ledger's latest answers were: what a start learns its forecasts from.</summary>
internal static class OutputHistory
{
    // Request ids sort by time, so this many rows are read and no more.
    private const int Latest = 20_000;

    /// <summary>The outputs of the latest completed answers, oldest first, in tokens.</summary>
    public static List<(string KeyId, string Model, string Api, long OutputTokens)> Read(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT s.key_id, r.model, r.api, e.output + e.reasoning_output + e.audio_output + e.image_output + e.video_output FROM (
                SELECT * FROM usage_events ORDER BY request DESC LIMIT $latest) e
            JOIN subjects s ON s.id = e.subject_id JOIN routes r ON r.id = e.route_id
            WHERE e.attempt > 0 AND e.outcome = $completed AND e.marks = 0 ORDER BY e.request
            """;
        command.Parameters.AddWithValue("$latest", Latest);
        command.Parameters.AddWithValue("$completed", (int)Outcome.Completed);
        using var row = command.ExecuteReader();
        var outputs = new List<(string, string, string, long)>();
        while (row.Read())
        {
            outputs.Add((row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3)));
        }

        return outputs;
    }
}
