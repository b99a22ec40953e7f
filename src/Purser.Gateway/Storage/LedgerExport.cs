using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Core.Ledger;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>The form of an export.</summary>
public enum ExportFormat
{
    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>Comma-separated values with a heading (RFC 4180, lines end in a line feed).</summary>
    Csv,
}

/// <summary>
/// Writes the journal with all that its entries name, one row an entry. Column names are stable; new ones are added at the end.
/// Money is in dollars with nine decimals, and up to fifteen under contracts, times are ISO 8601 in UTC, durations are microseconds.
/// </summary>
public static class LedgerExport
{
    // The classes that there were at first stand in the middle; later ones came at the end.
    private const int FirstClasses = (int)UsageClass.WebSearch + 1;

    // A client can write what it likes there.
    private static readonly string[] ClientsWords =
    [
        "end_user",
        "session",
        "agent",
        "tags",
        "run",
        "repository",
        "branch",
        "model_requested",
    ];

    private static readonly (string Name, Func<Row, object?> Value)[] Columns =
    [
        ("seq", row => row.Entry.Seq),
        ("at", row => Time(row.Entry.At)),
        ("kind", row => Lower(row.Entry.Kind)),
        ("request_id", row => row.IsControl ? null : row.Entry.Attempt.RequestName),
        ("attempt", row => row.IsControl ? null : (long)row.Entry.Attempt.Attempt),
        ("admitted_at", row => row.IsControl ? null : Time(row.Entry.AdmittedAt)),
        ("usd", row => row.IsControl ? null : row.Entry.Amount.Cost.ToString()),
        ("tokens", row => row.IsControl ? null : row.Entry.Amount.Tokens),
        ("requests", row => row.IsControl ? null : row.Entry.Amount.Requests),
        ("estimated", row => Mark(row, JournalMarks.Estimated)),
        ("unconfirmed", row => Mark(row, JournalMarks.Unconfirmed)),
        ("overage", row => Mark(row, JournalMarks.Overage)),
        ("key_id", row => row.Subject?.KeyId),
        ("account_ids", row => row.Subject?.AccountPath),
        ("organization_id", row => row.Subject?.Account(AccountKind.Organization)),
        ("department_id", row => row.Subject?.Account(AccountKind.Department)),
        ("team_id", row => row.Subject?.Account(AccountKind.Team)),
        ("project_id", row => row.Subject?.Account(AccountKind.Project)),
        ("member_id", row => row.Subject?.Account(AccountKind.Member)),
        ("end_user", row => row.Subject?.EndUser),
        ("session", row => row.Subject?.Session),
        ("agent", row => row.Subject?.Agent),
        ("tags", row => row.Subject?.Tags),
        ("api", row => row.Route?.Api),
        ("model_requested", row => row.Route?.ModelRequested),
        ("provider", row => row.Route?.Provider),
        ("model", row => row.Route?.Model),
        ("price_entry", row => row.Route?.PriceEntry),
        ("price_book_version", row => row.Route?.PriceBookVersion),
        ("started_at", row => row.Entry.Event is { } usage ? Time(usage.StartedAt) : null),
        ("outcome", row => row.Entry.Event is { } usage ? UsageNames.Of(usage.Outcome) : null),
        ("status", row => (long?)row.Entry.Event?.Status),
        ("stream", row => row.Entry.Event?.Stream),
        ("model_served", row => row.Entry.Event?.ModelServed),
        ("provider_request_id", row => row.Entry.Event?.ProviderRequestId),
        .. Classes(0, FirstClasses),
        ("cost_usd", row => row.Entry.Event?.Cost.ToString()),
        ("ceiling_usd", row => row.Entry.Event?.Ceiling.ToString()),
        ("first_byte_us", row => row.Entry.Event?.TimeToFirstByte),
        ("duration_us", row => row.Entry.Event?.Duration),
        ("change", row => row.Entry.Text),
        ("hash", row => Convert.ToHexStringLower(row.Hash)),
        .. Classes(FirstClasses, TokenUsage.ClassCount),
        ("list_cost_usd", row => row.Agreed?.ListUsd),
        ("contracted_cost_usd", row => row.Agreed?.ContractedUsd),
        ("effective_cost_usd", row => row.Agreed?.EffectiveUsd),
        ("billed", row => Mark(row, JournalMarks.Subscription) == true ? "subscription" : null),
        ("run", row => row.Subject?.Run ?? row.Subject?.Session),
        ("repository", row => row.Subject?.Repository),
        ("branch", row => row.Subject?.Branch),
    ];

