using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Purser.Cli.Output;

/// <summary>
/// Rows and their columns, written as a table, JSON or CSV. Every listing of the command line is one of these, so that all of
/// them look and parse alike.
/// </summary>
/// <typeparam name="T">The row.</typeparam>
internal sealed class Listing<T>
{
    private static readonly JsonWriterOptions JsonOptions = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly IReadOnlyList<Column<T>> columns;
    private readonly IReadOnlyList<T> rows;

    // Apart from the total itself: a row may be a struct, whose default is a value too.
    private readonly bool hasTotal;
    private readonly T? total;

    /// <summary>A listing of rows.</summary>
    public Listing(IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows)
    {
        this.columns = columns;
        this.rows = rows;
    }

    /// <summary>A row of sums: the table's last line, and <c>total</c> in JSON. CSV leaves it out: there it would read as data.</summary>
    public T? Total
    {
        get => total;
        init
        {
            total = value;
            hasTotal = value is not null;
        }
    }

    /// <summary>What a table without rows says instead.</summary>
    public string Empty { get; init; } = "Nothing here.";

    /// <summary>Writes the listing.</summary>
    public void Write(CliContext context, ListingFormat format)
    {
        switch (format)
        {
            case ListingFormat.Json:
                WriteJson(context.Out);
                break;
            case ListingFormat.Csv:
                WriteCsv(context.Out);
                break;
            default:
                WriteTable(context);
                break;
        }
    }

    private void WriteTable(CliContext context)
    {
        if (rows.Count == 0)
        {
            context.Out.WriteLine(Empty);
            return;
        }

        // A terminal gets borders; a pipe gets plain aligned columns that grep and awk can read.
        if (context.OutIsTerminal)
        {
            WriteBordered(context.Out);
        }
        else
        {
            WritePlain(context.Out);
        }
    }

    private void WriteBordered(TextWriter output)
    {
        var shown = columns.Where(column => column.InTable).ToList();
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var column in shown)
        {
            var header = new TableColumn(new Markup($"[bold]{Markup.Escape(column.Header)}[/]")) { NoWrap = RightAligned(column) };
            table.AddColumn(RightAligned(column) ? header.RightAligned() : header);
        }

        foreach (var row in rows)
        {
            table.AddRow(shown.Select(column => new Text(Cell(column, row))));
        }

        if (hasTotal)
        {
            table.AddEmptyRow();
            table.AddRow(
                shown.Select((column, index) => new Text(TotalCell(column, total!, index), new Style(decoration: Decoration.Bold)))
            );
        }

        Terminal.Console(output).Write(table);
    }

    private void WritePlain(TextWriter output)
    {
        var shown = columns.Where(column => column.InTable).ToList();
        var lines = new List<string[]> { shown.Select(column => column.Header.ToUpperInvariant()).ToArray() };
        lines.AddRange(rows.Select(row => shown.Select(column => Cell(column, row)).ToArray()));
        if (hasTotal)
        {
            lines.Add(shown.Select((column, index) => TotalCell(column, total!, index)).ToArray());
        }

        var widths = shown.Select((_, index) => lines.Max(line => line[index].Length)).ToArray();
        foreach (var line in lines)
        {
            var cells = line.Select(
                (cell, index) => RightAligned(shown[index]) ? cell.PadLeft(widths[index]) : cell.PadRight(widths[index])
            );
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    private void WriteJson(TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonOptions))
        {
            json.WriteStartObject();
            json.WriteStartArray("data");
            foreach (var row in rows)
            {
                WriteJsonRow(json, row);
            }

            json.WriteEndArray();
            if (hasTotal)
            {
                json.WritePropertyName("total");
                WriteJsonRow(json, total!);
            }

            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private void WriteJsonRow(Utf8JsonWriter json, T row)
    {
        json.WriteStartObject();
        foreach (var column in columns)
        {
            json.WritePropertyName(column.Name);
            switch (column.Value(row))
            {
                case null:
                    json.WriteNullValue();
                    break;
                case long count:
                    json.WriteNumberValue(count);
                    break;
                case bool flag:
                    json.WriteBooleanValue(flag);
                    break;
                case var text:
                    json.WriteStringValue(text.ToString());
                    break;
            }
        }

        json.WriteEndObject();
    }

    private void WriteCsv(TextWriter output)
    {
        CsvWriter.WriteRecord(output, columns.Select(column => column.Name));
        foreach (var row in rows)
        {
            CsvWriter.WriteRecord(
                output,
                columns.Select(column =>
                {
                    var text = Plain(column.Value(row));
                    // Numbers may start with a minus sign; only free text can be a formula in disguise.
                    return column.Kind == ColumnKind.Text ? CsvWriter.NotAFormula(text) : text;
                })
            );
        }
    }

    private static bool RightAligned(Column<T> column) => column.Kind is ColumnKind.Count or ColumnKind.Exact;

    private static string Cell(Column<T> column, T row) =>
        column.Value(row) switch
        {
            bool flag => flag ? "yes" : "no",
            var value => Printable.Line(Plain(value)),
        };

    private static string TotalCell(Column<T> column, T total, int index) =>
        Cell(column, total) is { Length: > 0 } text ? text
        : index == 0 ? "total"
        : "";

    private static string Plain(object? value) =>
        value switch
        {
            null => "",
            bool flag => flag ? "true" : "false",
            IFormattable formattable => formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
}
