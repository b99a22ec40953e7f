using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Batches;
using Purser.Gateway.Evaluations;

namespace Purser.Gateway.Storage;

/// <summary>What was spent, by whom and on what, from the usage events of a store.</summary>
/// <param name="store">The store; each query uses a connection of its own.</param>
/// <param name="agreements">The contracts that spend is also reported under; null for none.</param>
public sealed class SpendQueries(LedgerStore store, Agreements? agreements = null)
{
    private readonly Agreements? agreements = agreements is { Contracts.Contracts.Count: > 0 } ? agreements : null;

    // The primary key's order, so the attempts of a request follow one another.
    private const string Attempts = """
        SELECT request, attempt, subject_id, route_id, started_at, outcome, marks, cost_nanos,
               input + cache_read + cache_write_5m + cache_write_1h + audio_input + audio_cache_read + image_input + image_cache_read
                   + video_input + video_cache_read,
               cache_read + audio_cache_read + image_cache_read + video_cache_read,
               output + reasoning_output + audio_output + image_output + video_output + citation,
               reasoning_output,
               CASE WHEN marks & 8 THEN COALESCE(json_extract(detail, '$.list_cost_nanos'), 0) ELSE 0 END,
               CASE WHEN $tiers THEN json_extract(detail, '$.service_tier') END
        FROM usage_events WHERE started_at >= $from AND started_at < $to ORDER BY request, attempt
        """;

    /// <summary>Waits until the settlements of all requests that have been answered are in the figures.</summary>
    public Task FlushAsync() => store.FlushAsync();

    /// <summary>Spend, grouped.</summary>
    /// <exception cref="ArgumentException">A dimension isn't one of <see cref="SpendDimensions"/>.</exception>
    public SpendReport Spend(SpendQuery query)
    {
        if (query.By.FirstOrDefault(dimension => !SpendDimensions.IsKnown(dimension)) is { } unknown)
        {
            throw new ArgumentException(
                $"Spend can't be grouped by '{unknown}'; it can by {string.Join(", ", SpendDimensions.Names)} and tag:NAME.",
                nameof(query)
            );
        }

        return store.Read(connection => Spend(connection, query));
    }

    /// <summary>Where the model that answered isn't the one that was asked for.</summary>
    internal IReadOnlyList<ServedRow> Served(DateTimeOffset? from, DateTimeOffset? to) =>
        store.Read(connection => ServedRow.Read(connection, From(from), To(to)));

    /// <summary>Where routing had a say.</summary>
    internal IReadOnlyList<RouteRow> Routes(DateTimeOffset? from, DateTimeOffset? to) =>
        store.Read(connection => RouteRow.Read(connection, From(from), To(to)));

    /// <summary>What was said of models' answers.</summary>
    internal IReadOnlyList<QualityRow> Quality(DateTimeOffset? from, DateTimeOffset? to) =>
        store.Read(connection => QualityRow.Read(connection, From(from), To(to)));

    /// <summary>What sessions cost whose models were the router's to choose.</summary>
    internal RoutedAttempts Routed(ModelCatalog catalog, DateTimeOffset? from, DateTimeOffset? to) =>
        store.Read(connection =>
        {
            var attempts = new RoutedAttempts(catalog);
            attempts.Take(connection, From(from), To(to));
            return attempts;
        });

    /// <summary>What each contract comes to in a span, with the periods that ended in it; none where there are no contracts.</summary>
    /// <param name="from">The first instant; null for the beginning.</param>
    /// <param name="to">The first instant after; null for no end.</param>
    public IReadOnlyList<ContractSpan> UnderContracts(DateTimeOffset? from, DateTimeOffset? to) =>
        agreements is null ? [] : store.Read(connection => new ContractReplay(agreements, from, to).Run(connection, _ => { }));

    private SpendReport Spend(SqliteConnection connection, SpendQuery query)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        var grouping = new SpendGrouping(connection, query);
        var total = new SpendSums();
        using var command = connection.CreateCommand();
        command.CommandText = Attempts;
        command.Parameters.AddWithValue("$from", From(query.From));
        command.Parameters.AddWithValue("$to", To(query.To));
        command.Parameters.AddWithValue("$tiers", grouping.UsesTier);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var subject = row.GetInt64(2);
            if (!grouping.HasTags(subject))
            {
                continue;
            }

