using Purser.Routing.Evidence;

namespace Purser.Routing.Learning;

/// <summary>What was expected of one model on each held-out row, and what came: as a model file keeps held-out rows.</summary>
/// <param name="Model">The model.</param>
/// <param name="Expected">The expected probabilities; not a number where the row wasn't familiar.</param>
/// <param name="Scores">The outcomes; not a number where they aren't known.</param>
internal readonly record struct HeldOutColumn(string Model, float[] Expected, float[] Scores)
{
    /// <summary>The rows of columns; each has the models whose outcome is known.</summary>
    public static IReadOnlyList<HeldOutRow> Rows(TaskClass[] classes, IReadOnlyList<HeldOutColumn> columns) =>
        [
            .. classes.Select(
                (kind, row) =>
                    new HeldOutRow(
                        kind,
                        [
                            .. columns
                                .Where(column => !float.IsNaN(column.Scores[row]))
                                .Select(column => new HeldOutScore(column.Model, column.Expected[row], column.Scores[row])),
                        ]
                    )
            ),
        ];

    /// <summary>The columns of rows.</summary>
    /// <param name="models">The models.</param>
    /// <param name="rows">The rows.</param>
    public static IReadOnlyList<HeldOutColumn> Of(IEnumerable<string> models, IReadOnlyList<HeldOutRow> rows)
    {
        var columns = models.ToDictionary(model => model, model => new HeldOutColumn(model, Unknown(rows.Count), Unknown(rows.Count)));
        for (var row = 0; row < rows.Count; row++)
        {
            foreach (var score in rows[row].Scores)
            {
                columns[score.Model].Expected[row] = (float)score.Expected;
                columns[score.Model].Scores[row] = (float)score.Score;
            }
        }

        return [.. columns.Values];
    }

    private static float[] Unknown(int rows)
    {
        var unknown = new float[rows];
        Array.Fill(unknown, float.NaN);
        return unknown;
    }
}
