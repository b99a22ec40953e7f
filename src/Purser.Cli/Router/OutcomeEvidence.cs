using System.Globalization;
using Purser.Routing.Bench;
using Purser.Routing.Evidence;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;

namespace Purser.Cli.Router;

/// <summary>Makes evidence of outcomes of two models: what was expected of the cheaper one, and whether it was worse.</summary>
/// <param name="Strong">The reference.</param>
/// <param name="Weak">The cheaper model.</param>
/// <param name="Score">
/// The column with what a predictor expected of the cheaper model; null has it learned from these rows, each without its fold.
/// </param>
/// <param name="Class">The column with the class; null takes what a request is understood to be.</param>
/// <param name="Seed">Makes the learning repeatable.</param>
internal sealed record OutcomeEvidence(string Strong, string Weak, string? Score, string? Class, int Seed)
{
    /// <summary>Reads a file. A row in which either model has no score is passed over.</summary>
    /// <returns>The classes in the order of their names.</returns>
    /// <exception cref="CliException">The file can't answer; the message says why.</exception>
    public IReadOnlyList<ClassEvidence> Read(CliContext context, string file)
    {
        string[] columns = [.. new[] { Score, Class }.OfType<string>()];
        var (table, fields) = OutcomeFile.Read(context, file, columns);
        var (strong, weak) = (Column(table, Strong, file), Column(table, Weak, file));
        int[] known = [.. Enumerable.Range(0, weak.Length).Where(row => !float.IsNaN(strong[row]) && !float.IsNaN(weak[row]))];
        var scores = Score is null ? Learned(table, known) : Array.ConvertAll(known, row => Number(fields[Score][row], file));
        string[] classes = Class is null
            ? [.. known.Select(row => $"{RequestReader.ReadPrompt(table.Prompts[row]).Class}")]
            : Array.ConvertAll(known, row => fields[Class][row]);
        return
        [
            .. Enumerable
                .Range(0, known.Length)
                .GroupBy(at => classes[at], StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new ClassEvidence(
                    group.Key,
                    [.. group.Select(at => new EvidenceRow(scores[at], weak[known[at]] < strong[known[at]] ? 1 : 0))]
                )),
        ];
    }

    private static float[] Column(OutcomeTable table, string model, string file) =>
        table.Scores.TryGetValue(model, out var column)
            ? column
            : throw CliException.Usage(
                $"{file}: there is no column '{model}_score'",
                $"There are: {string.Join(", ", table.Scores.Keys.Order(StringComparer.Ordinal))}."
            );

    private double?[] Learned(OutcomeTable table, int[] known)
    {
        if (known.Length < LearnedModel.LeastRows)
        {
            throw CliException.Usage(
                $"{known.Length} rows have a score of both models; {LearnedModel.LeastRows} are the least to learn from",
                "Give more rows, or name a column with --score."
            );
        }

        string[] prompts = [.. known.Select(row => table.Prompts[row])];
        var scores = table.Scores.ToDictionary(model => model.Key, model => Array.ConvertAll(known, row => model.Value[row]));
        var model = LearnedModel.Train(
            [.. prompts.Select(RequestReader.ReadPrompt)],
            [.. prompts.Select(QuestionFolds.Normalise)],
            scores,
            [Weak],
            Seed
        );
        return [.. model.HeldOut.Select(row => double.IsNaN(row.Scores[0].Expected) ? (double?)null : row.Scores[0].Expected)];
    }

    private double? Number(string field, string file) =>
        field.Length == 0 ? null
        : double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
        : throw CliException.Usage($"{file}: '{Score}' is a number or empty, not '{field}'");
}