            var marks = (JournalMarks)row.GetInt32(6);
            var attempt = new SpendEvent(
                new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true),
                row.GetInt32(1),
                row.GetInt64(8),
                row.GetInt64(9),
                row.GetInt64(10),
                row.GetInt64(11),
                row.GetInt64(7),
                marks.HasFlag(JournalMarks.Estimated),
                marks.HasFlag(JournalMarks.Unconfirmed),
                row.GetInt64(12)
            );
            grouping.SumsOf(subject, row.GetInt64(3), row.GetInt64(4), row.GetInt32(5), LedgerReader.Text(row, 13)).Add(attempt);
            total.Add(attempt);
        }

        AddAdjustments(connection, query, grouping, total);
        var contracts = agreements is null ? null : AddContracts(connection, query, grouping, total);
        return new SpendReport(query, query.By.Count == 0 ? [] : grouping.Rows, total) { Contracts = contracts };
    }

    /// <summary>What contracts make of the attempts, which follows from all of them before, whatever the query leaves out.</summary>
    private List<string> AddContracts(SqliteConnection connection, SpendQuery query, SpendGrouping grouping, SpendSums total)
    {
        var spans = new ContractReplay(agreements!, query.From, query.To).Run(
            connection,
            attempt =>
            {
                if (grouping.HasTags(attempt.Subject))
                {
                    grouping.SumsOf(attempt.Subject, attempt.Route, attempt.StartedAt, attempt.Outcome, attempt.Tier).Add(attempt.Charge);
                    total.Add(attempt.Charge);
                }
            }
        );
        return [.. spans.Select(span => span.Contract.Id)];
    }

    /// <summary>Corrections count where the attempts do that they correct.</summary>
    private static void AddAdjustments(SqliteConnection connection, SpendQuery query, SpendGrouping grouping, SpendSums total)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT e.subject_id, e.route_id, e.started_at, e.outcome, a.nanos,
                   CASE WHEN $tiers THEN json_extract(e.detail, '$.service_tier') END
            FROM adjustments a
            JOIN usage_events e ON e.request = a.request AND e.attempt = a.attempt
            WHERE e.started_at >= $from AND e.started_at < $to ORDER BY a.seq
            """;
        command.Parameters.AddWithValue("$from", From(query.From));
        command.Parameters.AddWithValue("$to", To(query.To));
        command.Parameters.AddWithValue("$tiers", grouping.UsesTier);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            if (grouping.HasTags(row.GetInt64(0)))
            {
                grouping
                    .SumsOf(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt32(3), LedgerReader.Text(row, 5))
                    .AddAdjustment(row.GetInt64(4));
                total.AddAdjustment(row.GetInt64(4));
            }
        }
    }

    /// <summary>Whether an id is that of a batch, as its provider gave it.</summary>
    /// <param name="id">Such as <c>batch_…</c> or <c>msgbatch_…</c>.</param>
    /// <param name="requestId">The request that made it.</param>
    public bool IsBatch(string id, out Guid requestId)
    {
        using var connection = store.OpenLedgerReader();
        var batch = new ObjectTable(connection).FindBatch(id);
        requestId = batch is null ? default : BatchRecord.Of(batch).RequestId;
        return batch is not null;
    }

    /// <summary>All that is known of one request, attempts under way included; null where the ledger hasn't heard of it.</summary>
    public async Task<JsonObject?> ExplainAsync(Guid requestId)
    {
        var underWay = store.Fault is null ? await store.OpenReservationsAsync(requestId) : [];
        return store.Read(connection =>
        {
            using var transaction = connection.BeginTransaction(deferred: true);
            return RequestStory.Tell(connection, requestId, underWay);
        });
    }

    /// <summary>
    /// The attempts and refusals, oldest first, as they are read. Each has a member <c>cursor</c> to go on after.
    /// </summary>
    /// <param name="from">The first instant at which a request came in; null for the beginning.</param>
    /// <param name="to">The first instant after; null for no end.</param>
    /// <param name="endUser">Only this end user's.</param>
    /// <param name="session">Only this session's.</param>
    /// <param name="after">A cursor (<c>req_….1</c>), or a request id (all its attempts were seen); null for the beginning.</param>
    /// <param name="limit">The most events; null for all.</param>
    /// <exception cref="FormatException">The cursor isn't one; thrown when the enumeration begins.</exception>
    public IEnumerable<JsonObject> Events(
        DateTimeOffset? from = null,
        DateTimeOffset? to = null,
        string? endUser = null,
        string? session = null,
        string? after = null,
        int? limit = null
    )
    {
        var (afterRequest, afterAttempt) = Cursor(after);
        using var connection = store.OpenReader();
        using var transaction = connection.BeginTransaction(deferred: true);
        var names = StoredNames.Load(connection);
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT {EventJson.Columns} {EventJson.Tables}
            WHERE (e.request, e.attempt) > ($after, $attempt) AND e.started_at >= $from AND e.started_at < $to
              AND ($user IS NULL OR s.end_user = $user) AND ($session IS NULL OR s.session = $session)
            ORDER BY e.request, e.attempt LIMIT $limit
            """;
        command.Parameters.AddWithValue("$after", afterRequest);
        command.Parameters.AddWithValue("$attempt", afterAttempt);
        command.Parameters.AddWithValue("$from", From(from));
        command.Parameters.AddWithValue("$to", To(to));
        command.Parameters.AddWithValue("$user", (object?)endUser ?? DBNull.Value);
        command.Parameters.AddWithValue("$session", (object?)session ?? DBNull.Value);
        command.Parameters.AddWithValue("$limit", limit ?? -1);
        using var row = Sound(command.ExecuteReader);
        while (Sound(row.Read))
        {
            yield return EventJson.Line(row, names);
        }
    }

    /// <summary>A step of a reading that can't begin anew, because its first rows are given away.</summary>
    private T Sound<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        catch (SqliteException damage)
        {
            throw store.EventsDamaged(damage);
        }
    }

    private static long From(DateTimeOffset? at) => at is { } instant ? JournalWriter.Microseconds(instant) : long.MinValue;

    private static long To(DateTimeOffset? at) => at is { } instant ? JournalWriter.Microseconds(instant) : long.MaxValue;

    private static (byte[] Request, int Attempt) Cursor(string? after)
    {
        if (string.IsNullOrEmpty(after))
        {
            return ([], -1);
        }

        var dot = after.IndexOf('.', StringComparison.Ordinal);
        var attempt = 255;
        if (
            !AttemptId.TryParseRequest(dot < 0 ? after : after[..dot], out var request)
            || (dot >= 0 && !int.TryParse(after.AsSpan(dot + 1), System.Globalization.CultureInfo.InvariantCulture, out attempt))
        )
        {
            throw new FormatException($"'{after}' is no cursor: it is a request id, or one with a dot and the attempt's number.");
        }

        return (request.ToByteArray(bigEndian: true), attempt);
    }
}