    /// <summary>Writes every entry of a data folder's journal, as of one moment.</summary>
    /// <param name="dataDirectory">The folder.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="format">The form.</param>
    /// <param name="agreements">The contracts that the last columns are of; null leaves these empty.</param>
    /// <exception cref="FileNotFoundException">There is no ledger in the folder.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no database that this version can read; or there are contracts, and no usage events to work them out from.
    /// </exception>
    public static void Write(string dataDirectory, TextWriter writer, ExportFormat format, Agreements? agreements = null)
    {
        using var connection = agreements is null ? LedgerReader.Open(dataDirectory) : AgreedCosts.Open(dataDirectory);
        using var transaction = connection.BeginTransaction(deferred: true);
        var agreed = agreements is null ? null : AgreedCosts.Read(connection, agreements);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, body, hash FROM journal ORDER BY seq";
        using var reader = command.ExecuteReader();
        var definitions = new Definitions(connection);
        if (format == ExportFormat.Csv)
        {
            writer.Write(string.Join(',', Columns.Select(column => column.Name)));
            writer.Write('\n');
        }

        using var buffer = new MemoryStream();
        while (reader.Read())
        {
            var entry = JournalCodec.Read(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
            var row = new Row(
                entry,
                entry.SubjectId == 0 ? null : definitions.Subject(entry.SubjectId),
                entry.RouteId == 0 ? null : definitions.Route(entry.RouteId),
                reader.GetFieldValue<byte[]>(2),
                agreed?.Of(entry)
            );
            if (format == ExportFormat.Csv)
            {
                WriteCsv(writer, row);
            }
            else
            {
                buffer.SetLength(0);
                WriteJson(buffer, row);
                writer.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
            }

            writer.Write('\n');
        }
    }

    private static IEnumerable<(string Name, Func<Row, object?> Value)> Classes(int from, int to) =>
        Enumerable
            .Range(from, to - from)
            .Select(i => (UsageClassNames.All[i], (Func<Row, object?>)(row => row.Entry.Event?.Usage[(UsageClass)i])));

    private static void WriteJson(MemoryStream buffer, Row row)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var (name, value) in Columns)
        {
            switch (value(row))
            {
                case long number:
                    json.WriteNumber(name, number);
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                case string text:
                    json.WriteString(name, text);
                    break;
                default:
                    json.WriteNull(name);
                    break;
            }
        }

        json.WriteEndObject();
    }

    private static void WriteCsv(TextWriter writer, Row row)
    {
        for (var i = 0; i < Columns.Length; i++)
        {
            if (i > 0)
            {
                writer.Write(',');
            }

            var value = Columns[i].Value(row);
            var written = value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            var text = ClientsWords.Contains(Columns[i].Name) ? NotAFormula(written) : written;
            writer.Write(text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        }
    }

    /// <summary>What a spreadsheet would run as a formula gets an apostrophe in front, which it takes as "this is text".</summary>
    private static string NotAFormula(string text) => text is ['=' or '+' or '-' or '@' or '\t', ..] ? "'" + text : text;

    private static bool? Mark(Row row, JournalMarks mark) => row.Entry.Event is null ? null : row.Entry.Marks.HasFlag(mark);

    private static string Time(long microseconds) => UsageNames.Time(microseconds);

    private static string Lower(JournalKind kind) => kind.ToString().ToLowerInvariant();

    private sealed record Row(JournalEntry Entry, StoredSubject? Subject, StoredRoute? Route, byte[] Hash, AgreedCost? Agreed)
    {
        /// <summary>Whether it's about no attempt.</summary>
        public bool IsControl => Entry.Attempt == default;
    }
}
