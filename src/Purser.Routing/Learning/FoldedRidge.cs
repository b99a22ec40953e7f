using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>
/// Ridge regression on dense rows that also says, for each training row, what it would have said without that row's fold:
/// each fold's sums are made once and taken away.
/// </summary>
internal sealed class FoldedRidge
{
    private readonly float[][] rows;
    private readonly int[] folds;
    private readonly double[][][] squares;
    private readonly int width;

    /// <summary>Takes in the training rows.</summary>
    /// <param name="rows">The rows, all of one width.</param>
    /// <param name="folds">The fold of each row.</param>
    /// <param name="count">How many folds there are.</param>
    public FoldedRidge(float[][] rows, int[] folds, int count)
    {
        this.rows = rows;
        this.folds = folds;
        this.width = rows[0].Length;
        squares = new double[count][][];
        for (var fold = 0; fold < count; fold++)
        {
            squares[fold] = Squares(rows.Where((_, row) => folds[row] == fold).ToArray());
        }
    }

    /// <summary>Fits targets whose mean has been taken away.</summary>
    /// <param name="targets">For each target its value at each row.</param>
    /// <param name="prior">The shape of the penalty, a positive matrix; null is the same for each weight.</param>
    /// <param name="penalty">How strongly it holds weights down, besides the rows.</param>
    /// <returns>For each target its weights, and what is said of each row without its fold.</returns>
    public (float[][] Weights, float[][] Unseen) Fit(float[][] targets, double[][]? prior, double penalty)
    {
        var unseen = Array.ConvertAll(targets, _ => new float[this.rows.Length]);
        for (var fold = 0; fold < squares.Length; fold++)
        {
            var weights = Solve(targets, prior, penalty, fold);
            for (var row = 0; row < this.rows.Length; row++)
            {
                for (var target = 0; folds[row] == fold && target < targets.Length; target++)
                {
                    unseen[target][row] = TensorPrimitives.Dot<float>(this.rows[row], weights[target]);
                }
            }
        }

        return (Solve(targets, prior, penalty, -1), unseen);
    }

    private float[][] Solve(float[][] targets, double[][]? prior, double penalty, int without)
    {
        var matrix = new double[width][];
        for (var at = 0; at < width; at++)
        {
            matrix[at] = new double[at + 1];
            for (var fold = 0; fold < squares.Length; fold++)
            {
                if (fold != without)
                {
                    TensorPrimitives.Add(matrix[at], squares[fold][at], matrix[at]);
                }
            }

            for (var other = 0; prior is not null && other <= at; other++)
            {
                matrix[at][other] += penalty * prior[at][other];
            }

            matrix[at][at] += prior is null ? penalty : (1e-6 * matrix[at][at]) + 1e-9;
        }

        Factor(matrix);
        return Array.ConvertAll(targets, target => Back(matrix, Products(target, without)));
    }

    private double[] Products(float[] target, int without)
    {
        var products = new double[width];
        for (var row = 0; row < rows.Length; row++)
        {
            for (var at = 0; folds[row] != without && at < width; at++)
            {
                products[at] += (double)target[row] * rows[row][at];
            }
        }

        return products;
    }

    private double[][] Squares(float[][] rows)
    {
        var columns = new float[width][];
        for (var at = 0; at < width; at++)
        {
            columns[at] = Array.ConvertAll(rows, row => row[at]);
        }

        var squares = new double[width][];
        for (var at = 0; at < width; at++)
        {
            squares[at] = new double[at + 1];
            for (var other = 0; other <= at; other++)
            {
                squares[at][other] = TensorPrimitives.Dot<float>(columns[at], columns[other]);
            }
        }

        return squares;
    }

    /// <summary>Cholesky's lower triangle, in place; a pivot that rounding took below nought is a column that adds nothing.</summary>
    private static void Factor(double[][] matrix)
    {
        for (var at = 0; at < matrix.Length; at++)
        {
            var row = matrix[at];
            var least = Math.Max(1e-12, row[at] * 1e-10);
            for (var other = 0; other < at; other++)
            {
                var shared = TensorPrimitives.Dot<double>(row.AsSpan(0, other), matrix[other].AsSpan(0, other));
                row[other] = (row[other] - shared) / matrix[other][other];
            }

            row[at] = Math.Sqrt(Math.Max(least, row[at] - TensorPrimitives.Dot<double>(row.AsSpan(0, at), row.AsSpan(0, at))));
        }
    }

    private static float[] Back(double[][] lower, double[] right)
    {
        for (var at = 0; at < right.Length; at++)
        {
            right[at] = (right[at] - TensorPrimitives.Dot<double>(lower[at].AsSpan(0, at), right.AsSpan(0, at))) / lower[at][at];
        }

        for (var at = right.Length - 1; at >= 0; at--)
        {
            right[at] /= lower[at][at];
            for (var other = 0; other < at; other++)
            {
                right[other] -= lower[at][other] * right[at];
            }
        }

        return Array.ConvertAll(right, value => (float)value);
    }
}
