using System.CommandLine;
using Purser.Cli.Output;
using Purser.Cli.Router;
using Purser.Routing.Bench;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;

namespace Purser.Cli.Commands;

/// <summary><c>purser router train</c>: learns each model's success from prompts with known outcomes, and writes a model file.</summary>
internal static class RouterTrainCommand
{
    private const int LeastRows = 20;

    private static readonly IReadOnlyList<Column<Row>> s_columns =
    [
        Column.Text<Row>("model", row => row.Model),
        Column.Count<Row>("rows", row => row.Rows),
        Column.Text<Row>("version", row => row.Version),
        Column.Count<Row>("bytes", row => row.Bytes),
    ];

    private sealed record Row(string Model, int Rows, string Version, int Bytes);

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var data = new Option<string[]>("--data")
        {
            Description = "CSV or JSONL with prompt and MODEL_score (0 to 1); several files are joined",
            HelpName = "FILE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string>("--output")
        {
            Description = "the model file to write",
            HelpName = "FILE",
            Required = true,
        };
        var seed = new Option<int>("--seed")
        {
            Description = "makes the training repeatable",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var format = FormatOption.Create();
        var command = new Command("train", "Learn each model's success from prompts with known outcomes, and write a model file.")
        {
            data,
            output,
            seed,
            format,
        };
        command.SetAction(parsed =>
        {
            var table = OutcomeFile.Read(context, parsed.GetRequiredValue(data));
            var trained = Train(table, parsed.GetValue(seed));
            var file = ModelFile.Write(trained);
            File.WriteAllBytes(context.FullPath(parsed.GetRequiredValue(output)), file);
            new Listing<Row>(
                s_columns,
                [.. trained.Predictor.Models.Select(model => new Row(model, Complete(table).Prompts.Count, trained.Version, file.Length))]
            ).Write(context, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    private static OutcomeTable Complete(OutcomeTable table) =>
        table.Where(row => table.Scores.Values.All(scores => !float.IsNaN(scores[row])));

    private static LearnedModel Train(OutcomeTable table, int seed)
    {
        var complete = Complete(table);
        return complete.Prompts.Count >= LeastRows
            ? LearnedModel.Train(
                [.. complete.Prompts.Select(RequestReader.ReadPrompt)],
                [.. complete.Prompts.Select(QuestionFolds.Normalise)],
                complete.Scores,
                seed
            )
            : throw CliException.Usage(
                $"{complete.Prompts.Count} rows have a score of every model; {LeastRows} are the least to learn from",
                "Leave out the models that few rows have, or give more rows."
            );
    }
}
