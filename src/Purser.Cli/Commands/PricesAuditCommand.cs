using System.CommandLine;
using Purser.Cli.Audit;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Audit;
using Purser.Core.Usage;

namespace Purser.Cli.Commands;

/// <summary><c>purser prices audit</c>: what vendors billed, by their exports, against what the price book says.</summary>
internal static class PricesAuditCommand
{
    private const string Rows = "rows";
    private const string Findings = "findings";
    private const string Unreadable = "unreadable";
    private const string Model = "model";
    private const string Day = "day";

    private static readonly IReadOnlyList<Column<AuditRow>> RowColumns =
    [
        Column.Text<AuditRow>("provider", row => row.Provider),
        Column.Text<AuditRow>("model", row => row.Model),
        Column.Text<AuditRow>("from", row => AuditText.Day(row.From)),
        Column.Text<AuditRow>("to", row => AuditText.Day(row.To)),
        Column.Count<AuditRow>("requests", row => row.Requests),
        Column.Count<AuditRow>("input_tokens", row => row.Usage.InputTokens),
        Column.Count<AuditRow>("cached_input_tokens", row => row.Usage.CachedInputTokens),
        Column.Count<AuditRow>("output_tokens", row => row.Usage.OutputTokens),
        Column.Count<AuditRow>("web_searches", row => row.Usage[UsageClass.WebSearch]),
        Column.Exact<AuditRow>("billed_usd", row => AuditText.Exact(row.Billed)),
        Column.Exact<AuditRow>("book_low_usd", row => AuditText.Exact(row.Book?.Low)),
        Column.Exact<AuditRow>("book_high_usd", row => AuditText.Exact(row.Book?.High)),
        Column.Flag<AuditRow>("partly_unpriced", row => row.IsPartlyUnpriced),
        Column.Exact<AuditRow>("difference_usd", row => AuditText.Exact(row.Difference)),
    ];

    private static readonly IReadOnlyList<Column<Finding>> FindingColumns =
    [
        Column.Text<Finding>("kind", finding => finding.Kind.ToString().ToLowerInvariant()),
        Column.Text<Finding>("name", finding => finding.Name),
        Column.Text<Finding>("provider", finding => finding.Provider),
        Column.Text<Finding>("subject", finding => finding.Subject),
        Column.Exact<Finding>("usd", finding => AuditText.Exact(finding.Usd)),
        Column.Text<Finding>("evidence", finding => finding.Evidence),
        Column.Text<Finding>("action", finding => finding.Action),
    ];

    private static readonly IReadOnlyList<Column<UnreadableRow>> UnreadableColumns =
    [
        Column.Text<UnreadableRow>("file", row => row.File),
        Column.Text<UnreadableRow>("where", row => row.Where),
        Column.Text<UnreadableRow>("why", row => row.Why),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var files = new Argument<string[]>("files")
        {
            Description =
                "Exports of OpenAI (costs and usage), Anthropic (cost and usage report), OpenRouter (activity) or LiteLLM (spend log)",
            Arity = ArgumentArity.OneOrMore,
        };
        var from = new Option<string?>("--from") { Description = "What the files are (default: what they look like)" };
        from.AcceptOnlyFromAmong([.. ExportFiles.Kinds]);
        var by = new Option<string>("--by") { Description = "A row a model, or a model and day", DefaultValueFactory = _ => Model };
        by.AcceptOnlyFromAmong(Model, Day);
        var list = new Option<string?>("--list") { Description = "List only this (default: all, or the rows in JSON and CSV)" };
        list.AcceptOnlyFromAmong(Rows, Findings, Unreadable);
        var prices = PricesCommand.PricesOption();
        var format = FormatOption.Create();
        var command = new Command("audit", "Compare what was billed with the price book: exports of vendors, or a spend log.")
        {
            files,
            from,
            by,
            list,
            prices,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var book = PriceFiles.Load(context, parsed.GetValue(prices));
                var audit = new PriceAudit(book);
                var reading = new ExportReading(audit) { From = parsed.GetValue(from) };
                await ReadAsync(context, book, reading, parsed.GetRequiredValue(files), cancellationToken);
                reading.NotePages();
                var report = Summed(audit.Finish(), parsed.GetValue(by) == Day);
                Write(context, report, reading, book.Version, parsed.GetValue(by) == Day, parsed.GetValue(list), parsed.GetValue(format));
                AuditText.WriteUnreadable(context.Error, reading);
                return reading.UnreadableCount > 0 ? ExitCode.Failed : ExitCode.Ok;
            }
        );
        return command;
    }

    private static async Task ReadAsync(
        CliContext context,
        PriceBook book,
        ExportReading reading,
        string[] files,
        CancellationToken cancellationToken
    )
    {
        const string hint = "Name files that were exported; docs/audit.md says how.";
        var paths = files.Select(context.FullPath).ToList();
        if (paths.Find(Directory.Exists) is { } folder)
        {
            throw CliException.Usage($"{folder} is a folder", hint);
        }

        try
        {
            await Terminal.WithProgressAsync(
                context,
                "Reading",
                paths.Sum(path => new FileInfo(path).Length),
                async advanced =>
                {
                    var exports = new ExportFiles(book, reading, advanced);
                    foreach (var path in paths)
                    {
                        await exports.ReadAsync(path, cancellationToken);
                    }
                    return reading;
                }
            );
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(wrong.Message, hint);
        }
    }

    private static AuditReport Summed(AuditReport report, bool byDay) =>
        byDay
            ? report
            : report with
            {
                Rows =
                [
                    .. report
                        .Rows.GroupBy(row => (row.Provider, row.Model))
                        .Select(group => group.Aggregate((sum, row) => sum.Plus(row)))
                        .OrderBy(row => row.Provider, StringComparer.Ordinal)
                        .ThenByDescending(row => row.Billed ?? row.Book?.High ?? 0m),
                ],
            };

    private static void Write(
        CliContext context,
        AuditReport report,
        ExportReading reading,
        string bookVersion,
        bool byDay,
        string? list,
        ListingFormat format
    )
    {
        switch (list ?? (format == ListingFormat.Table ? null : Rows))
        {
            case Rows when format == ListingFormat.Table:
                new Listing<AuditRow>(AuditText.Columns(report.Rows, byDay), report.Rows).Write(context, format);
                break;
            case Rows:
                var total = report.Rows.Count == 0 ? null : AuditText.Total(report.Rows);
                new Listing<AuditRow>(RowColumns, report.Rows) { Total = total }.Write(context, format);
                break;
            case Findings:
                new Listing<Finding>(FindingColumns, report.Findings) { Empty = "Nothing was found." }.Write(context, format);
                break;
            case Unreadable:
                new Listing<UnreadableRow>(UnreadableColumns, reading.Unreadable) { Empty = "Every row was read." }.Write(context, format);
                break;
            default:
                AuditText.Write(context, report, reading, bookVersion, byDay);
                break;
        }
    }
}
