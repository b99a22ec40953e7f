using System.Globalization;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Gateway.Analytics;

namespace Purser.Gateway.Storage;

/// <summary>
/// The rows of a report, with the names that people know. Sums come by the ids that the analytics store has; what contracts make of attempts
/// comes attempt by attempt: its values are worked out once for each combination of what the attempt names (subject, route, time, outcome).
/// </summary>
internal sealed class SpendGrouping
{
    // No clock changes at another instant than a quarter of an hour.
    private const long Quarter = 900_000_000;
    private const long Hour = 3_600_000_000;
    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private readonly SpendQuery query;
    private readonly StoredNames names;
    private readonly Dictionary<(long Subject, long Route, long Time, int Outcome, string Tier), SpendRow> rows = [];
    private readonly Dictionary<string, SpendRow> merged = new(StringComparer.Ordinal);
    private readonly Lazy<Dictionary<long, (string?[] Columns, Dictionary<string, string> Tags)>> subjects;
    private readonly Lazy<Dictionary<long, string?[]>> routes;
    private readonly bool usesSubject;
    private readonly bool usesRoute;
    private readonly bool usesOutcome;
    private readonly bool usesTier;
    private readonly bool usesDay;
    private readonly bool usesHour;
    private readonly Dictionary<long, long> dayOfQuarter = [];

    public SpendGrouping(SqliteConnection connection, SpendQuery query)
    {
        this.query = query;
        names = StoredNames.Load(connection);
        usesRoute = query.By.Any(dimension => dimension is "provider" or "model" or "model_requested");
        usesOutcome = query.By.Contains("outcome");
        usesTier = query.By.Contains("service_tier");
        usesDay = query.By.Contains("day");
        usesHour = query.By.Contains("hour");
        usesSubject = query.By.Any(dimension =>
            dimension is not ("provider" or "model" or "model_requested" or "day" or "hour" or "outcome" or "service_tier")
        );
        subjects = new(() => ReadSubjects(connection));
        routes = new(() => ReadRoutes(connection));
    }

