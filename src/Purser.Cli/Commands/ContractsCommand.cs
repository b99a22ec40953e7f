using System.CommandLine;
using Purser.Cli.Contracts;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Core.Pricing;

namespace Purser.Cli.Commands;

/// <summary><c>purser contracts check|price</c>: what was agreed with providers over their list prices. Works without a gateway.</summary>
internal static class ContractsCommand
{
    private static readonly IReadOnlyList<Column<(bool IsWarning, PriceError Found)>> FoundColumns =
    [
        Column.Text<(bool IsWarning, PriceError Found)>("file", row => row.Found.File),
        Column.Count<(bool IsWarning, PriceError Found)>("line", row => row.Found.Line),
        Column.Text<(bool IsWarning, PriceError Found)>("severity", row => row.IsWarning ? "warning" : "error"),
        Column.Text<(bool IsWarning, PriceError Found)>("kind", row => row.Found.Kind.ToString(), inTable: false),
        Column.Text<(bool IsWarning, PriceError Found)>("message", row => row.Found.Message),
        Column.Text<(bool IsWarning, PriceError Found)>("suggestion", row => row.Found.Suggestion),
    ];

    private static readonly IReadOnlyList<Column<(string Step, decimal Usd)>> StepColumns =
    [
        Column.Text<(string Step, decimal Usd)>("step", row => row.Step),
        Column.Exact<(string Step, decimal Usd)>("usd", row => Usd.Exact(row.Usd)),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("contracts", "What was agreed with providers: discounts, volume tiers, commitments, credits, bundles.");
        command.Subcommands.Add(Check(context));
        command.Subcommands.Add(Price(context));
        return command;
    }

    /// <summary><c>--contract FILE</c>.</summary>
    public static Option<string?> ContractOption() =>
        new("--contract") { Description = "The file of a contract (docs/contracts.md)", HelpName = "file" };

    /// <summary><c>--state FILE</c>.</summary>
    public static Option<string?> StateOption(string description)
    {
        var option = new Option<string?>("--state") { Description = description, HelpName = "file" };
        option.Validators.Add(result =>
        {
            if (result.GetResult("--contract") is null)
            {
                result.AddError("--state is of a contract: name it with --contract FILE");
            }
        });
        return option;
    }

