using System.CommandLine;
using Purser.Cli.Contracts;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Gateway.Storage;

namespace Purser.Cli.Commands;

/// <summary>
/// <c>purser ledger verify|export|backup</c> works on the data folder, with or without a running gateway; <c>unconfirmed|confirm|rerate</c> through one.
/// </summary>
internal static class LedgerCommand
{
    private static readonly IReadOnlyList<Column<LedgerReport>> Columns =
    [
        Column.Flag<LedgerReport>("valid", found => found.IsClean),
        Column.Count<LedgerReport>("entries", found => found.Entries),
        Column.Count<LedgerReport>("reserved", found => found.Reserves),
        Column.Count<LedgerReport>("posted", found => found.Posts),
        Column.Count<LedgerReport>("voided", found => found.Voids),
        Column.Count<LedgerReport>("open", found => found.OpenReservations),
        Column.Count<LedgerReport>("unconfirmed", found => found.Unconfirmed),
        Column.Count<LedgerReport>("estimated", found => found.Estimated),
        Column.Count<LedgerReport>("overage", found => found.Overage),
        Column.Count<LedgerReport>("problems", found => found.ProblemCount),
        Column.Text<LedgerReport>("head", found => found.HeadHash),
    ];

    private static readonly IReadOnlyList<Column<(string Folder, LedgerBackup Backup)>> BackupColumns =
    [
        Column.Text<(string Folder, LedgerBackup Backup)>("folder", made => made.Folder),
        Column.Count<(string Folder, LedgerBackup Backup)>("bytes", made => made.Backup.Bytes),
        Column.Count<(string Folder, LedgerBackup Backup)>("entries", made => made.Backup.Report.Entries),
        Column.Count<(string Folder, LedgerBackup Backup)>("open", made => made.Backup.Report.OpenReservations),
        Column.Text<(string Folder, LedgerBackup Backup)>("head", made => made.Backup.Report.HeadHash),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("ledger", "The journal of money: check it, take it away, settle what is uncertain, correct prices.");
        command.Subcommands.Add(Verify(context));
        command.Subcommands.Add(Export(context));
        command.Subcommands.Add(Backup(context));
        command.Subcommands.Add(UnconfirmedCommands.List(context));
        command.Subcommands.Add(UnconfirmedCommands.Confirm(context));
        command.Subcommands.Add(RerateCommand.Create(context));
        return command;
    }

    private static Command Verify(CliContext context)
    {
        var data = UpCommand.DataOption();
        var format = FormatOption.Create();
        var command = new Command(
            "verify",
            "Check the chain, the limits and the balances of the whole journal. Exits 1 where anything is wrong."
        )
        {
            data,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var folder = ExistingFolder(context, parsed.GetRequiredValue(data));
                var found = await Terminal.WithProgressAsync(
                    context,
                    "verifying",
                    0,
                    step => DataFolder.VerifyLedgerAsync(folder, step, cancellationToken)
                );
                new Listing<LedgerReport>(Columns, [found]).Write(context, parsed.GetValue(format));
                foreach (var problem in found.Problems.Take(20))
                {
                    context.Error.WriteLine($"  {Printable.Line(problem)}");
                }

                return found.IsClean
                    ? ExitCode.Ok
                    : throw CliException.Failed(
                        $"the ledger in {folder} has {found.ProblemCount} {(found.ProblemCount == 1 ? "problem" : "problems")}",
                        "Keep the folder as it is, and compare it with a backup."
                    );
            }
        );
        return command;
    }

    private static Command Export(CliContext context)
    {
        var data = UpCommand.DataOption();
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The file to write (default: standard output)",
            HelpName = "file",
        };
        var format = new Option<ExportFormat>("--format") { Description = "jsonlines or csv" };
        var contracts = new Option<string?>("--contracts")
        {
            Description = "A folder of contract files, or one file: adds what they make of each attempt",
            HelpName = "dir",
        };
        var prices = PricesCommand.PricesOption();
        var command = new Command("export", "Write every entry of the journal, in order, one to a line.")
        {
            data,
            output,
            format,
            contracts,
            prices,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var folder = ExistingFolder(context, parsed.GetRequiredValue(data));
                var agreements = Agreed(context, parsed.GetValue(contracts), parsed.GetValue(prices));
                if (parsed.GetValue(output) is not { } file)
                {
                    await using var standard = Console.OpenStandardOutput();
                    await DataFolder.ExportLedgerAsync(folder, standard, parsed.GetValue(format), agreements, cancellationToken);
                    return ExitCode.Ok;
                }

                await using var stream = Create(context.FullPath(file), folder);
                await DataFolder.ExportLedgerAsync(folder, stream, parsed.GetValue(format), agreements, cancellationToken);
                context.Error.WriteLine($"The journal is in {context.FullPath(file)}.");
                return ExitCode.Ok;
            }
        );
        return command;
    }

    // What is written over in the data folder is the ledger itself.
    private static FileStream Create(string file, string dataFolder)
    {
        if (file.StartsWith(Path.TrimEndingDirectorySeparator(dataFolder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw CliException.Usage($"{file} is in the data folder, and could be a file of the ledger", "Name a file outside of it.");
        }

        try
        {
            return File.Create(file);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"the export can't be written: {wrong.Message}", "Name a file, in a folder that is there.");
        }
    }

    private static Agreements? Agreed(CliContext context, string? contracts, string? prices)
    {
        if (contracts is null)
        {
            return prices is null
                ? null
                : throw CliException.Usage("--prices is for contracts", "Name them with --contracts DIR: without, nothing is priced.");
        }

        var book = PriceFiles.Load(context, prices);
        return new Agreements(ContractFiles.Book(context, contracts, book), book, context.Time);
    }

    private static Command Backup(CliContext context)
    {
        var data = UpCommand.DataOption();
        var output = new Option<string>("--output", "-o")
        {
            Description = "The folder to make; it mustn't be there, or be empty",
            HelpName = "folder",
            Required = true,
        };
        var format = FormatOption.Create();
        var command = new Command("backup", "Copy the data folder as of one moment, also while a gateway runs on it, and verify the copy.")
        {
            data,
            output,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var folder = ExistingFolder(context, parsed.GetRequiredValue(data));
                var copy = context.FullPath(parsed.GetRequiredValue(output));
                var made = await Terminal.WithProgressAsync(
                    context,
                    "copying and verifying",
                    0,
                    step => DataFolder.BackUpLedgerAsync(folder, copy, step, cancellationToken)
                );
                new Listing<(string, LedgerBackup)>(BackupColumns, [(copy, made)]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary>The full path of a data folder that must be there.</summary>
    public static string ExistingFolder(CliContext context, string given)
    {
        var folder = context.FullPath(given);
        return Directory.Exists(folder)
            ? folder
            : throw CliException.Usage(
                $"there is no data folder {folder}",
                "Say where it is with --data DIR: the DIR that `./purser up` was given."
            );
    }
}
