using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>
/// The topics of the training prompts, found without labels: the leading singular vectors of their rows (latent semantic analysis),
/// by subspace iteration from seeded directions.
/// </summary>
internal sealed class LatentTopics
{
    private const int Iterations = 5;

    /// <summary>The weight of each term in each topic; term by term.</summary>
    public float[] Weights { get; }

    /// <summary>How many topics there are.</summary>
    public int Count { get; }

    /// <summary>Restores topics.</summary>
    public LatentTopics(float[] weights, int count)
    {
        Weights = weights;
        Count = count;
    }

    /// <summary>Finds the topics of rows.</summary>
    public static LatentTopics Learn(IReadOnlyList<SparseRow> rows, int terms, int count, int seed)
    {
        count = Math.Min(count, Math.Max(1, Math.Min(terms, rows.Count) / 4));
        var random = new Random(seed);
        var found = new LatentTopics(new float[terms * count], count);
        for (var at = 0; at < found.Weights.Length; at++)
        {
            found.Weights[at] = (float)(random.NextDouble() - 0.5);
        }

        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Orthonormalize(found.Weights, terms, count);
            var next = new float[terms * count];
            foreach (var row in rows)
            {
                var place = found.Place(row);
                for (var at = 0; at < row.Terms.Length; at++)
                {
                    var onto = next.AsSpan(row.Terms[at] * count, count);
                    TensorPrimitives.MultiplyAdd(place, row.Weights[at], onto, onto);
                }
            }

            next.CopyTo(found.Weights, 0);
        }

        Orthonormalize(found.Weights, terms, count);

        // As precise as a model file keeps them: what is trained on is what is asked later.
        for (var at = 0; at < found.Weights.Length; at++)
        {
            found.Weights[at] = (float)(Half)found.Weights[at];
        }

        return found;
    }

    /// <summary>Where a row stands among the topics.</summary>
    public float[] Place(SparseRow row)
    {
        var place = new float[Count];
        for (var at = 0; at < row.Terms.Length; at++)
        {
            TensorPrimitives.MultiplyAdd(Weights.AsSpan(row.Terms[at] * Count, Count), row.Weights[at], place, place);
        }

        return place;
    }

    /// <summary>Gram and Schmidt, twice for the rounding.</summary>
    private static void Orthonormalize(float[] weights, int terms, int count)
    {
        var columns = new float[count][];
        for (var topic = 0; topic < count; topic++)
        {
            var column = columns[topic] = new float[terms];
            for (var term = 0; term < terms; term++)
            {
                column[term] = weights[(term * count) + topic];
            }

            for (var pass = 0; pass < 2; pass++)
            {
                for (var before = 0; before < topic; before++)
                {
                    var shared = TensorPrimitives.Dot<float>(column, columns[before]);
                    TensorPrimitives.MultiplyAdd(columns[before], -shared, column, column);
                }
            }

            var length = TensorPrimitives.Norm<float>(column);
            TensorPrimitives.Multiply(column, length > 1e-12f ? 1 / length : 0, column);
            for (var term = 0; term < terms; term++)
            {
                weights[(term * count) + topic] = column[term];
            }
        }
    }
}
