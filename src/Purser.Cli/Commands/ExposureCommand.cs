using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser budgets exposure</c>: the most that could be spent, if everyone spent all that the limits allow.</summary>
internal static class ExposureCommand
{
    private const string NoBound = "no bound";
    private const int LongestDays = 3660;

    private static readonly IReadOnlyList<Column<AccountExposureView>> Columns =
    [
        Column.Text<AccountExposureView>("account", account => AccountPath.Show(account.Account)),
        Column.Text<AccountExposureView>("kind", account => account.Kind),
        Column.Count<AccountExposureView>("keys", account => account.Keys),
        Column.Exact<AccountExposureView>("cap_usd", account => account.CapUsd),
        Column.Exact<AccountExposureView>("exposure_usd", account => account.ExposureUsd),
        Column.Flag<AccountExposureView>("covered", account => account.Covered),
    ];

    // The same for people: an empty cell would look like nothing where it means everything.
    private static readonly IReadOnlyList<Column<AccountExposureView>> TableColumns =
    [
        .. Columns.Take(4),
        Column.Exact<AccountExposureView>("exposure_usd", account => account.ExposureUsd ?? NoBound),
        Column.Text<AccountExposureView>("covered", account => account.Covered ? "yes" : "NO: no hard dollar limit at or above it"),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var days = new Option<int>("--days") { Description = $"Over how many days, 1 to {LongestDays}", DefaultValueFactory = _ => 31 };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > LongestDays)
            {
                result.AddError($"--days is 1 to {LongestDays}");
            }
        });
        var format = FormatOption.Create();
        var command = new Command("exposure", "The worst case that all limits allow, and which accounts have none above them.")
        {
            days,
            format,
        };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var path = string.Create(CultureInfo.InvariantCulture, $"exposure?days={parsed.GetValue(days)}");
                var exposure = await client.GetAsync<ExposureView>(path, cancellationToken);
                Write(context, exposure, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static void Write(CliContext context, ExposureView exposure, ListingFormat format)
    {
        if (format != ListingFormat.Table)
        {
            // Not the rows' sum: an account's worst case is part of that of those above it.
            var everyone = exposure.Accounts.All(account => account.Covered);
            var total = new AccountExposureView(null, null, null, null, exposure.TotalUsd, everyone);
            new Listing<AccountExposureView>(Columns, exposure.Accounts) { Total = total }.Write(context, format);
            return;
        }

        new Listing<AccountExposureView>(TableColumns, exposure.Accounts) { Empty = "No accounts yet." }.Write(context, format);
        var open = exposure.Accounts.Where(account => !account.Covered).Select(account => AccountPath.Show(account.Account)!).ToList();
        context.Out.WriteLine();
        if (open.Count > 0)
        {
            context.Out.WriteLine(
                $"No hard dollar limit at or above {Printable.Line(string.Join(", ", open))}: no key can be made there."
                    + " Set one: `./purser budgets set --account PATH --usd N --window month`"
            );
        }

        var worst = exposure.TotalUsd is { } usd ? Usd.Show(usd) : NoBound;
        context.Out.WriteLine($"Worst case in {exposure.Days} {(exposure.Days == 1 ? "day" : "days")}: {worst}");
    }
}
