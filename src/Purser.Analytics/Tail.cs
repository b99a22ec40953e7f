using DuckDB.NET.Data;
using Purser.Core.Usage;

namespace Purser.Analytics;

/// <summary>What isn't in a segment yet, in memory. Not thread-safe.</summary>
internal sealed class Tail
{
    private const long Hour = 3_600_000_000;

    private readonly DuckDBConnection connection;
    private readonly HashSet<long> subjects = [];
    private readonly HashSet<long> routes = [];

    public Tail(DuckDBConnection connection)
    {
        this.connection = connection;
        Duck.Run(connection, SegmentColumns.TailTables);
    }

    /// <summary>How many rows it has.</summary>
    public long Rows { get; private set; }

    /// <summary>The end of its first hour: the last entry of it and when that was written. Null where it isn't over, or there is none.</summary>
    /// <param name="before">The first instant whose hour isn't over, microseconds since 1970 UTC.</param>
    public (long Seq, long At)? FirstHour(long before)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            WITH first AS (SELECT (min(recorded_at) // {Hour} + 1) * {Hour} AS over FROM tail)
            SELECT max(seq), max(recorded_at) FROM tail, first WHERE recorded_at < over AND over <= $before
            """;
        command.Parameters.Add(new DuckDBParameter("before", before));
        using var row = command.ExecuteReader();
        return row.Read() && !row.IsDBNull(0) ? (row.GetInt64(0), row.GetInt64(1)) : null;
    }

    /// <summary>Takes rows.</summary>
    public void Append(IReadOnlyList<UsageRow> rows, Func<long, UsageSubject> subjectOf, Func<long, UsageRoute> routeOf)
    {
        if (rows.Count == 0)
        {
            return;
        }

        // What rows name is there before they are.
        var newSubjects = rows.Select(row => row.SubjectId).Where(subjects.Add).ToList();
        if (newSubjects.Count > 0)
        {
            using var appender = connection.CreateAppender("subjects");
            newSubjects.ForEach(id => AppendSubject(appender, id, subjectOf(id)));
        }

        var newRoutes = rows.Select(row => row.RouteId).Where(routes.Add).ToList();
        if (newRoutes.Count > 0)
        {
            using var appender = connection.CreateAppender("routes");
            newRoutes.ForEach(id => AppendRoute(appender, id, routeOf(id)));
        }

        using (var appender = connection.CreateAppender("tail"))
        {
            foreach (var row in rows)
            {
                AppendRow(appender, row);
            }
        }

        Rows += rows.Count;
    }

    /// <summary>Forgets the rows up to an entry, and what only they name.</summary>
    public void DropTo(long seq)
    {
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "DELETE FROM tail WHERE seq <= $seq";
            command.Parameters.Add(new DuckDBParameter("seq", seq));
            Rows -= command.ExecuteNonQuery();
        }

        Duck.Run(
            connection,
            """
            DELETE FROM subjects WHERE id NOT IN (SELECT subject_id FROM tail);
            DELETE FROM routes WHERE id NOT IN (SELECT route_id FROM tail);
            """
        );
        subjects.IntersectWith(Numbers("subjects"));
        routes.IntersectWith(Numbers("routes"));
    }

    private List<long> Numbers(string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id FROM {table}";
        using var row = command.ExecuteReader();
        var numbers = new List<long>();
        while (row.Read())
        {
            numbers.Add(row.GetInt64(0));
        }

        return numbers;
    }

    private static void AppendSubject(DuckDBAppender appender, long id, UsageSubject subject)
    {
        var row = appender.CreateRow();
        row.AppendValue(id).AppendValue(subject.Key).AppendValue(subject.AccountPath);
        foreach (
            var text in (string?[])
                [
                    subject.Organization,
                    subject.Department,
                    subject.Team,
                    subject.Project,
                    subject.Member,
                    subject.EndUser,
                    subject.Session,
                    subject.Agent,
                    subject.Run,
                    subject.Repository,
                    subject.Branch,
                    subject.Tags,
                ]
        )
        {
            Append(row, text);
        }

        row.EndRow();
    }

    private static void AppendRoute(DuckDBAppender appender, long id, UsageRoute route)
    {
        var row = appender.CreateRow();
        row.AppendValue(id).AppendValue(route.Api).AppendValue(route.ModelRequested);
        Append(row, route.Provider);
        Append(row, route.Model);
        Append(row, route.PriceEntry);
        row.EndRow();
    }

    private static void AppendRow(DuckDBAppender appender, UsageRow usage)
    {
        var row = appender.CreateRow();
        row.AppendValue(usage.Seq)
            .AppendValue(usage.RecordedAt)
            .AppendValue(usage.StartedAt)
            .AppendValue(usage.Request)
            .AppendValue(usage.Attempt)
            .AppendValue(usage.IsCorrection)
            .AppendValue(usage.SubjectId)
            .AppendValue(usage.RouteId)
            .AppendValue(usage.Outcome)
            .AppendValue((short)usage.Status)
            .AppendValue(usage.Stream);
        Append(row, usage.ModelServed);
        Append(row, usage.PriceEntry);
        row.AppendValue(usage.ServiceTier);
        Append(row, usage.RefusalCode);
        Append(row, usage.RouteMode);
        Append(row, usage.RoutePolicy);
        row.AppendValue(SegmentColumns.Input(usage.Usage))
            .AppendValue(SegmentColumns.Cached(usage.Usage))
            .AppendValue(usage.Usage[UsageClass.CacheWrite5m])
            .AppendValue(usage.Usage[UsageClass.CacheWrite1h])
            .AppendValue(SegmentColumns.Output(usage.Usage))
            .AppendValue(usage.Usage[UsageClass.ReasoningOutput]);
        Append(row, SegmentColumns.Others(usage.Usage));
        row.AppendValue(usage.CostNanos)
            .AppendValue(usage.NotBilledNanos)
            .AppendValue(usage.Estimated)
            .AppendValue(usage.Unconfirmed)
            .AppendValue(usage.TimeToFirstByte)
            .AppendValue(usage.Duration);
        if (usage.Repeats is { } repeats)
        {
            row.AppendValue(repeats);
        }
        else
        {
            row.AppendNullValue();
        }

        row.EndRow();
    }

    private static void Append(IDuckDBAppenderRow row, string? text)
    {
        if (text is null)
        {
            row.AppendNullValue();
        }
        else
        {
            row.AppendValue(text);
        }
    }
}
