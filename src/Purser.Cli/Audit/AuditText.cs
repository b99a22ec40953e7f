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

    /// <summary>The columns of a table for people, narrow enough for a terminal. JSON and CSV have exact figures, and more of them.</summary>
    public static IReadOnlyList<Column<AuditRow>> Columns(IReadOnlyList<AuditRow> rows, bool byDay)
    {
        var isOne = rows.DistinctBy(row => row.Provider).Count() == 1;
        return
        [
            Column.Text<AuditRow>("model", row => isOne || row.Provider.Length == 0 ? row.Model : $"{row.Provider}/{row.Model}"),
            .. byDay ? [Column.Text<AuditRow>("day", row => row.Model.Length == 0 ? null : Day(row.From))] : (Column<AuditRow>[])[],
            Column.Exact<AuditRow>("input", row => Short(row.Usage.InputTokens)),
            Column.Exact<AuditRow>("cached", Cached),
            Column.Exact<AuditRow>("output", row => Short(row.Usage.OutputTokens)),
            Column.Exact<AuditRow>("billed", row => row.Billed is { } billed ? Dollars(billed) : null),
            Column.Exact<AuditRow>("by_the_book", Book),
            Column.Exact<AuditRow>("off_by", row => row.Difference is { } difference ? Signed(difference) : null),
        ];
    }

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
        new Listing<AuditRow>(Columns(rows, byDay), rows)
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
        error.WriteLine(
            $"purser: {Count(reading.UnreadableCount)} {(reading.UnreadableCount == 1 ? "row could not be read, and is" : "rows could not be read, and are")} in no figure:"
        );
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

    // "≥" where a part has no price.
    private static string? Book(AuditRow row) =>
        row.Book is not { } book
            ? (row.IsPartlyUnpriced ? "no price" : null)
            : (row.IsPartlyUnpriced ? "≥ " : "") + (book.IsExact ? Dollars(book.Low) : Range(book));

    // Whole dollars, rounded outwards, where cents would only make it wide.
    private static string Range(UsdRange book) =>
        book.High < 100m
            ? $"{Dollars(book.Low)}–{Dollars(book.High)}"
            : string.Create(CultureInfo.InvariantCulture, $"{decimal.Floor(book.Low):N0}–{decimal.Ceiling(book.High):N0}");

    private static string? Cached(AuditRow row) =>
        row.Usage.InputTokens == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{100m * row.Usage.CachedInputTokens / row.Usage.InputTokens:0} %");

    private static string? Short(long count) =>
        count switch
        {
            0 => null,
            < 10_000 => Count(count),
            < 1_000_000 => Scaled(count, 1_000m, "k"),
            < 1_000_000_000 => Scaled(count, 1_000_000m, "M"),
            _ => Scaled(count, 1_000_000_000m, "B"),
        };

    private static string Scaled(long count, decimal unit, string name) =>
        (count / unit).ToString(count / unit < 100m ? "0.0" : "#,0", CultureInfo.InvariantCulture) + name;

    private static string Signed(decimal amount) => amount > 0m ? "+" + Dollars(amount) : Dollars(amount);

    // Cents, but for what is less than one.
    private static string Dollars(decimal amount) =>
        Math.Abs(amount) >= 0.01m || amount == 0m ? amount.ToString("N2", CultureInfo.InvariantCulture)
        : Math.Abs(amount) < 0.000001m ? (amount > 0m ? "<0.000001" : ">-0.000001")
        : amount.ToString("0.00####", CultureInfo.InvariantCulture);

    private static string? Count(long count) => count == 0 ? null : count.ToString("N0", CultureInfo.InvariantCulture);
}
