using System.CommandLine;
using Purser.Cli.Router;
using Purser.Routing.Bench;

namespace Purser.Cli.Commands;

/// <summary><c>purser router bench</c>: how well a router that knows only prompts chooses between two models.</summary>
internal static class RouterBenchCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var data = Text("--data", "CSV or JSONL that is measured on: prompt, MODEL_score, benchmark, MODEL_cost", "FILE", required: true);
        var train = Text("--train", "train on this file instead of on the other folds, less the questions that --data has", "FILE");
        var strong = Text("--strong", "the model that more is hoped of, as its column is named without _score", "MODEL", required: true);
        var weak = Text("--weak", "the model that costs less", "MODEL", required: true);
        var folds = Number("--folds", "how many folds", 5);
        var leaveOut = new Option<bool>("--leave-out-subjects")
        {
            Description = "a benchmark is whole in one fold: measures on subjects never seen",
        };
        var rows = new Option<int?>("--rows") { Description = "train on so many rows at most", HelpName = "N" };
        var check = CheckOption();
        var seed = Number("--seed", "makes the run repeatable", 1);
        var format = new Option<string>("--format")
        {
            Description = "table (for people) or json (stable names, see docs/router.md)",
            HelpName = "table|json",
            DefaultValueFactory = _ => "table",
        };
        format.AcceptOnlyFromAmong("table", "json");
        var command = new Command("bench", "Measure how well a router that knows only prompts chooses between two models (APGR, CPT).")
        {
            data,
            train,
            strong,
            weak,
            folds,
            leaveOut,
            rows,
            check,
            seed,
            format,
        };
        command.SetAction(parsed =>
        {
            var options = new BenchOptions(
                parsed.GetRequiredValue(strong)!,
                parsed.GetRequiredValue(weak)!,
                parsed.GetValue(folds),
                parsed.GetValue(leaveOut),
                parsed.GetValue(rows),
                parsed.GetValue(check),
                parsed.GetValue(seed)
            );
            var training = parsed.GetValue(train);
            var result = Measure(context, parsed.GetRequiredValue(data)!, training, options);
            if (parsed.GetValue(format) == "json")
            {
                BenchText.WriteJson(context.Out, result);
            }
            else
            {
                BenchText.WriteTable(context, result);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Option<double?> CheckOption() =>
        new("--check")
        {
            Description =
                "the weak model answers first and a check of this accuracy (0.5 to 1, simulated) looks at its answer; shares are of cost, both calls counted",
            HelpName = "ACCURACY",
        };

    private static Option<string?> Text(string name, string description, string help, bool required = false) =>
        new(name)
        {
            Description = description,
            HelpName = help,
            Required = required,
        };

    private static Option<int> Number(string name, string description, int value) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => value,
        };

    private static BenchResult Measure(CliContext context, string data, string? training, BenchOptions options)
    {
        if (options.Folds < 2)
        {
            throw CliException.Usage("--folds is 2 or more");
        }

        if (options.Check is < 0.5 or > 1 or double.NaN)
        {
            throw CliException.Usage("--check is from 0.5 (a coin) to 1 (never wrong)");
        }

        if (training is not null && options.LeaveOutSubjects)
        {
            throw CliException.Usage("--leave-out-subjects splits --data, and --train takes its place", "Give one of them.");
        }

        try
        {
            return RouterBench.Run(
                OutcomeFile.Read(context, [data]),
                training is null ? null : OutcomeFile.Read(context, [training]),
                options
            );
        }
        catch (ArgumentException error)
        {
            throw CliException.Usage(error.Message.TrimEnd('.'));
        }
    }
}
