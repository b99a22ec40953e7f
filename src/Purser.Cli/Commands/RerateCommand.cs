using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser ledger rerate</c>: corrects what attempts cost after their price was mended, part by part, through a running gateway.</summary>
internal static class RerateCommand
{
    // How many entries there are is known after the first part.
    private const int Steps = 1000;

    private static readonly IReadOnlyList<Column<RerateRow>> Columns =
    [
        Column.Text<RerateRow>("provider", row => row.Provider),
        Column.Text<RerateRow>("model", row => row.Model),
        Column.Text<RerateRow>("from_entry", row => row.FromEntry),
        Column.Text<RerateRow>("from_book", row => row.FromBook, inTable: false),
        Column.Text<RerateRow>("to_entry", row => row.ToEntry),
        Column.Text<RerateRow>("to_book", row => row.ToBook, inTable: false),
        Column.Count<RerateRow>("attempts", row => row.Attempts),
        Column.Count<RerateRow>("tokens", row => row.Tokens),
        Column.Exact<RerateRow>("was_usd", row => Exact(row.Was)),
        Column.Exact<RerateRow>("is_usd", row => Exact(row.Is)),
        Column.Exact<RerateRow>("difference_usd", row => Exact(row.Is - row.Was)),
        Column.Text<RerateRow>("left", row => row.Left),
        Column.Text<RerateRow>("detail", row => row.Detail),
    ];

    /// <summary><c>ledger rerate</c>.</summary>
    public static Command Create(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("rerate", "Post the difference for attempts whose price was corrected after they were charged.");
        var options = RerateOptions.AddTo(command, context);
        command.Options.Add(format);
        var approver = Approver.AddTo(command, context);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var asked = options.Read(parsed) with { By = approver.Name(parsed) };
                using var client = admin.Connect(parsed);
                var sums = await Terminal.WithProgressAsync(
                    context,
                    asked.DryRun ? "comparing" : "correcting",
                    Steps,
                    step => RunAsync(client, asked, step, cancellationToken)
                );
                Write(context, asked, sums, parsed.GetValue(format));
                context.Error.WriteLine(
                    sums.Changed.Count == 0 ? "Nothing differs: nothing was posted."
                    : asked.DryRun ? "Nothing was posted: this is what would be, without --dry-run."
                    : $"Posted {Exact(sums.Total.Is - sums.Total.Was)} as the difference, for {sums.Total.Attempts} attempts."
                );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static async Task<RerateSums> RunAsync(
        AdminClient client,
        RerateRequest asked,
        Action<long> step,
        CancellationToken cancellationToken
    )
    {
        var sums = new RerateSums();
        var (done, shown, total) = (0L, 0L, 0L);
        while (true)
        {
            var part = await client.SendAsync<RerateView>(HttpMethod.Post, "ledger/rerate", asked, cancellationToken);
            sums.Add(part);
            done += part.Entries;
            total = total == 0 ? Math.Max(1, part.Entries + part.UpTo - part.After) : total;
            step((done * Steps / total) - shown);
            shown = done * Steps / total;
            if (part.After >= part.UpTo)
            {
                return sums;
            }

            asked = asked with { After = part.After, UpTo = part.UpTo, UnderWay = part.UnderWay };
        }
    }

    private static void Write(CliContext context, RerateRequest asked, RerateSums sums, ListingFormat format) =>
        new Listing<RerateRow>(Columns, [.. sums.Changed, .. sums.Left])
        {
            Total = sums.Changed.Count > 0 ? sums.Total : null,
            Empty = $"No attempts of this time{Whose(asked)}.",
        }.Write(context, format);

    private static string Whose(RerateRequest asked) =>
        (asked.Model is null ? "" : $" went to the model '{asked.Model}'")
        + (
            asked.Provider is null ? ""
            : asked.Model is null ? $" went to the provider '{asked.Provider}'"
            : $" of the provider '{asked.Provider}'"
        );

    private static string? Exact(decimal? usd) => usd?.ToString("0.000000000", CultureInfo.InvariantCulture);
}
