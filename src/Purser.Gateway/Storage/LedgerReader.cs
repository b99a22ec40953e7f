using System.Text;
using Microsoft.Data.Sqlite;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>Journal entries, and the rows that they name, as they are stored.</summary>
internal static class LedgerReader
{
    public const int HashColumn = 12;
    public const int KeyIdColumn = 15;
    public const int AccountPathColumn = 16;
    public const int OrganizationColumn = 17;
    public const int EventSubjectColumn = 22;

    /// <summary>The journal in its order, each entry with its subject, its route and (posts and voids) its usage event.</summary>
    public const string EntriesWithEvents = """
        SELECT j.seq, j.at, j.kind, j.request, j.attempt, j.subject_id, j.route_id, j.admitted_at, j.nanos, j.tokens, j.requests,
               j.marks, j.hash, j.detail, s.hash, s.key_id, s.account_path, s.organization, s.department, s.team, s.project, s.member,
               e.subject_id, e.route_id, e.started_at, e.outcome, e.status, e.stream, e.model_served, e.provider_request_id,
               e.input, e.cache_read, e.cache_write_5m, e.cache_write_1h, e.output, e.reasoning_output, e.audio_input,
               e.audio_cache_read, e.audio_output, e.image_input, e.image_cache_read, e.image_output, e.web_search,
               e.cost_nanos, e.ceiling_nanos, e.marks, e.first_byte_us, e.duration_us, e.detail,
               r.hash, r.api, r.model_requested, r.provider, r.model, r.price_entry, r.price_book_version,
               s.end_user, s.session, s.agent, s.tags, j.input, j.cache_read, j.cache_write, j.output, j.reasoning
        FROM journal j
        LEFT JOIN subjects s ON s.id = j.subject_id
        LEFT JOIN routes r ON r.id = j.route_id
        LEFT JOIN usage_events e ON j.kind IN (2, 3) AND e.request = j.request AND e.attempt = j.attempt
        ORDER BY j.seq
        """;

    public const int RouteHashColumn = 49;
    public const int ClientColumn = 56;
    public const int MemberColumn = OrganizationColumn + 4;
    public const int SessionColumn = ClientColumn + 1;
    public const int TagsColumn = ClientColumn + 3;
    public const int ProviderColumn = RouteHashColumn + 3;
    public const int ModelColumn = RouteHashColumn + 4;
    private const int PartsColumn = 60;
    private const int StartedAtColumn = 24;
    private const int UsageColumn = 30;
    private const int CostColumn = UsageColumn + TokenUsage.ClassCount;

    /// <summary>Opens a data folder's database for reading.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It isn't one that this version can read.</exception>
    public static SqliteConnection Open(string dataDirectory)
    {
        var path = LedgerStore.FileIn(dataDirectory);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no ledger in {Path.GetFullPath(dataDirectory)}: purser.db is missing.", path);
        }

        SqliteConnection? connection = null;
        try
        {
            connection = LedgerStore.OpenReader(path);
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

    /// <summary>The entry of a row of <see cref="EntriesWithEvents"/>.</summary>
    public static JournalEntry Entry(SqliteDataReader row) =>
        new()
        {
            Seq = row.GetInt64(0),
            At = row.GetInt64(1),
            Kind = (JournalKind)row.GetInt32(2),
            Attempt = row.IsDBNull(3) ? default : new AttemptId(new Guid(row.GetFieldValue<byte[]>(3), bigEndian: true), row.GetByte(4)),
            SubjectId = row.GetInt64(5),
            RouteId = row.GetInt64(6),
            AdmittedAt = row.GetInt64(7),
            Amount = Amount(row, 8, PartsColumn),
            Marks = (JournalMarks)row.GetInt32(11),
            Detail = Bytes(row, 13),
            SubjectHash = Bytes(row, 14),
            RouteHash = Bytes(row, RouteHashColumn),
        };

    /// <summary>The usage event of a row, or null where there is none.</summary>
    public static UsageEvent? Event(SqliteDataReader row, AttemptId attempt)
    {
        if (row.IsDBNull(StartedAtColumn))
        {
            return null;
        }

        var usage = default(TokenUsage);
        for (var i = 0; i < TokenUsage.ClassCount; i++)
        {
            // A negative figure can only come from outside; any other value fails the hash as well.
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

    /// <summary>The amount in three columns and five.</summary>
    public static Amount Amount(SqliteDataReader row, int column, int parts) =>
        new(new Money(row.GetInt64(column)), row.GetInt64(column + 1), row.GetInt64(column + 2))
        {
            Parts = new TokenParts(
                row.GetInt64(parts),
                row.GetInt64(parts + 1),
                row.GetInt64(parts + 2),
                row.GetInt64(parts + 3),
                row.GetInt64(parts + 4)
            ),
        };

    /// <summary>A text with all of its characters; reading it as a string would end at a NUL.</summary>
    public static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(column));

    private static byte[] Bytes(SqliteDataReader row, int column) => row.IsDBNull(column) ? [] : row.GetFieldValue<byte[]>(column);
}
