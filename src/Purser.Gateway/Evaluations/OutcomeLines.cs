using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>What the ledger knows of how good answers were, one object a request: what a predictor can be trained on, but for the prompts, which are nowhere.</summary>
internal static class OutcomeLines
{
    /// <summary>The requests of a time that something was said of, or whose model a person chose instead of the router's.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="from">The first instant at which a request came in, in microseconds since 1970 UTC.</param>
    /// <param name="to">The first instant after.</param>
    public static IEnumerable<JsonObject> Read(SqliteConnection connection, long from, long to)
    {
        var said = EvaluationTable.OfRequests(connection, from, to).ToLookup(evaluation => evaluation.Said.RouteId);
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT e.request, e.started_at, e.detail,
                   (SELECT SUM(a.cost_nanos) FROM usage_events a WHERE a.request = e.request)
                   + COALESCE((SELECT SUM(a.nanos) FROM adjustments a WHERE a.request = e.request), 0)
            FROM usage_events e
            WHERE e.started_at >= $from AND e.started_at < $to AND e.attempt = 1
              AND (json_extract(e.detail, '$.route.passed_over') IS NOT NULL OR e.request IN (SELECT route FROM evaluations))
            ORDER BY e.request
            """;
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var request = new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true);
            var route = JsonNode.Parse(LedgerReader.Text(row, 2) ?? "{}")![RouteRecord.Member];
            var line = new JsonObject
            {
                ["request_id"] = AttemptId.NameOf(request),
                ["at"] = UsageNames.Time(row.GetInt64(1)),
                ["class"] = route?["class"]?.DeepClone(),
                ["difficulty"] = route?["difficulty"]?.DeepClone(),
                [RouteRecord.FeaturesMember] = route?[RouteRecord.FeaturesMember]?.DeepClone(),
                ["served"] = route?["served"]?.DeepClone(),
                ["cost_usd"] = new Money(row.GetInt64(3)).ToString(),
                ["evaluations"] = new JsonArray([.. said[request].Select(Of)]),
            };
            if (route?["passed_over"] is { } passedOver)
            {
                line["override"] = new JsonObject
                {
                    ["to"] = route["served"]?.DeepClone(),
                    ["passed_over"] = passedOver.DeepClone(),
                    // Whoever passes over the reference doesn't say that it isn't good enough.
                    ["from_reference"] = passedOver.GetValue<string>() == (route["instead_of"] ?? route["served"])?.GetValue<string>(),
                };
            }

            yield return line;
        }
    }

    private static JsonNode Of(StoredEvaluation evaluation)
    {
        var said = evaluation.Said;
        var shown = new JsonObject
        {
            ["model"] = said.Model,
            ["score"] = said.Score,
            ["source"] = SliceNames.Of(said.Source),
            ["at"] = UsageNames.Time(JournalWriter.Microseconds(said.At)),
            ["sampled"] = evaluation.IsEvidence,
        };
        if (said.Reason is { } reason)
        {
            shown["reason"] = reason;
        }

        return shown;
    }
}
