using System.CommandLine;
using Purser.Cli.Output;
using Purser.Cli.Router;
using Purser.Routing;
using Purser.Routing.Bench;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;

namespace Purser.Cli.Commands;

/// <summary><c>purser router train</c>: learns each model's success from prompts with known outcomes, and writes a model file.</summary>
internal static class RouterTrainCommand
{
    private static readonly IReadOnlyList<Column<Row>> Columns =
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
            var table = OutcomeFile.Read(context, parsed.GetRequiredValue(data), takesFeatures: true);
            var known = table.Scores.ToDictionary(model => model.Key, model => model.Value.Count(float.IsFinite), StringComparer.Ordinal);
            var trained = Train(table, known, parsed.GetValue(seed));
            var file = ModelFile.Write(trained);
            File.WriteAllBytes(context.FullPath(parsed.GetRequiredValue(output)), file);
            foreach (var model in known.Keys.Except(trained.Predictor.Models).Order(StringComparer.Ordinal))
            {
                context.Error.WriteLine(
                    $"{model} is left out: {known[model]} rows have its score, and {LearnedModel.LeastRows} are the least."
                );
            }

            new Listing<Row>(
                Columns,
                [.. trained.Predictor.Models.Select(model => new Row(model, known[model], trained.Version, file.Length))]
            ).Write(context, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    private static LearnedModel Train(OutcomeTable table, Dictionary<string, int> known, int seed) =>
        known.Values.Max() >= LearnedModel.LeastRows
            ? LearnedModel.Train(
                [.. table.Prompts.Select((prompt, row) => table.Seen.GetValueOrDefault(row) ?? RequestReader.ReadPrompt(prompt))],
                [
                    .. table.Prompts.Select(
                        (prompt, row) =>
                            table.Seen.TryGetValue(row, out var seen) ? FeatureText.Write(seen) : QuestionFolds.Normalise(prompt)
                    ),
                ],
                table.Scores,
                seed
            )
            : throw CliException.Usage(
                $"{known.Values.Max()} rows have a score of the model that most have one of; {LearnedModel.LeastRows} are the least to learn from",
                "Give more rows."
            );
}
