using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>An attempt that used something, as its usage event has it.</summary>
/// <param name="Request">The request's id (<c>req_…</c>).</param>
/// <param name="At">When it came in.</param>
/// <param name="Run">The run or session that the client named; null where it named none.</param>
/// <param name="Agent">The agent that it named.</param>
/// <param name="Provider">The provider of the price entry that it was charged by.</param>
/// <param name="Model">The model of that entry.</param>
/// <param name="ProviderRequestId">The provider's own id of it.</param>
/// <param name="Terms">On what terms it was served.</param>
/// <param name="Usage">What it used.</param>
public sealed record LedgerCall(
    string Request,
    DateTimeOffset At,
    string? Run,
    string? Agent,
    string Provider,
    string Model,
    string? ProviderRequestId,
    PricingTerms Terms,
    TokenUsage Usage
);

/// <summary>Reads the calls of a data folder from the usage events that reports are made of, whether or not a gateway is running on it.</summary>
public static class LedgerCalls
{
    private const int FirstClass = 10;

    private static readonly string Calls = $"""
        SELECT e.request, e.attempt, e.started_at, COALESCE(s.run, s.session), s.agent, COALESCE(json_extract(e.detail, '$.price_entry'), r.price_entry),
               e.provider_request_id,
               json_extract(e.detail, '$.service_tier'), json_extract(e.detail, '$.inference_geo'), json_extract(e.detail, '$.speed'),
               {UsageNames.Columns("e.")}
        FROM usage_events e JOIN subjects s ON s.id = e.subject_id JOIN routes r ON r.id = e.route_id
        WHERE e.attempt > 0 AND r.price_entry <> '' ORDER BY e.started_at, e.request, e.attempt
        """;

    /// <summary>The calls, oldest first. The folder is only read.</summary>
    /// <param name="dataDirectory">The folder.</param>
    /// <exception cref="FileNotFoundException">There is no ledger in it.</exception>
    /// <exception cref="InvalidDataException">It can't be read, or has no usage events that can be.</exception>
    public static IReadOnlyList<LedgerCall> Read(string dataDirectory)
    {
        using var connection = LedgerReader.OpenWithEvents(dataDirectory, out var hasEvents);
        if (!hasEvents)
        {
            throw new InvalidDataException(
                "There are no usage events (events.db), which calls are read from. A gateway that is started on the folder makes them."
            );
        }
        try
        {
            using var transaction = connection.BeginTransaction(deferred: true);
            using var command = connection.CreateCommand();
            command.CommandText = Calls;
            using var row = command.ExecuteReader();
            var calls = new List<LedgerCall>();
            while (row.Read())
            {
                if (Of(row) is { } call)
                {
                    calls.Add(call);
                }
            }
            return calls;
        }
        catch (SqliteException damage)
        {
            throw new InvalidDataException(
                $"The usage events (events.db) can't be read ({damage.Message}). A gateway that is started on the folder makes them anew.",
                damage
            );
        }
    }

    private static LedgerCall? Of(SqliteDataReader row)
    {
        var usage = default(TokenUsage);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            usage[(UsageClass)i] = Math.Max(0, row.GetInt64(FirstClass + i));
        }
        if (usage == default)
        {
            return null;
        }
        var entry = PriceEntryName.Of(row.GetString(5));
        return new(
            new AttemptId(new Guid(row.GetFieldValue<byte[]>(0), bigEndian: true), row.GetByte(1)).RequestName,
            JournalWriter.FromMicroseconds(row.GetInt64(2)),
            LedgerReader.Text(row, 3),
            LedgerReader.Text(row, 4),
            entry.Provider,
            entry.Model,
            LedgerReader.Text(row, 6),
            new(LedgerReader.Text(row, 7), LedgerReader.Text(row, 8), LedgerReader.Text(row, 9)),
            usage
        );
    }
}
