using System.Text.Json;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Evaluations;

/// <summary>What the ledger has of a request's route that evaluations are joined to.</summary>
/// <param name="AccountId">The account of the key that made the request.</param>
/// <param name="ServedAt">When the request came in.</param>
/// <param name="Answered">The model that answered, as the route names it; null where none did.</param>
/// <param name="Class">The kind of work, as records spell it; null where nobody asked.</param>
/// <param name="Application">Which policy of whose chose; null where none did.</param>
/// <param name="Floor">The percentage of answers that shall be good enough; null without a policy.</param>
/// <param name="Predictor">What predicted how models do; null where nothing did.</param>
/// <param name="Able">The models that the choice took for good enough, whether or not they were let in.</param>
internal sealed record EvaluatedRoute(
    string AccountId,
    DateTimeOffset ServedAt,
    string? Answered,
    string? Class,
    string? Application,
    long? Floor,
    string? Predictor,
    IReadOnlySet<string> Able
)
{
    // What a model's standing is called that is shown to do the request: see Standing.
    private static readonly string[] Good = ["shown", "on_trial", "reverted"];

    private static readonly IReadOnlySet<string> NoneAble = new HashSet<string>();

    /// <summary>Reads a request's; null where the ledger hasn't heard of it.</summary>
    /// <param name="connection">A connection that has the usage events.</param>
    /// <param name="request">The request.</param>
    public static EvaluatedRoute? Find(SqliteConnection connection, Guid request)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT s.account_path, e.started_at, r.provider, r.model, e.outcome, e.detail
            FROM usage_events e JOIN subjects s ON s.id = e.subject_id JOIN routes r ON r.id = e.route_id
            WHERE e.request = $request ORDER BY e.attempt
            """;
        command.Parameters.AddWithValue("$request", request.ToByteArray(bigEndian: true));
        using var row = command.ExecuteReader();
        EvaluatedRoute? found = null;
        while (row.Read())
        {
            found ??= new EvaluatedRoute(
                row.GetString(0).Split('/')[0],
                JournalWriter.FromMicroseconds(row.GetInt64(1)),
                null,
                null,
                null,
                null,
                null,
                NoneAble
            );
            using var detail = JsonDocument.Parse(LedgerReader.Text(row, 5) ?? "{}");
            var record = detail.RootElement.TryGetProperty(RouteRecord.Member, out var route) ? route : default;
            if (record.ValueKind == JsonValueKind.Object && found.Application is null)
            {
                found = found.With(record);
            }

            if ((Outcome)row.GetInt32(4) == Outcome.Completed)
            {
                found = found with { Answered = NameOf(record, row.GetString(2), row.GetString(3)) };
            }
        }

        return found;
    }

    private EvaluatedRoute With(JsonElement record) =>
        this with
        {
            Class = Text(record, "class"),
            Application = Text(record, RouteRecord.ApplicationMember),
            Floor = record.TryGetProperty(RouteRecord.SliceFloorMember, out var floor) ? floor.GetInt64() : null,
            Predictor = Text(record, "predictor_version"),
            Able = Candidates(record)
                .Where(candidate => Good.Contains(Text(candidate, "standing")))
                .Select(candidate => Text(candidate, "model")!)
                .ToHashSet(StringComparer.Ordinal),
        };

    /// <summary>A model as the route names it; one that it doesn't name, as its provider does.</summary>
    private static string NameOf(JsonElement record, string provider, string model) =>
        Candidates(record)
            .Where(candidate => Text(candidate, "provider") is null || Text(candidate, "provider") == provider)
            .Select(candidate => Text(candidate, "model")!)
            .Append(record.ValueKind == JsonValueKind.Object ? Text(record, "served") : null)
            .FirstOrDefault(name => name == model || name == $"{provider}/{model}")
        ?? model;

    private static JsonElement.ArrayEnumerator Candidates(JsonElement record) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty("candidates", out var candidates)
            ? candidates.EnumerateArray()
            : default;

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
