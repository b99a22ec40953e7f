using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Purser.Gateway.Evaluations;

namespace Purser.Gateway.Storage;

/// <summary>What the gateway asked for itself about a request, as its story tells it.</summary>
internal static class EvaluationStory
{
    /// <summary>The calls that have ended, in the order in which they are made; empty where there were none.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="request">The client's request.</param>
    public static JsonArray Tell(SqliteConnection connection, Guid request)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            $"SELECT {EventJson.Columns} {EventJson.Tables} WHERE e.request = $request ORDER BY e.attempt = 0, e.attempt DESC LIMIT 1";
        var asked = command.Parameters.Add("$request", SqliteType.Blob);
        var calls = new JsonArray();
        foreach (var kind in EvaluationCall.Kinds)
        {
            asked.Value = EvaluationCall.IdOf(request, kind).ToByteArray(bigEndian: true);
            using var row = command.ExecuteReader();
            if (row.Read())
            {
                calls.Add((JsonNode)OfCall(row, kind));
            }
        }

        return calls;
    }

    private static JsonObject OfCall(SqliteDataReader row, EvaluationKind kind)
    {
        var attempt = EventJson.OfAttempt(row);
        var detail = JsonNode.Parse(EventJson.Text(row, EventJson.DetailColumn) ?? "{}");
        var call = new JsonObject
        {
            ["kind"] = EvaluationCall.NameOf(kind),
            ["request_id"] = EventJson.Attempt(row).RequestName,
            ["model"] = EventJson.Text(row, EventJson.RouteColumn + 1),
        };
        foreach (var name in (string[])["provider", "outcome", "status", "cost_usd", "duration_ms"])
        {
            call[name] = attempt[name]?.DeepClone();
        }

        foreach (
            var (name, value) in new[]
            {
                ("refusal", detail?["refusal"]?["code"]),
                ("not_judged", detail?[EvaluationCall.Member]?["not_judged"]),
            }
        )
        {
            if (value is not null)
            {
                call[name] = value.DeepClone();
            }
        }

        return call;
    }
}
