using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
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
/// Money is in dollars with nine decimals, times are ISO 8601 in UTC, durations are microseconds.
/// </summary>
public static class LedgerExport
{
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
        ("key_id", row => row.Text(LedgerReader.KeyIdColumn)),
        ("account_ids", row => row.Text(LedgerReader.AccountPathColumn)),
        ("organization_id", row => row.Text(LedgerReader.OrganizationColumn)),
        ("department_id", row => row.Text(LedgerReader.OrganizationColumn + 1)),
        ("team_id", row => row.Text(LedgerReader.OrganizationColumn + 2)),
        ("project_id", row => row.Text(LedgerReader.OrganizationColumn + 3)),
        ("member_id", row => row.Text(LedgerReader.OrganizationColumn + 4)),
        ("end_user", row => row.Text(LedgerReader.ClientColumn)),
        ("session", row => row.Text(LedgerReader.ClientColumn + 1)),
        ("agent", row => row.Text(LedgerReader.ClientColumn + 2)),
        ("tags", row => row.Text(LedgerReader.ClientColumn + 3)),
        ("api", row => row.Text(LedgerReader.RouteHashColumn + 1)),
        ("model_requested", row => row.Text(LedgerReader.RouteHashColumn + 2)),
        ("provider", row => row.Text(LedgerReader.RouteHashColumn + 3)),
        ("model", row => row.Text(LedgerReader.RouteHashColumn + 4)),
        ("price_entry", row => row.Text(LedgerReader.RouteHashColumn + 5)),
        ("price_book_version", row => row.Text(LedgerReader.RouteHashColumn + 6)),
        ("started_at", row => row.Event is { } usage ? Time(usage.StartedAt) : null),
        ("outcome", row => row.Event is { } usage ? UsageNames.Of(usage.Outcome) : null),
        ("status", row => (long?)row.Event?.Status),
        ("stream", row => row.Event?.Stream),
        ("model_served", row => row.Event?.ModelServed),
        ("provider_request_id", row => row.Event?.ProviderRequestId),
        .. Enumerable
            .Range(0, TokenUsage.ClassCount)
            .Select(i => (UsageNames.Of((UsageClass)i), (Func<Row, object?>)(row => row.Event?.Usage[(UsageClass)i]))),
        ("cost_usd", row => row.Event?.Cost.ToString()),
        ("ceiling_usd", row => row.Event?.Ceiling.ToString()),
        ("first_byte_us", row => row.Event?.TimeToFirstByte),
        ("duration_us", row => row.Event?.Duration),
        ("change", row => row.IsControl ? Encoding.UTF8.GetString(row.Entry.Detail.Span) : null),
        ("hash", row => Convert.ToHexStringLower(row.Hash)),
    ];

    /// <summary>Writes every entry of a data folder's journal, as of one moment.</summary>
    /// <exception cref="FileNotFoundException">There is no ledger in the folder.</exception>
    /// <exception cref="InvalidDataException">The file is no database that this version can read.</exception>
    public static void Write(string dataDirectory, TextWriter writer, ExportFormat format)
    {
        using var connection = LedgerReader.Open(dataDirectory);
        using var transaction = connection.BeginTransaction(deferred: true);
        using var command = connection.CreateCommand();
        command.CommandText = LedgerReader.EntriesWithEvents;
        using var reader = command.ExecuteReader();
        if (format == ExportFormat.Csv)
        {
            writer.Write(string.Join(',', Columns.Select(column => column.Name)));
            writer.Write('\n');
        }

        using var buffer = new MemoryStream();
        while (reader.Read())
        {
            var entry = LedgerReader.Entry(reader);
            var row = new Row(reader, entry, LedgerReader.Event(reader, entry.Attempt));
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
            var text = value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            writer.Write(text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        }
    }

    private static bool? Mark(Row row, JournalMarks mark) => row.Event is null ? null : row.Entry.Marks.HasFlag(mark);

    private static string Time(long microseconds) => UsageNames.Time(microseconds);

    private static string Lower(JournalKind kind) => kind.ToString().ToLowerInvariant();

    private readonly record struct Row(SqliteDataReader Reader, JournalEntry Entry, UsageEvent? Event)
    {
        public bool IsControl => Entry.Kind == JournalKind.Control;

        public byte[] Hash => Reader.GetFieldValue<byte[]>(LedgerReader.HashColumn);

        public string? Text(int column) => LedgerReader.Text(Reader, column);
    }
}
