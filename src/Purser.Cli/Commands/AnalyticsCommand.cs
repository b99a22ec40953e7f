using System.CommandLine;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Core.Pricing;
using Purser.Gateway.Analytics;

namespace Purser.Cli.Commands;

/// <summary><c>purser analytics verify|rebuild</c>: the segments that reports are answered from, against the journal that they are made of.</summary>
internal static class AnalyticsCommand
{
    private static readonly IReadOnlyList<Column<AnalyticsReport>> VerifyColumns =
    [
        Column.Flag<AnalyticsReport>("valid", found => found.IsClean),
        Column.Count<AnalyticsReport>("segments", found => found.Segments),
        Column.Count<AnalyticsReport>("rows", found => found.Rows),
        Column.Count<AnalyticsReport>("bytes", found => found.Bytes),
        Column.Count<AnalyticsReport>("sealed_to", found => found.SealedTo),
        Column.Count<AnalyticsReport>("totals", found => found.Totals),
        Column.Exact<AnalyticsReport>("journal_usd", found => Money.Format(found.JournalNanos)),
        Column.Exact<AnalyticsReport>("segments_usd", found => Money.Format(found.SegmentNanos)),
        Column.Count<AnalyticsReport>("problems", found => found.ProblemCount),
    ];

    private static readonly IReadOnlyList<Column<AnalyticsRebuilt>> RebuildColumns =
    [
        Column.Count<AnalyticsRebuilt>("segments", made => made.Segments),
        Column.Count<AnalyticsRebuilt>("rows", made => made.Rows),
        Column.Count<AnalyticsRebuilt>("files_as_sealed", made => made.Same),
        Column.Count<AnalyticsRebuilt>("files_sealed_anew", made => made.Changed),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command(
            "analytics",
            "The Parquet segments that reports are answered from: compare them with the journal, make them again."
        );
        command.Subcommands.Add(Verify(context));
        command.Subcommands.Add(Rebuild(context));
        return command;
    }

    private static Command Verify(CliContext context)
    {
        var data = UpCommand.DataOption();
        var format = FormatOption.Create();
        var command = new Command(
            "verify",
            "Compare each segment's hash with the journal's, and the cost of each account, model and day to the nano-dollar. Exits 1 where anything differs."
        )
        {
            data,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var folder = LedgerCommand.ExistingFolder(context, parsed.GetRequiredValue(data));
                var found = await Terminal.WithProgressAsync(
                    context,
                    "verifying",
                    0,
                    step => DataFolder.VerifyAnalyticsAsync(folder, step, cancellationToken)
                );
                new Listing<AnalyticsReport>(VerifyColumns, [found]).Write(context, parsed.GetValue(format));
                foreach (var problem in found.Problems)
                {
                    context.Error.WriteLine($"  {Printable.Line(problem)}");
                }

                return found.IsClean
                    ? ExitCode.Ok
                    : throw CliException.Failed(
                        $"the analytics store in {folder} has {found.ProblemCount} {(found.ProblemCount == 1 ? "problem" : "problems")}",
                        "No money is affected. Stop the gateway and make it again: ./purser analytics rebuild"
                    );
            }
        );
        return command;
    }

    private static Command Rebuild(CliContext context)
    {
        var data = UpCommand.DataOption();
        var format = FormatOption.Create();
        var command = new Command("rebuild", "Write all segments again from the journal. The gateway must not be running on the folder.")
        {
            data,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var folder = LedgerCommand.ExistingFolder(context, parsed.GetRequiredValue(data));
                var made = await Terminal.WithProgressAsync(
                    context,
                    "rebuilding",
                    0,
                    step => DataFolder.RebuildAnalyticsAsync(folder, context.Time, step, cancellationToken)
                );
                new Listing<AnalyticsRebuilt>(RebuildColumns, [made]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }
}
