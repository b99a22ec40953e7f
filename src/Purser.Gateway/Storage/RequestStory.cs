using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Gateway.Evaluations;

namespace Purser.Gateway.Storage;

/// <summary>
/// Tells one request's story from its usage events, and from the journal where an attempt is still under way. What the pipeline kept
/// in an event's detail is shown as it is: <see cref="RequestMembers"/> with the request, all else with the attempt.
/// </summary>
internal static class RequestStory
{
    /// <summary>What an event's detail has of the work that its request is part of, by OpenTelemetry's names.</summary>
    public const string Context = "context";

    /// <summary>The members of an event's detail that are the request's: the first event that has one gives it.</summary>
    public static IReadOnlyList<string> RequestMembers { get; } =
    [Context, "route", EvaluationCall.Member, "decision", "candidates", "reservation", "refusal"];

    /// <summary>The story, or null where the ledger has none.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="request">The request.</param>
    /// <param name="underWay">Its attempts that hold money and haven't ended.</param>
    public static JsonObject? Tell(SqliteConnection connection, Guid request, IReadOnlyList<Reservation> underWay)
    {
        var names = StoredNames.Load(connection);
        var attempts = new JsonArray();
        var shared = new JsonObject();
        var story = OfEvents(connection, request, names, attempts, shared);
        story ??= new JsonObject { ["request_id"] = AttemptId.NameOf(request) };
        AddUnderWay(connection, underWay, names, story, attempts);
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

        AddContext(story);
        var outcome = story["outcome"]?.DeepClone();
        story.Remove("outcome");
        story["attempts"] = attempts;
        if (Adjustments(connection, request) is { Count: > 0 } adjustments)
        {
            story["adjustments"] = adjustments;
        }

        if (EvaluationStory.Tell(connection, request) is { Count: > 0 } calls)
        {
            story["evaluation_calls"] = calls;
        }

        story["outcome"] = outcome;
        return story;
    }

    /// <summary>Puts what the subject has of the work to what the event kept of it.</summary>
    private static void AddContext(JsonObject story)
    {
        var subject = story["subject"];
        var context = new JsonObject();
        Add("gen_ai.conversation.id", "session");
        Add("gen_ai.agent.name", "agent");
        Add("vcs.repository.url.full", "repository", "https://");
        Add("vcs.ref.head.name", "branch");
        foreach (var (name, value) in story[Context] as JsonObject ?? [])
        {
            context[name] = value?.DeepClone();
        }

        if (context.Count > 0)
        {
            story[Context] = context;
        }

        void Add(string name, string member, string before = "")
        {
            if (subject?[member] is { } value)
            {
                context[name] = before + value;
            }
        }
    }

    /// <summary>Corrections of what was posted, in their order.</summary>
    private static JsonArray Adjustments(SqliteConnection connection, Guid request)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT attempt, at, nanos, why FROM adjustments WHERE request = $request ORDER BY seq";
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
                    ["why"] = JsonNode.Parse(row.GetString(3)),
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
            ReservedDetail.Expand(
                detail,
                EventJson.Text(row, EventJson.RouteColumn + 2),
                EventJson.Text(row, EventJson.RouteColumn + 3),
                EventJson.Text(row, EventJson.RouteColumn + 4),
                names.Budget
            );
            if (detail.Remove(UsageNames.ListCost, out var list) && list is JsonValue nanos && nanos.TryGetValue<long>(out var amount))
            {
                detail["list_cost_usd"] = new Money(amount).ToString();
            }

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
            ["run"] = EventJson.Text(row, EventJson.WorkColumn),
            ["repository"] = EventJson.Text(row, EventJson.WorkColumn + 1),
            ["branch"] = EventJson.Text(row, EventJson.WorkColumn + 2),
            ["tags"] = EventJson.Tags(row),
        };
    }

    private static void AddUnderWay(
        SqliteConnection connection,
        IReadOnlyList<Reservation> underWay,
        StoredNames names,
        JsonObject story,
        JsonArray attempts
    )
    {
        var definitions = new Definitions(connection);
        // One that has ended since it was asked for has its event.
        var ended = attempts.Select(attempt => (int)attempt!["attempt"]!).ToHashSet();
        foreach (var reservation in underWay.Where(reservation => !ended.Contains(reservation.Id.Attempt)))
        {
            var (subject, route) = (definitions.Subject(reservation.SubjectId), definitions.Route(reservation.RouteId));
            var at = UsageNames.Time(JournalWriter.Microseconds(reservation.AdmittedAt));
            story.TryAdd("at", at);
            story.TryAdd(
                "subject",
                new JsonObject { ["key"] = names.Key(subject.KeyId), ["account_path"] = names.PathOf(subject.AccountPath) }
            );
            story.TryAdd("model_requested", route.ModelRequested);
            story.TryAdd("api", route.Api);
            story["outcome"] = "open";
            attempts.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["attempt"] = reservation.Id.Attempt,
                        ["provider"] = route.Provider,
                        ["model_requested"] = route.ModelRequested,
                        ["outcome"] = "open",
                        ["ceiling_usd"] = reservation.Held.Cost.ToString(),
                        ["ceiling_tokens"] = reservation.Held.Tokens,
                        ["price_entry"] = route.PriceEntry,
                        ["price_book_version"] = route.PriceBookVersion,
                        ["started_at"] = at,
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