    private static Command Check(CliContext context)
    {
        var contracts = new Option<string>("--contracts")
        {
            Description = "A folder of contract files, or one file",
            HelpName = "dir",
            DefaultValueFactory = _ => ContractFiles.DefaultFolder,
        };
        var prices = PricesCommand.PricesOption();
        var format = FormatOption.Create();
        var command = new Command("check", "Check contract files, and show every error and warning. Exits 1 where there is an error.")
        {
            contracts,
            prices,
            format,
        };
        command.SetAction(parsed =>
        {
            var book = PriceFiles.Load(context, parsed.GetValue(prices));
            var (result, files) = ContractFiles.Read(context.FullPath(parsed.GetRequiredValue(contracts)), book);
            var rows = result.Errors.Select(error => (false, error)).Concat(result.Warnings.Select(warning => (true, warning))).ToList();
            new Listing<(bool, PriceError)>(FoundColumns, rows) { Empty = $"{files} {(files == 1 ? "file" : "files")}, no errors." }.Write(
                context,
                parsed.GetValue(format)
            );
            return result.Book is null ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static Command Price(CliContext context)
    {
        var contract = ContractOption();
        contract.Required = true;
        var usage = new Option<string>("--usage")
        {
            Description = "The JSON lines of `prices quote --usage`: a file, or - for standard input",
            HelpName = "file",
            Required = true,
        };
        var state = StateOption("What was used of the contract before (JSON): read where it is there, and written at the end");
        var until = new Option<string?>("--until")
        {
            Description = "End the periods that are over by then; no line may be from after it (default: the last line's time)",
            HelpName = "time",
        };
        var at = PricesCommand.AtOption();
        var prices = PricesCommand.PricesOption();
        var command = new Command(
            "price",
            "Price usage under a contract, in the order of time: JSON lines with each request, period and invoice."
        )
        {
            contract,
            usage,
            state,
            until,
            at,
            prices,
        };
        command.SetAction(parsed =>
        {
            var book = PriceFiles.Load(context, parsed.GetValue(prices));
            var agreed = ContractFiles.One(context, parsed.GetRequiredValue(contract)!, book);
            var end = parsed.GetValue(until) is { } time
                ? TimeText.Read(time, context.Time.GetUtcNow(), TimeText.Direction.BackToStart, "--until")
                : (DateTimeOffset?)null;
            var now = PricesCommand.Instant(context, parsed.GetValue(at));
            var kept = parsed.GetValue(state) is { } path ? context.FullPath(path) : null;
            var months = new ContractMonths(agreed, kept is null ? null : ContractStateFile.Read(kept, agreed));
            if (end < months.State.At)
            {
                var reached = kept is null || !File.Exists(kept) ? "the contract's start" : "what the state has got to";
                throw CliException.Usage(
                    $"--until {TimeText.Write(end.Value)} is before {reached}, {TimeText.Write(months.State.At)}",
                    "Periods are ended once, in the order of time: name a later time, or leave --until out."
                );
            }
            var (lines, priced) = Run(
                context,
                parsed.GetRequiredValue(usage),
                (input, output) => ContractUsage.Run(agreed, book, months, now, end, input, output)
            );
            return Finish(context, lines, priced, kept, () => ContractStateFile.Write(kept!, agreed, months.Progress));
        });
        return command;
    }

    /// <summary>Keeps the state where everything was priced: what is left out now would be missing in it.</summary>
    private static int Finish(CliContext context, long lines, long priced, string? state, Action keep)
    {
        if (priced < lines)
        {
            var unkept = state is null ? "" : "; the state is left as it was";
            context.Error.WriteLine($"purser: {lines - priced} of {lines} lines could not be priced; each says why in \"error\"{unkept}");
            return ExitCode.Failed;
        }
        if (state is not null)
        {
            keep();
        }
        return ExitCode.Ok;
    }

    /// <summary>Writes what a request costs under a contract, step by step.</summary>
    /// <exception cref="CliException">The contract isn't for it.</exception>
    public static void WriteSteps(
        CliContext context,
        Contract contract,
        string? stateFile,
        Charge list,
        DateTimeOffset at,
        ListingFormat format
    )
    {
        var name = PriceEntryName.Of(list.Entry);
        if (name.Provider != contract.Provider)
        {
            throw CliException.Usage($"the contract '{contract.Id}' is with {contract.Provider}, not with {name.Provider}");
        }
        var state = stateFile is null
            ? ContractState.Begin(contract)
            : ContractStateFile.Read(context.FullPath(stateFile), contract)?.State
                ?? throw CliException.Usage($"there is no file {stateFile}", "Leave --state out where nothing is used of the contract.");
        if (!contract.HoldsAt(at) || ContractPricer.IsOver(contract, state))
        {
            throw CliException.Usage($"the contract '{contract.Id}' isn't in force at {TimeText.Write(at)}", "Say when with --at TIME.");
        }
        var (charge, _, _) = ContractPricer.Price(contract, state, name.Model, list, at);
        (string, decimal)[] steps =
        [
            ("list", charge.ListUsd),
            ("discounts", -charge.DiscountUsd),
            ("volume_tiers", -charge.TierUsd),
            ("contracted", charge.ContractedUsd),
            ("included_in_bundles", -charge.IncludedUsd),
            ("from_commitment", -charge.CoveredUsd),
            ("overage", charge.OverageUsd),
            ("billed", charge.BilledUsd),
            ("credits", -charge.CreditsUsd),
            ("marginal", charge.MarginalUsd),
            ("effective", charge.EffectiveUsd),
        ];
        new Listing<(string, decimal)>(StepColumns, steps).Write(context, format);
        if (format == ListingFormat.Table)
        {
            var from = stateFile is null ? "with nothing used of it" : $"with what {stateFile} says is used of it";
            context.Out.WriteLine(
                $"by {list.Entry} and the contract {contract.Id}, {from}; effective is billed, and the shares of bundles' fees and the commitment"
            );
        }
    }

    private static (long Lines, long Priced) Run(CliContext context, string file, Func<Stream, Stream, (long, long)> price)
    {
        try
        {
            using var input = context.OpenFile(file);
            using var output = context.OpenOutput();
            return price(input, output);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(wrong.Message, "Name a file of JSON lines, or - for standard input.");
        }
    }
}
