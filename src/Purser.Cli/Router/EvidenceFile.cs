using System.Globalization;
using nietras.SeparatedValues;
using Purser.Routing.Evidence;

namespace Purser.Cli.Router;

/// <summary>Reads held-out outcomes of two models, with what a predictor said of them.</summary>
/// <param name="Strong">The reference: its grades are in the column <c>NAME_score</c>.</param>
/// <param name="Weak">The cheaper model.</param>
/// <param name="Score">The column with what the predictor expected of the cheaper model; an empty field where it didn't know.</param>
/// <param name="Class">The column with the class.</param>
internal sealed record EvidenceFile(string Strong, string Weak, string Score, string Class)
{
    private const string What = "The file is CSV with a header: NAME_score of both models, the score's column and the class's.";

    /// <summary>Reads a file whole. A row in which either model has no grade is passed over.</summary>
    /// <param name="file">CSV in UTF-8.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <returns>The classes in the order of their names.</returns>
    /// <exception cref="CliException">It lacks a column, or a field isn't what it should be.</exception>
    public IReadOnlyList<ClassEvidence> Read(Stream file, string name)
    {
        var classes = new SortedDictionary<string, List<EvidenceRow>>(StringComparer.Ordinal);
        try
        {
            using var table = Sep.New(',').Reader(options => options with { Unescape = true }).From(file);
            foreach (var column in new[] { $"{Strong}_score", $"{Weak}_score", Score, Class })
            {
                if (!table.HasHeader || !table.Header.ColNames.Contains(column))
                {
                    throw CliException.Usage($"{name} has no column '{column}'", What);
                }
            }

            foreach (var row in table)
            {
                var where = $"{name}, line {row.LineNumberFrom}";
                if (Grade(row, $"{Strong}_score", where) is { } reference && Grade(row, $"{Weak}_score", where) is { } cheaper)
                {
                    var kind = row[Class].ToString();
                    if (!classes.TryGetValue(kind, out var rows))
                    {
                        classes[kind] = rows = [];
                    }

                    rows.Add(new EvidenceRow(Number(row, Score, where), cheaper < reference ? 1 : 0));
                }
            }
        }
        catch (Exception wrong) when (wrong is ArgumentException or InvalidDataException or NotSupportedException)
        {
            throw CliException.Usage($"{name} is no table of comma-separated values: {wrong.Message}", What);
        }

        return [.. classes.Select(pair => new ClassEvidence(pair.Key, pair.Value))];
    }

    private static double? Grade(SepReader.Row row, string column, string where) =>
        Number(row, column, where) is not { } grade ? null
        : grade is >= 0 and <= 1 ? grade
        : throw CliException.Usage($"{where}: a grade in '{column}' is from 0 to 1, not {row[column].ToString()}");

    private static double? Number(SepReader.Row row, string column, string where)
    {
        var field = row[column].Span;
        return field.IsEmpty ? null
            : double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : throw CliException.Usage($"{where}: '{column}' is a number or empty, not '{field}'");
    }
}
