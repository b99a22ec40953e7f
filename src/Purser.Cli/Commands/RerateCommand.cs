using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser ledger rerate</c>: corrects what attempts cost after their price was mended, part by part, through a running gateway.</summary>
internal static class RerateCommand
{
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
        var from = new Option<string>("--from")
        {
            Description = "Attempts admitted from then on: a date, a time or a span back (7d, 12h). Times are UTC",
            Required = true,
        };
        var to = new Option<string>("--to") { Description = "Until when; a date is included", Required = true };
        var provider = new Option<string?>("--provider")
        {
            Description = "Only what went to this provider of purser.yml",
            HelpName = "name",
        };
        var model = new Option<string?>("--model")
        {
            Description = "Only this model, by the name that the provider was asked for",
            HelpName = "name",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be posted, and post nothing" };
        var reason = new Option<string?>("--reason") { Description = "Why; each correction keeps it", HelpName = "text" };
        var format = FormatOption.Create();
        var command = new Command("rerate", "Post the difference for attempts whose price was corrected after they were charged.")
        {
            from,
            to,
            provider,
            model,
            dryRun,
            reason,
            format,
        };
        var approver = Approver.AddTo(command, context);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var now = context.Time.GetUtcNow();
                var asked = new RerateRequest
                {
                    From = TimeText.Write(TimeText.Read(parsed.GetRequiredValue(from), now, TimeText.Direction.BackToStart, "--from")),
                    To = TimeText.Write(TimeText.Read(parsed.GetRequiredValue(to), now, TimeText.Direction.BackToEnd, "--to")),
                    Provider = parsed.GetValue(provider),
                    Model = parsed.GetValue(model),
                    DryRun = parsed.GetValue(dryRun),
                    Reason = parsed.GetValue(reason),
                    By = approver.Name(parsed),
                };
                using var client = admin.Connect(parsed);
                var sums = await Terminal.WithProgressAsync(
                    context,
                    asked.DryRun ? "comparing" : "correcting",
                    Steps,
                    step => RunAsync(client, asked, step, cancellationToken)
                );
                Write(context, sums, parsed.GetValue(format));
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

    // How many entries there are is known after the first part.
    private const int Steps = 1000;

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

            asked = asked with { After = part.After, UpTo = part.UpTo };
        }
    }

    private static void Write(CliContext context, RerateSums sums, ListingFormat format) =>
        new Listing<RerateRow>(Columns, [.. sums.Changed, .. sums.Left])
        {
            Total = sums.Changed.Count > 0 ? sums.Total : null,
            Empty = "No attempts of this time.",
        }.Write(context, format);

    private static string? Exact(decimal? usd) => usd?.ToString("0.000000000", CultureInfo.InvariantCulture);
}

/// <summary>One line of what was corrected, or of what was left and why.</summary>
internal sealed record RerateRow(
    string? Provider,
    string? Model,
    string? FromEntry,
    string? FromBook,
    string? ToEntry,
    string? ToBook,
    string? Left,
    string? Detail
)
{
    public long Attempts { get; init; }

    public long Tokens { get; init; }

    /// <summary>What stood, in dollars.</summary>
    public decimal Was { get; init; }

    /// <summary>What stands now; null where that is what stood.</summary>
    public decimal? Is { get; init; }
}

/// <summary>The sums of all parts.</summary>
internal sealed class RerateSums
{
    private readonly Dictionary<RerateRow, RerateRow> rows = [];

    /// <summary>What was corrected.</summary>
    public IReadOnlyList<RerateRow> Changed => [.. Ordered(row => row.Left is null)];

    /// <summary>What was left.</summary>
    public IReadOnlyList<RerateRow> Left => [.. Ordered(row => row.Left is not null)];

    /// <summary>What was corrected, in all.</summary>
    public RerateRow Total =>
        Changed.Aggregate(
            new RerateRow(null, null, null, null, null, null, null, null) { Is = 0 },
            (sum, row) =>
                sum with
                {
                    Attempts = sum.Attempts + row.Attempts,
                    Tokens = sum.Tokens + row.Tokens,
                    Was = sum.Was + row.Was,
                    Is = sum.Is + row.Is,
                }
        );

    /// <summary>Adds a part.</summary>
    public void Add(RerateView part)
    {
        foreach (var group in part.Rerated)
        {
            Add(
                new RerateRow(group.Provider, group.Model, group.FromEntry, group.FromBook, group.ToEntry, group.ToBook, null, null),
                group.Attempts,
                group.Tokens,
                Usd(group.WasUsd),
                Usd(group.IsUsd)
            );
        }

        foreach (var group in part.Left)
        {
            var row = new RerateRow(group.Provider, group.Model, null, null, null, null, group.Why, group.Detail);
            Add(row, group.Attempts, group.Tokens, Usd(group.WasUsd), null);
        }
    }

    // Rows are summed under what they have in common: themselves, without figures.
    private void Add(RerateRow common, long attempts, long tokens, decimal was, decimal? now)
    {
        var sum = rows.GetValueOrDefault(common, common with { Is = now is null ? null : 0 });
        rows[common] = sum with
        {
            Attempts = sum.Attempts + attempts,
            Tokens = sum.Tokens + tokens,
            Was = sum.Was + was,
            Is = sum.Is + now,
        };
    }

    private IEnumerable<RerateRow> Ordered(Func<RerateRow, bool> wanted) =>
        rows
            .Values.Where(wanted)
            .OrderBy(row => row.Provider, StringComparer.Ordinal)
            .ThenBy(row => row.Model, StringComparer.Ordinal)
            .ThenBy(row => row.Left, StringComparer.Ordinal)
            .ThenBy(row => row.FromEntry, StringComparer.Ordinal)
            .ThenBy(row => row.FromBook, StringComparer.Ordinal)
            .ThenBy(row => row.ToEntry, StringComparer.Ordinal)
            .ThenBy(row => row.Detail, StringComparer.Ordinal);

    // At most 28 digits: exact for any sum that the ledger can have.
    private static decimal Usd(string amount) => decimal.Parse(amount, CultureInfo.InvariantCulture);
}