    /// <summary>The rows, the most expensive first; equal ones in the order of their values.</summary>
    public IReadOnlyList<SpendRow> Rows =>
        [
            .. merged
                .OrderByDescending(pair => pair.Value.Sums.CostNanos)
                .ThenByDescending(pair => pair.Value.Sums.Requests)
                .ThenBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => pair.Value),
        ];

    /// <summary>Whether a subject carries the tags that the query asks for.</summary>
    public bool HasTags(long subject) =>
        query.Tags.Count == 0
        || (
            subjects.Value.TryGetValue(subject, out var found)
            && query.Tags.All(tag => found.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value)
        );

    /// <summary>The sums that an attempt belongs to.</summary>
    /// <param name="subject">Whom it was for.</param>
    /// <param name="route">Where it went.</param>
    /// <param name="startedAt">When its request came in.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="tier">The service tier that it was billed on, null for the standard one.</param>
    public SpendSums SumsOf(long subject, long route, long startedAt, int outcome, string? tier)
    {
        tier = JournalRows.TierOf(tier);
        var time = usesHour ? Floor(startedAt, Hour) : 0;
        var key = (usesSubject ? subject : 0, usesRoute ? route : 0, time, usesOutcome ? outcome : -1, usesTier ? tier : "");
        if (usesDay)
        {
            // The day is part of the key even beside the hour: in zones with half hours, one hour is in two days.
            key.Item3 = (time * 8) + DayOf(startedAt);
        }

        if (!rows.TryGetValue(key, out var row))
        {
            var values = query.By.Select(dimension => ValueOf(dimension, subject, route, startedAt, outcome, tier)).ToArray();
            rows[key] = row = RowOf(values);
        }

        return row.Sums;
    }

    /// <summary>The sums of a row.</summary>
    /// <param name="values">The values that the analytics store has for it, in the query's order.</param>
    public SpendSums SumsOf(IReadOnlyList<object?> values) =>
        RowOf([.. query.By.Select((dimension, i) => NameOf(dimension, values[i]))]).Sums;

    private SpendRow RowOf(string?[] values)
    {
        var text = string.Join('\u001f', values.Select(value => value is null ? "" : "=" + value));
        return merged.TryGetValue(text, out var row) ? row : merged[text] = new SpendRow(values, new SpendSums());
    }

    private string? NameOf(string dimension, object? value) =>
        (dimension, value) switch
        {
            ("day", long time) => DayName(query.TimeZone.Id == TimeZoneInfo.Utc.Id ? time : DayOf(time * Quarter)),
            ("hour", long time) => HourName(time * Hour),
            ("key", string id) => names.Key(id),
            ("organization" or "department" or "team" or "project" or "member", string id) => names.Account(id),
            ("account", string ids) => names.PathOf(ids),
            _ => (string?)value,
        };

    private string? ValueOf(string dimension, long subject, long route, long startedAt, int outcome, string tier) =>
        dimension switch
        {
            "day" => DayName(DayOf(startedAt)),
            "hour" => HourName(Floor(startedAt, Hour)),
            "outcome" => UsageNames.Of((Outcome)outcome),
            "service_tier" => tier,
            "provider" => NotEmpty(Column(routes.Value, route, 0)),
            "model" => NotEmpty(Column(routes.Value, route, 1)),
            "model_requested" => NotEmpty(Column(routes.Value, route, 2)),
            _ => OfSubject(dimension, subject),
        };

    private string? OfSubject(string dimension, long id)
    {
        if (!subjects.Value.TryGetValue(id, out var subject))
        {
            return null;
        }

        return dimension switch
        {
            "key" => names.Key(subject.Columns[0]!),
            "organization" => names.Account(subject.Columns[1]),
            "department" => names.Account(subject.Columns[2]),
            "team" => names.Account(subject.Columns[3]),
            "project" => names.Account(subject.Columns[4]),
            "member" => names.Account(subject.Columns[5]),
            "session" => subject.Columns[6],
            "end_user" => subject.Columns[7],
            "agent" => subject.Columns[8],
            "run" => subject.Columns[9] ?? subject.Columns[6],
            "repository" => subject.Columns[10],
            "branch" => subject.Columns[11],
            _ => subject.Tags.GetValueOrDefault(dimension[SpendDimensions.TagPrefix.Length..]),
        };
    }

    private static string DayName(long day) =>
        DateOnly.FromDayNumber((int)day + Epoch).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string HourName(long at) =>
        JournalWriter.FromMicroseconds(at).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The day in the query's time zone, since 1970.</summary>
    private long DayOf(long startedAt)
    {
        var quarter = Floor(startedAt, Quarter);
        if (!dayOfQuarter.TryGetValue(quarter, out var day))
        {
            var local = TimeZoneInfo.ConvertTime(JournalWriter.FromMicroseconds(quarter), query.TimeZone);
            dayOfQuarter[quarter] = day = DateOnly.FromDateTime(local.DateTime).DayNumber - Epoch;
        }

        return day;
    }

    private static long Floor(long value, long step) => value - (((value % step) + step) % step);

    private static string? Column(Dictionary<long, string?[]> rows, long id, int column) => rows.GetValueOrDefault(id)?[column];

    private static string? NotEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static Dictionary<long, (string?[], Dictionary<string, string>)> ReadSubjects(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT id, key_id, organization, department, team, project, member, session, end_user, agent, run, repository, branch, tags FROM subjects";
        using var row = command.ExecuteReader();
        var found = new Dictionary<long, (string?[], Dictionary<string, string>)>();
        while (row.Read())
        {
            var columns = Enumerable.Range(1, 12).Select(column => LedgerReader.Text(row, column)).ToArray();
            found[row.GetInt64(0)] = (columns, TagsOf(row.GetString(13)));
        }

        return found;
    }

    private static Dictionary<long, string?[]> ReadRoutes(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, provider, model, model_requested FROM routes";
        using var row = command.ExecuteReader();
        var found = new Dictionary<long, string?[]>();
        while (row.Read())
        {
            found[row.GetInt64(0)] = [.. Enumerable.Range(1, 3).Select(column => LedgerReader.Text(row, column))];
        }

        return found;
    }

    /// <summary>The tags in the form that subjects are stored in.</summary>
    internal static Dictionary<string, string> TagsOf(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                tags[line[..equals]] = line[(equals + 1)..];
            }
        }

        return tags;
    }
}
