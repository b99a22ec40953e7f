using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>
/// Tells one request's story from its usage events, and from the journal where an attempt is still under way. What the pipeline kept
/// in an event's detail is shown as it is: <see cref="RequestMembers"/> with the request, all else with the attempt.
/// </summary>
internal static class RequestStory
{
    /// <summary>The members of an event's detail that are the request's: the first event that has one gives it.</summary>
    public static IReadOnlyList<string> RequestMembers { get; } = ["decision", "candidates", "reservation", "refusal"];

    /// <summary>The story, or null where the ledger has none.</summary>
    public static JsonObject? Tell(SqliteConnection connection, Guid request)
    {
        var names = StoredNames.Load(connection);
        var attempts = new JsonArray();
        var shared = new JsonObject();
        var story = OfEvents(connection, request, names, attempts, shared);
        story ??= new JsonObject { ["request_id"] = AttemptId.NameOf(request) };
        AddUnderWay(connection, request, names, story, attempts);
        if (attempts.Count == 0 && !story.ContainsKey("subject"))
        {
            return null;
        }

        foreach (var name in RequestMembers)
        {
            if (shared.Remove(name, out var value))
            {
                story[name] = value;
            }
        }

        var outcome = story["outcome"]?.DeepClone();
        story.Remove("outcome");
        story["attempts"] = attempts;
        if (Adjustments(connection, request) is { Count: > 0 } adjustments)
        {
            story["adjustments"] = adjustments;
        }

        story["outcome"] = outcome;
        return story;
    }

    /// <summary>Corrections of what was posted, in their order.</summary>
    private static JsonArray Adjustments(SqliteConnection connection, Guid request)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT attempt, at, nanos, detail FROM journal WHERE kind = 7 AND request = $request ORDER BY seq";
        command.Parameters.AddWithValue("$request", request.ToByteArray(bigEndian: true));
        using var row = command.ExecuteReader();
        var adjustments = new JsonArray();
        while (row.Read())
        {
            adjustments.Add(
                new JsonObject
                {
                    ["attempt"] = row.GetInt32(0),
                    ["at"] = UsageNames.Time(row.GetInt64(1)),
                    ["difference_usd"] = new Money(row.GetInt64(2)).ToString(),
                    ["why"] = JsonNode.Parse(row.GetFieldValue<byte[]>(3)),
                }
            );
        }

        return adjustments;
    }

    private static JsonObject? OfEvents(SqliteConnection connection, Guid request, StoredNames names, JsonArray attempts, JsonObject shared)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {EventJson.Columns} {EventJson.Tables} WHERE e.request = $request ORDER BY e.attempt = 0, e.attempt";
        command.Parameters.AddWithValue("$request", request.ToByteArray(bigEndian: true));
        using var row = command.ExecuteReader();
        JsonObject? story = null;
        while (row.Read())
        {
            story ??= Opening(row, request, names);
            var detail = Detail(EventJson.Text(row, EventJson.DetailColumn));
            foreach (var name in RequestMembers)
            {
                if (detail.Remove(name, out var value))
                {
                    shared.TryAdd(name, value);
                }
            }

            var attempt = EventJson.OfAttempt(row);
            story["outcome"] = attempt["outcome"]!.DeepClone();
            var rest = row.GetInt32(1) == 0 ? story : attempt;
            foreach (var (name, value) in detail.ToList())
            {
                rest.TryAdd(name, value?.DeepClone());
            }

            if (row.GetInt32(1) > 0)
            {
                attempts.Add(attempt);
            }
        }

        return story;
    }

    private static JsonObject Opening(SqliteDataReader row, Guid request, StoredNames names) =>
        new()
        {
            ["request_id"] = AttemptId.NameOf(request),
            ["at"] = UsageNames.Time(row.GetInt64(2)),
            ["subject"] = Subject(row, names),
            ["model_requested"] = EventJson.Text(row, EventJson.RouteColumn + 1),
            ["api"] = EventJson.Text(row, EventJson.RouteColumn),
            ["stream"] = row.GetInt64(5) != 0,
        };

    private static JsonObject Subject(SqliteDataReader row, StoredNames names)
    {
        string? Account(AccountKind kind) => names.Account(EventJson.Text(row, EventJson.AccountsColumn + (int)kind));
        return new JsonObject
        {
            ["key"] = names.Key(row.GetString(EventJson.SubjectColumn)),
            ["account_path"] = names.PathOf(row.GetString(EventJson.SubjectColumn + 1)),
            ["member"] = Account(AccountKind.Member),
            ["project"] = Account(AccountKind.Project),
            ["team"] = Account(AccountKind.Team),
            ["department"] = Account(AccountKind.Department),
            ["organization"] = Account(AccountKind.Organization),
            ["end_user"] = EventJson.Text(row, EventJson.SubjectColumn + 2),
            ["session"] = EventJson.Text(row, EventJson.SubjectColumn + 3),
            ["agent"] = EventJson.Text(row, EventJson.SubjectColumn + 4),
            ["tags"] = EventJson.Tags(row),
        };
    }

    /// <summary>Attempts that hold money and haven't ended. Only the journal's newest entries can hold them.</summary>
    private static void AddUnderWay(SqliteConnection connection, Guid request, StoredNames names, JsonObject story, JsonArray attempts)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT j.attempt, j.nanos, j.tokens, j.admitted_at, r.provider, r.model, r.price_entry, r.price_book_version,
                   s.key_id, s.account_path, r.model_requested, r.api
            FROM journal j JOIN subjects s ON s.id = j.subject_id JOIN routes r ON r.id = j.route_id
            WHERE j.seq >= CAST(COALESCE((SELECT value FROM meta WHERE name = 'open_since'), '0') AS INTEGER)
              AND j.kind = 1 AND j.request = $request
              AND NOT EXISTS (SELECT 1 FROM usage_events e WHERE e.request = j.request AND e.attempt = j.attempt)
            ORDER BY j.attempt
            """;
        command.Parameters.AddWithValue("$request", request.ToByteArray(bigEndian: true));
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            story.TryAdd("at", UsageNames.Time(row.GetInt64(3)));
            story.TryAdd(
                "subject",
                new JsonObject { ["key"] = names.Key(row.GetString(8)), ["account_path"] = names.PathOf(row.GetString(9)) }
            );
            story.TryAdd("model_requested", EventJson.Text(row, 10));
            story.TryAdd("api", EventJson.Text(row, 11));
            story["outcome"] = "open";
            attempts.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["attempt"] = row.GetInt32(0),
                        ["provider"] = EventJson.Text(row, 4),
                        ["model_requested"] = EventJson.Text(row, 5),
                        ["outcome"] = "open",
                        ["ceiling_usd"] = new Money(row.GetInt64(1)).ToString(),
                        ["ceiling_tokens"] = row.GetInt64(2),
                        ["price_entry"] = EventJson.Text(row, 6),
                        ["price_book_version"] = EventJson.Text(row, 7),
                        ["started_at"] = UsageNames.Time(row.GetInt64(3)),
                    }
            );
        }
    }

    private static JsonObject Detail(string? text)
    {
        try
        {
            return text is null ? [] : JsonNode.Parse(text) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            // Altered from outside; `ledger verify` says so. The rest of the story is still worth telling.
            return [];
        }
    }
}
