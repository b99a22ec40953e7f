using System.CommandLine;
using System.Globalization;
using Purser.Cli.Output;
using Purser.Cli.Router;
using Purser.Routing.Evidence;

namespace Purser.Cli.Commands;

/// <summary><c>purser router guarantee</c>: what can be promised of sending each class's requests to a cheaper model, by held-out outcomes.</summary>
internal static class RouterGuaranteeCommand
{
    private static readonly IReadOnlyList<Column<GuaranteeLine>> Columns =
    [
        Column.Text<GuaranteeLine>("class", line => line.Class),
        Column.Count<GuaranteeLine>("rows", line => line.Guarantee.Rows),
        Column.Exact<GuaranteeLine>("epsilon", line => Text(line.Guarantee.Target.Epsilon)),
        Column.Exact<GuaranteeLine>("delta", line => Text(line.Guarantee.Target.Delta)),
        Column.Exact<GuaranteeLine>("down", line => Text(line.Guarantee.ShareDown)),
        Column.Exact<GuaranteeLine>("risk", line => IfPromised(line, line.Guarantee.Risk)),
        Column.Exact<GuaranteeLine>("bound", line => IfPromised(line, line.Guarantee.Bound)),
        Column.Exact<GuaranteeLine>(
            "threshold",
            line => line.Guarantee.Threshold?.ToString("R", CultureInfo.InvariantCulture),
            inTable: false
        ),
        Column.Text<GuaranteeLine>("procedure", line => line.Guarantee.Procedure, inTable: false),
        Column.Count<GuaranteeLine>("exceeded", line => line.Check?.Exceeded),
        Column.Count<GuaranteeLine>("may_exceed", line => line.Check?.Allowed),
        Column.Count<GuaranteeLine>("splits", line => line.Check?.Splits, inTable: false),
        Column.Exact<GuaranteeLine>("split_down", line => line.Check is { } check ? Text(check.ShareDown) : null, inTable: false),
        Column.Exact<GuaranteeLine>("split_risk", line => line.Check is { } check ? Text(check.Risk) : null, inTable: false),
        Column.Text<GuaranteeLine>("declined", Declined),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var data = Required(
            "--data",
            "FILE",
            "Outcomes: CSV or JSONL with prompt and MODEL_score of both models, from 0 to 1; - for standard input"
        );
        var strong = Required("--strong", "MODEL", "The reference");
        var weak = Required("--weak", "MODEL", "The cheaper model");
        var score = ColumnName(
            "--score",
            "What a predictor that hasn't learned from these rows expects of the cheaper model; without it the router learns that"
        );
        var kind = ColumnName("--class", "The column with the class; without it a request's kind of work is the class");
        var epsilon = Share("--epsilon", 0.05, "The share of a class's requests that may be worse");
        var delta = Share("--delta", 0.1, "How often that may be a mistake");
        var splits = Whole("--splits", 200, 10_000, "How many random halvings check each promise; 0 for none");
        var seed = Whole("--seed", 1, int.MaxValue, "Makes the learning and the halvings repeatable");
        var format = FormatOption.Create();
        var command = new Command("guarantee", "What can be promised of sending each class's requests to a cheaper model.")
        {
            data,
            strong,
            weak,
            score,
            kind,
            epsilon,
            delta,
            splits,
            seed,
            format,
        };
        command.SetAction(parsed =>
        {
            var evidence = new OutcomeEvidence(
                parsed.GetRequiredValue(strong),
                parsed.GetRequiredValue(weak),
                parsed.GetValue(score),
                parsed.GetValue(kind),
                parsed.GetValue(seed)
            );
            var target = new RiskTarget(parsed.GetValue(epsilon), parsed.GetValue(delta));
            var lines = GuaranteeReport.Make(
                evidence.Read(context, parsed.GetRequiredValue(data)),
                target,
                parsed.GetValue(splits),
                parsed.GetValue(seed)
            );
            new Listing<GuaranteeLine>(Columns, lines) { Empty = "No row has a grade of both models." }.Write(
                context,
                parsed.GetValue(format)
            );
            return lines.All(line => line.Check?.Holds ?? true) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static string? Declined(GuaranteeLine line) =>
        line.Guarantee.Declined switch
        {
            null => null,
            Purser.Routing.Evidence.Declined.TooFewRows => $"too few rows: at least {line.Guarantee.RowsNeeded}",
            _ => "no threshold passes",
        };

    private static string? IfPromised(GuaranteeLine line, double value) => line.Guarantee.Declined is null ? Text(value) : null;

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static Option<string> Required(string name, string value, string description) =>
        new(name)
        {
            Description = description,
            HelpName = value,
            Required = true,
        };

    private static Option<string?> ColumnName(string name, string description) =>
        new(name) { Description = description, HelpName = "COLUMN" };

    private static Option<double> Share(string name, double value, string description)
    {
        var option = new Option<double>(name) { Description = $"{description}, above 0 and below 1", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() is > 0 and < 1))
            {
                result.AddError($"{name} is above 0 and below 1");
            }
        });
        return option;
    }

    private static Option<int> Whole(string name, int value, int most, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var number && (number < 0 || number > most))
            {
                result.AddError($"{name} is from 0 to {most}");
            }
        });
        return option;
    }
}
