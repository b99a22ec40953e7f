using Purser.Routing.Evidence;

namespace Purser.Routing.Learning;

/// <summary>What was expected of one model on each held-out row, and what came: as a model file keeps held-out rows.</summary>
/// <param name="Model">The model.</param>
/// <param name="Expected">The expected probabilities; not a number where the row wasn't familiar.</param>
/// <param name="Scores">The outcomes.</param>
internal readonly record struct HeldOutColumn(string Model, float[] Expected, float[] Scores)
{
    /// <summary>The rows of columns.</summary>
    public static IReadOnlyList<HeldOutRow> Rows(TaskClass[] classes, IReadOnlyList<HeldOutColumn> columns) =>
        [
            .. classes.Select(
                (kind, row) =>
                    new HeldOutRow(
                        kind,
                        [.. columns.Select(column => new HeldOutScore(column.Model, column.Expected[row], column.Scores[row]))]
                    )
            ),
        ];

    /// <summary>The columns of rows, which all have the same models.</summary>
    public static IReadOnlyList<HeldOutColumn> Of(IReadOnlyList<HeldOutRow> rows) =>
        [
            .. rows[0]
                .Scores.Select(
                    (score, at) =>
                        new HeldOutColumn(
                            score.Model,
                            [.. rows.Select(row => (float)row.Scores[at].Expected)],
                            [.. rows.Select(row => (float)row.Scores[at].Score)]
                        )
                ),
        ];
}
