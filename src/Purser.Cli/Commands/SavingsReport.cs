using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser report savings</c>: what routing saved, measured against the sessions that were held out.</summary>
internal static class SavingsReport
{
    private static readonly IReadOnlyList<Column<SavingsView>> Columns =
    [
        Column.Count<SavingsView>("held_out_sessions", row => row.HeldOutSessions),
        Column.Count<SavingsView>("routed_sessions", row => row.RoutedSessions),
        Column.Count<SavingsView>("routed_requests", row => row.RoutedRequests),
        Column.Exact<SavingsView>("held_out_unit_usd", row => row.HeldOutUnitUsd),
        Column.Exact<SavingsView>("routed_unit_usd", row => row.RoutedUnitUsd),
        Column.Exact<SavingsView>("saving_unit_usd", row => row.SavingUnitUsd),
        Column.Exact<SavingsView>("saving_unit_low_usd", row => row.SavingUnitLowUsd),
        Column.Exact<SavingsView>("saving_unit_high_usd", row => row.SavingUnitHighUsd),
        Column.Exact<SavingsView>("saving_usd", row => row.SavingUsd),
        Column.Exact<SavingsView>("saving_low_usd", row => row.SavingLowUsd),
        Column.Exact<SavingsView>("saving_high_usd", row => row.SavingHighUsd),
        Column.Exact<SavingsView>("confidence", row => Number(row.Confidence)),
        Column.Exact<SavingsView>("naive_unit_usd", row => row.NaiveUnitUsd),
        Column.Count<SavingsView>("unpriced_answers", row => row.UnpricedAnswers),
        Column.Exact<SavingsView>("top_share", row => Number(row.TopShare)),
        Column.Text<SavingsView>("note", row => row.Note),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var (from, to) = ReportCommand.TimeOptions();
        var format = FormatOption.Create();
        var command = new Command("savings", "What routing saved, measured against the sessions that were held out.") { from, to, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var query = string.Join('&', ReportCommand.Times(context, parsed.GetValue(from), parsed.GetValue(to)));
                using var client = admin.Connect(parsed);
                var savings = await client.GetAsync<SavingsView>($"reports/savings?{query}", cancellationToken);
                if (parsed.GetValue(format) == ListingFormat.Table)
                {
                    WriteText(context.Out, savings);
                }
                else
                {
                    new Listing<SavingsView>(Columns, [savings]).Write(context, parsed.GetValue(format));
                }

                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static void WriteText(TextWriter output, SavingsView savings)
    {
        output.WriteLine(
            $"{savings.RoutedSessions} sessions were routed ({savings.RoutedRequests} requests), and {savings.HeldOutSessions} were held out and served as asked."
        );
        if (savings.SavingUnitUsd is { } unit)
        {
            output.WriteLine(
                $"A request cost {Usd.Show(savings.RoutedUnitUsd)} routed and {Usd.Show(savings.HeldOutUnitUsd)} held out: {Usd.Show(unit)} saved{Interval(savings.Confidence, savings.SavingUnitLowUsd, savings.SavingUnitHighUsd)}."
            );
            output.WriteLine(
                $"For all routed requests that is {Usd.Show(savings.SavingUsd)}{Interval(savings.Confidence, savings.SavingLowUsd, savings.SavingHighUsd)}."
            );
            output.WriteLine(
                $"Their own tokens at the models that were asked for would have cost {Usd.Show(savings.NaiveUnitUsd)} more a request: the naive figure, which knows nothing of longer answers and repeated ones."
            );
        }

        if (savings.Note is { } note)
        {
            output.WriteLine(Printable.Line(note));
        }
    }

    private static string Interval(double confidence, string? low, string? high) =>
        low is null
            ? ""
            : $" ({(confidence * 100).ToString("0.#", CultureInfo.InvariantCulture)} % interval: {Usd.Show(low)} to {Usd.Show(high)})";

    private static string? Number(double? number) => number?.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>The report, as the gateway gives it.</summary>
    private sealed record SavingsView(
        long HeldOutSessions,
        long RoutedSessions,
        long RoutedRequests,
        string? HeldOutUnitUsd,
        string? RoutedUnitUsd,
        string? SavingUnitUsd,
        string? SavingUnitLowUsd,
        string? SavingUnitHighUsd,
        string? SavingUsd,
        string? SavingLowUsd,
        string? SavingHighUsd,
        double Confidence,
        string? NaiveUnitUsd,
        long UnpricedAnswers,
        double? TopShare,
        string? Note
    );
}
