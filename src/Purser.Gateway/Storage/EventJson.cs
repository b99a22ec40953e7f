using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>A usage event with its subject and route, as the admin API shows it.</summary>
internal static class EventJson
{
    public static readonly string Columns = $"""
        e.request, e.attempt, e.started_at, e.outcome, e.status, e.stream, e.model_served, e.provider_request_id,
        {UsageNames.Columns("e.")},
        e.cost_nanos, e.ceiling_nanos, e.marks, e.first_byte_us, e.duration_us, e.detail,
        s.key_id, s.account_path, s.end_user, s.session, s.agent, s.tags,
        r.api, r.model_requested, r.provider, r.model, r.price_entry, r.price_book_version,
        s.organization, s.department, s.team, s.project, s.member, COALESCE(s.run, s.session), s.repository, s.branch,
        (SELECT SUM(a.nanos) FROM adjustments a WHERE a.request = e.request AND a.attempt = e.attempt)
        """;

    public const string Tables = "FROM usage_events e JOIN subjects s ON s.id = e.subject_id JOIN routes r ON r.id = e.route_id";

    public const int DetailColumn = Cost + 5;
    public const int SubjectColumn = Cost + 6;
    public const int RouteColumn = SubjectColumn + 6;
    public const int AccountsColumn = RouteColumn + 6;
    public const int WorkColumn = AccountsColumn + 5;
    private const int Adjusted = WorkColumn + 3;
    private const int Usage = 8;
    private const int Cost = Usage + TokenUsage.ClassCount;

    /// <summary>One line of the list of events.</summary>
    public static JsonObject Line(SqliteDataReader row, StoredNames names)
    {
        var attempt = Attempt(row);
        return new JsonObject
        {
            ["request_id"] = attempt.RequestName,
            ["attempt"] = attempt.Attempt,
            ["cursor"] = attempt.ToString(),
            ["at"] = UsageNames.Time(row.GetInt64(2)),
            ["key"] = names.Key(row.GetString(SubjectColumn)),
            ["account_path"] = names.PathOf(row.GetString(SubjectColumn + 1)),
            ["end_user"] = Text(row, SubjectColumn + 2),
            ["session"] = Text(row, SubjectColumn + 3),
            ["agent"] = Text(row, SubjectColumn + 4),
            ["run"] = Text(row, WorkColumn),
            ["repository"] = Text(row, WorkColumn + 1),
            ["branch"] = Text(row, WorkColumn + 2),
            ["tags"] = Tags(row),
            ["api"] = Text(row, RouteColumn),
            ["model_requested"] = Text(row, RouteColumn + 1),
            ["provider"] = NotEmpty(row, RouteColumn + 2),
            ["model"] = NotEmpty(row, RouteColumn + 3),
            ["model_served"] = Text(row, 6),
            ["credential"] = Credential(row),
            ["provider_request_id"] = Text(row, 7),
            ["price_entry"] = NotEmpty(row, RouteColumn + 4),
            ["price_book_version"] = NotEmpty(row, RouteColumn + 5),
            ["outcome"] = UsageNames.Of((Outcome)row.GetInt32(3)),
            ["status"] = row.GetInt32(4),
            ["stream"] = row.GetInt64(5) != 0,
            ["estimated"] = Marked(row, JournalMarks.Estimated),
            ["unconfirmed"] = Marked(row, JournalMarks.Unconfirmed),
            ["overage"] = Marked(row, JournalMarks.Overage),
            ["billed"] = Billed(row),
            ["usage"] = Used(row),
            ["cost_usd"] = Usd(row, Cost),
            ["adjusted_usd"] = row.IsDBNull(Adjusted) ? null : Usd(row, Adjusted),
            ["ceiling_usd"] = Usd(row, Cost + 1),
            ["ttft_ms"] = Milliseconds(row, Cost + 3),
            ["duration_ms"] = Milliseconds(row, Cost + 4),
        };
    }

    /// <summary>One attempt of a request's story.</summary>
    public static JsonObject OfAttempt(SqliteDataReader row)
    {
        var overage = row.GetInt64(Cost) - row.GetInt64(Cost + 1);
        return new JsonObject
        {
            ["attempt"] = row.GetInt32(1),
            ["provider"] = NotEmpty(row, RouteColumn + 2),
            ["model_requested"] = NotEmpty(row, RouteColumn + 3),
            ["model_served"] = Text(row, 6),
            ["status"] = row.GetInt32(4),
            ["outcome"] = UsageNames.Of((Outcome)row.GetInt32(3)),
            ["provider_request_id"] = Text(row, 7),
            ["usage"] = Used(row),
            ["cost_usd"] = Usd(row, Cost),
            ["ceiling_usd"] = Usd(row, Cost + 1),
            ["price_entry"] = NotEmpty(row, RouteColumn + 4),
            ["price_book_version"] = NotEmpty(row, RouteColumn + 5),
            ["estimated"] = Marked(row, JournalMarks.Estimated),
            ["unconfirmed"] = Marked(row, JournalMarks.Unconfirmed),
            ["billed"] = Billed(row),
            ["overage_usd"] = new Money(Marked(row, JournalMarks.Overage) ? Math.Max(0, overage) : 0).ToString(),
            ["started_at"] = UsageNames.Time(row.GetInt64(2)),
            ["ttft_ms"] = Milliseconds(row, Cost + 3),
            ["duration_ms"] = Milliseconds(row, Cost + 4),
        };
    }

    public static AttemptId Attempt(SqliteDataReader row) => new(new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true), row.GetByte(1));

    public static JsonObject Tags(SqliteDataReader row)
    {
        var tags = new JsonObject();
        foreach (var (name, value) in SpendGrouping.TagsOf(row.GetString(SubjectColumn + 5)))
        {
            tags[name] = value;
        }

        return tags;
    }

    public static string? Text(SqliteDataReader row, int column) => LedgerReader.Text(row, column);

    /// <summary>The id of the credential that the provider was called with; null where there was none.</summary>
    private static string? Credential(SqliteDataReader row) =>
        Text(row, DetailColumn) is { } detail && JsonNode.Parse(detail) is JsonObject told ? told["credential"]?.GetValue<string>() : null;

    private static string? NotEmpty(SqliteDataReader row, int column) => Text(row, column) is { Length: > 0 } text ? text : null;

    private static bool Marked(SqliteDataReader row, JournalMarks mark) => ((JournalMarks)row.GetInt32(Cost + 2)).HasFlag(mark);

    /// <summary>Whom the provider bills, where it isn't the organization.</summary>
    private static string? Billed(SqliteDataReader row) => Marked(row, JournalMarks.Subscription) ? "subscription" : null;

    private static string Usd(SqliteDataReader row, int column) => new Money(row.GetInt64(column)).ToString();

    /// <summary>Milliseconds with their fraction; null where nothing was measured.</summary>
    private static decimal? Milliseconds(SqliteDataReader row, int column) =>
        row.GetInt64(column) is > 0 and var microseconds ? microseconds / 1000m : null;

    /// <summary>The classes that something was used of.</summary>
    private static JsonObject Used(SqliteDataReader row)
    {
        var used = new JsonObject();
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            if (row.GetInt64(Usage + i) is not 0 and var quantity)
            {
                used[UsageClassNames.All[i]] = quantity;
            }
        }

        return used;
    }
}
