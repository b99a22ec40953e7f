using System.Globalization;
using Purser.Cli.Output;
using Purser.Core.Pricing.Audit;

namespace Purser.Cli.Audit;

/// <summary>An audit for people: a table, then what was found, the money first.</summary>
internal static class AuditText
{
    private const int Width = 100;
    private const int Shown = 10;

    private static readonly (FindingKind Kind, string Heading)[] Headings =
    [
        (FindingKind.Above, "Billed above the book"),
        (FindingKind.Below, "Billed below the book"),
        (FindingKind.Unexplained, "Billed and not used, or used and not billed"),
        (FindingKind.Open, "Not compared, or only within a range"),
        (FindingKind.Saving, "Could be saved, each at most and by itself: they overlap, so don't add them up"),
    ];

    /// <summary>The columns of a table for people.</summary>
    public static IReadOnlyList<Column<AuditRow>> Columns(bool byDay) =>
        [
            Column.Text<AuditRow>("provider", row => row.Provider),
            Column.Text<AuditRow>("model", row => row.Model),
            .. byDay ? [Column.Text<AuditRow>("day", row => Day(row.From))] : (IReadOnlyList<Column<AuditRow>>)[],
            Column.Exact<AuditRow>("requests", row => Count(row.Requests)),
            Column.Exact<AuditRow>("input", row => Count(row.Usage.InputTokens)),
            Column.Exact<AuditRow>("cached", row => Count(row.Usage.CachedInputTokens)),
            Column.Exact<AuditRow>("output", row => Count(row.Usage.OutputTokens)),
            Column.Exact<AuditRow>("billed", row => row.Billed is { } billed ? Dollars(billed) : null),
            Column.Exact<AuditRow>("by_the_book", Book),
            Column.Exact<AuditRow>("difference", row => row.Difference is { } difference ? Signed(difference) : null),
        ];

    /// <summary>Writes what was read, the table, the findings, and what couldn't be read.</summary>
    public static void Write(CliContext context, AuditReport report, ExportReading reading, string bookVersion, bool byDay)
    {
        var rows = report.Rows;
        if (rows.Count > 0)
        {
            context.Out.WriteLine(
                $"{Printable.Line(string.Join(", ", reading.Kinds))}: {Count(reading.Read) ?? "0"} rows, {Day(rows.Min(row => row.From))} to "
                    + $"{Day(rows.Max(row => row.To))} (UTC), USD. Price book {bookVersion}."
            );
        }
        new Listing<AuditRow>(Columns(byDay), rows)
        {
            Empty = "There is nothing to compare.",
            Total = rows.Count > 1 ? Total(rows) : null,
        }.Write(context, ListingFormat.Table);
        foreach (var (kind, heading) in Headings)
        {
            WriteFindings(context.Out, heading, [.. report.Findings.Where(finding => finding.Kind == kind)]);
        }
        foreach (var (why, count) in reading.LeftOut)
        {
            context.Out.WriteLine($"Left out: {Count(count)} {why}.");
        }
    }

    /// <summary>The sum of all rows.</summary>
    public static AuditRow Total(IReadOnlyList<AuditRow> rows) =>
        rows.Aggregate((sum, row) => sum.Plus(row)) with
        {
            Provider = "",
            Model = "",
        };

    /// <summary>Says on the error stream what couldn't be read.</summary>
    public static void WriteUnreadable(TextWriter error, ExportReading reading)
    {
        if (reading.UnreadableCount == 0)
        {
            return;
        }
        error.WriteLine($"purser: {Count(reading.UnreadableCount)} rows could not be read, and are in no figure:");
        foreach (var row in reading.Unreadable.Take(Shown))
        {
            error.WriteLine($"  {Printable.Line($"{row.File}, {row.Where}: {row.Why}")}");
        }
        if (reading.UnreadableCount > Shown)
        {
            error.WriteLine("  `--list unreadable` lists them.");
        }
    }

    /// <summary>An amount without a rounding error, for programs.</summary>
    public static string? Exact(decimal? amount) => amount?.ToString("0.############################", CultureInfo.InvariantCulture);

    /// <summary>A day.</summary>
    public static string Day(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    private static void WriteFindings(TextWriter output, string heading, IReadOnlyList<Finding> findings)
    {
        if (findings.Count == 0)
        {
            return;
        }
        var sum = findings[0].Kind is FindingKind.Above or FindingKind.Below
            ? $": ${Dollars(findings.Sum(finding => finding.Usd ?? 0m))}"
            : "";
        output.WriteLine();
        output.WriteLine(heading + sum);
        var width = findings.Max(finding => Amount(finding).Length);
        // What to do is said once for all that it is about.
        foreach (var alike in findings.GroupBy(finding => (finding.Name, finding.Action)))
        {
            output.WriteLine($"  {alike.Key.Name}");
            foreach (var finding in alike)
            {
                var about = finding.Subject is null ? finding.Provider : $"{finding.Provider}/{finding.Subject}";
                WriteWrapped(output, $"    {Amount(finding).PadLeft(width)}  ", $"{about}: {finding.Evidence}");
            }
            WriteWrapped(output, $"    {"→".PadLeft(width)}  ", alike.Key.Action);
        }
    }

    private static void WriteWrapped(TextWriter output, string start, string text)
    {
        var line = start;
        foreach (var word in Printable.Line(text).Split(' '))
        {
            if (line.Length > start.Length && line.Length + word.Length + 1 > Width)
            {
                output.WriteLine(line);
                line = new string(' ', start.Length);
            }
            line += line.Length == start.Length ? word : " " + word;
        }
        output.WriteLine(line);
    }

    private static string Amount(Finding finding) => finding.Usd is { } usd ? "$" + Dollars(usd) : "";

    private static string? Book(AuditRow row) =>
        row.Book is not { } book
            ? (row.IsPartlyUnpriced ? "no price" : null)
            : (book.IsExact ? Dollars(book.Low) : $"{Dollars(book.Low)} … {Dollars(book.High)}")
                + (row.IsPartlyUnpriced ? " + unpriced" : "");

    private static string Signed(decimal amount) => amount > 0m ? "+" + Dollars(amount) : Dollars(amount);

    // Cents, but for what is less than one.
    private static string Dollars(decimal amount) =>
        Math.Abs(amount) >= 0.01m || amount == 0m ? amount.ToString("N2", CultureInfo.InvariantCulture)
        : Math.Abs(amount) < 0.000001m ? (amount > 0m ? "<0.000001" : ">-0.000001")
        : amount.ToString("0.00####", CultureInfo.InvariantCulture);

    private static string? Count(long count) => count == 0 ? null : count.ToString("N0", CultureInfo.InvariantCulture);
}
