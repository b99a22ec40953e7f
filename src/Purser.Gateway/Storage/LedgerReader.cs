using System.Text;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>A data folder as any program reads it, whether or not a gateway is running on it.</summary>
internal static class LedgerReader
{
    /// <summary>The columns that <see cref="Event"/> reads.</summary>
    public static readonly string EventColumns = $"""
        subject_id, route_id, started_at, outcome, status, stream, model_served, provider_request_id,
        {UsageNames.Columns()},
        cost_nanos, ceiling_nanos, marks, first_byte_us, duration_us, detail
        """;

    private const int StartedAtColumn = 2;
    private const int UsageColumn = 8;
    private const int CostColumn = UsageColumn + TokenUsage.ClassCount;

    /// <summary>Opens a data folder's ledger for reading, without usage events.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It isn't one that this version can read.</exception>
    public static SqliteConnection Open(string dataDirectory) => Open(dataDirectory, events: null);

    private static SqliteConnection Open(string dataDirectory, string? events)
    {
        var path = LedgerStore.FileIn(dataDirectory);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no ledger in {Path.GetFullPath(dataDirectory)}: purser.db is missing.", path);
        }

        SqliteConnection? connection = null;
        try
        {
            connection = LedgerStore.OpenReader(path, events);
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version";
            var version = (long)command.ExecuteScalar()!;
            if (version != Schema.Version)
            {
                throw new InvalidDataException($"{path} has schema {version}; this program reads {Schema.Version}.");
            }

            return connection;
        }
        catch (SqliteException exception)
        {
            connection?.Dispose();
            throw new InvalidDataException($"{path} can't be read as a ledger: {exception.Message}", exception);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>The same with the usage events of reports, where there are some that can be read.</summary>
    /// <param name="dataDirectory">The folder.</param>
    /// <param name="hasEvents">Whether there are some; whether they can be read, reading them shows.</param>
    /// <exception cref="FileNotFoundException">There is no ledger.</exception>
    /// <exception cref="InvalidDataException">It isn't one that this version can read.</exception>
    public static SqliteConnection OpenWithEvents(string dataDirectory, out bool hasEvents)
    {
        var events = EventProjection.FileIn(dataDirectory);
        hasEvents = Path.Exists(events);
        if (hasEvents)
        {
            try
            {
                return Open(dataDirectory, events);
            }
            catch (InvalidDataException)
            {
                // The ledger alone can be read, or says itself why not.
            }
        }

        return Open(dataDirectory);
    }

    /// <summary>The usage event of a row with <see cref="EventColumns"/>.</summary>
    public static UsageEvent Event(SqliteDataReader row, AttemptId attempt)
    {
        var usage = default(TokenUsage);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            // A negative figure can only come from outside.
            usage[(UsageClass)i] = Math.Max(0, row.GetInt64(UsageColumn + i));
        }

        return new UsageEvent
        {
            Attempt = attempt,
            StartedAt = row.GetInt64(StartedAtColumn),
            Outcome = (Outcome)row.GetInt32(StartedAtColumn + 1),
            Status = row.GetInt32(StartedAtColumn + 2),
            Stream = row.GetInt64(StartedAtColumn + 3) != 0,
            ModelServed = Text(row, StartedAtColumn + 4),
            ProviderRequestId = Text(row, StartedAtColumn + 5),
            Usage = usage,
            Cost = new Money(row.GetInt64(CostColumn)),
            Ceiling = new Money(row.GetInt64(CostColumn + 1)),
            Marks = (JournalMarks)row.GetInt32(CostColumn + 2),
            TimeToFirstByte = row.GetInt64(CostColumn + 3),
            Duration = row.GetInt64(CostColumn + 4),
            Detail = Text(row, CostColumn + 5),
        };
    }

    /// <summary>A text with all of its characters; reading it as a string would end at a NUL.</summary>
    public static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(column));
}
