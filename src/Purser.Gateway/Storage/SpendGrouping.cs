using System.Globalization;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;

namespace Purser.Gateway.Storage;

/// <summary>
/// Puts attempts into the rows of a report. The values of a row are worked out once for each combination of what the attempt
/// names (subject, route, time, outcome), and not once an attempt.
/// </summary>
internal sealed class SpendGrouping
{
    // No clock changes at another instant than a quarter of an hour.
    private const long Quarter = 900_000_000;
    private const long Hour = 3_600_000_000;

    // Providers have several names for it.
    private const string Standard = "standard";

    private readonly SpendQuery query;
    private readonly StoredNames names;
    private readonly Dictionary<(long Subject, long Route, long Time, int Outcome, string Tier), SpendRow> rows = [];
    private readonly Dictionary<string, SpendRow> merged = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (string?[] Columns, Dictionary<string, string> Tags)> subjects;
    private readonly Dictionary<long, string?[]> routes;
    private readonly bool usesSubject;
    private readonly bool usesRoute;
    private readonly bool usesOutcome;
    private readonly bool usesDay;
    private readonly bool usesHour;
    private readonly Dictionary<long, long> dayOfQuarter = [];

    public SpendGrouping(SqliteConnection connection, SpendQuery query)
    {
        this.query = query;
        names = StoredNames.Load(connection);
        usesRoute = query.By.Any(dimension => dimension is "provider" or "model" or "model_requested");
        usesOutcome = query.By.Contains("outcome");
        UsesTier = query.By.Contains("service_tier");
        usesDay = query.By.Contains("day");
        usesHour = query.By.Contains("hour");
        usesSubject = query.By.Any(dimension =>
            dimension is not ("provider" or "model" or "model_requested" or "day" or "hour" or "outcome" or "service_tier")
        );
        subjects = usesSubject || query.Tags.Count > 0 ? ReadSubjects(connection) : [];
        routes = usesRoute ? ReadRoutes(connection) : [];
    }

    /// <summary>Whether the service tier of an attempt matters.</summary>
    public bool UsesTier { get; }

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
            subjects.TryGetValue(subject, out var found)
            && query.Tags.All(tag => found.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value)
        );

    /// <summary>The sums that an attempt belongs to.</summary>
    /// <param name="subject">Whom it was for.</param>
    /// <param name="route">Where it went.</param>
    /// <param name="startedAt">When its request came in.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="tier">The service tier that it was billed on, where <see cref="UsesTier"/>; null for the standard one.</param>
    public SpendSums SumsOf(long subject, long route, long startedAt, int outcome, string? tier)
    {
        tier = tier is null or "" or "default" or "auto" ? Standard : tier;
        var time = usesHour ? Floor(startedAt, Hour) : 0;
        var key = (usesSubject ? subject : 0, usesRoute ? route : 0, time, usesOutcome ? outcome : -1, UsesTier ? tier : Standard);
        if (usesDay)
        {
            // The day is part of the key even beside the hour: in zones with half hours, one hour is in two days.
            key.Item3 = (time * 8) + DayOf(startedAt);
        }

        if (!rows.TryGetValue(key, out var row))
        {
            var values = query.By.Select(dimension => ValueOf(dimension, subject, route, startedAt, outcome, tier)).ToArray();
            var text = string.Join('\u001f', values.Select(value => value is null ? "" : "=" + value));
            if (!merged.TryGetValue(text, out row))
            {
                merged[text] = row = new SpendRow(values, new SpendSums());
            }

            rows[key] = row;
        }

        return row.Sums;
    }

    private string? ValueOf(string dimension, long subject, long route, long startedAt, int outcome, string tier) =>
        dimension switch
        {
            "day" => DateOnly.FromDayNumber((int)DayOf(startedAt)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "hour" => JournalWriter
                .FromMicroseconds(Floor(startedAt, Hour))
                .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            "outcome" => UsageNames.Of((Outcome)outcome),
            "service_tier" => tier,
            "provider" => NotEmpty(Column(routes, route, 0)),
            "model" => NotEmpty(Column(routes, route, 1)),
            "model_requested" => NotEmpty(Column(routes, route, 2)),
            _ => OfSubject(dimension, subject),
        };

    private string? OfSubject(string dimension, long id)
    {
        if (!subjects.TryGetValue(id, out var subject))
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

    private long DayOf(long startedAt)
    {
        var quarter = Floor(startedAt, Quarter);
        if (!dayOfQuarter.TryGetValue(quarter, out var day))
        {
            var local = TimeZoneInfo.ConvertTime(JournalWriter.FromMicroseconds(quarter), query.TimeZone);
            dayOfQuarter[quarter] = day = DateOnly.FromDateTime(local.DateTime).DayNumber;
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
