using System.Numerics.Tensors;

namespace Purser.Routing.Learning;

/// <summary>
/// The topics of the training prompts, found without labels: the leading singular vectors of their rows (latent semantic analysis),
/// by subspace iteration from seeded directions. Their weights are bytes, as a model file keeps them: what is trained on is what is asked later.
/// </summary>
internal sealed class LatentTopics
{
    private const int Iterations = 5;
    private const float Steps = 127;

    // How many prompts must have a term: one for each so many rows, up to the most.
    private const int RowsEach = 500;
    private const int MostAsked = 5;

    /// <summary>The weight of each term in each topic; term by term.</summary>
    public float[] Weights { get; }

    /// <summary>How many topics there are.</summary>
    public int Count { get; }

    private LatentTopics(float[] weights, int count)
    {
        Weights = weights;
        Count = count;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static LatentTopics Read(BinaryReader reader)
    {
        var largest = Numbers.ReadFloats(reader);
        var steps = reader.ReadBytes(reader.ReadInt32());
        var weights = new float[steps.Length];
        for (var at = 0; at < weights.Length; at++)
        {
            weights[at] = Weight((sbyte)steps[at], largest[at % largest.Length]);
        }

        return new LatentTopics(weights, largest.Length);
    }

    /// <summary>Writes the topics.</summary>
    public void Write(BinaryWriter writer)
    {
        var largest = Largest();
        Numbers.Write(writer, largest);
        writer.Write(Weights.Length);
        for (var at = 0; at < Weights.Length; at++)
        {
            writer.Write(Step(Weights[at], largest[at % Count]));
        }
    }

    /// <summary>Finds the topics of rows.</summary>
    public static LatentTopics Learn(IReadOnlyList<SparseRow> rows, int terms, int count, int seed)
    {
        count = Math.Min(count, Math.Max(1, Math.Min(terms, rows.Count) / 4));
        var random = new Random(seed);
        var found = new LatentTopics(new float[terms * count], count);
        var isFrequent = Frequent(rows, terms);
        for (var at = 0; at < found.Weights.Length; at++)
        {
            found.Weights[at] = (float)(random.NextDouble() - 0.5) * (isFrequent[at / count] ? 1 : 0);
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
                    if (!isFrequent[row.Terms[at]])
                    {
                        continue;
                    }

                    var onto = next.AsSpan(row.Terms[at] * count, count);
                    TensorPrimitives.MultiplyAdd(place, row.Weights[at], onto, onto);
                }
            }

            next.CopyTo(found.Weights, 0);
        }

        Orthonormalize(found.Weights, terms, count);

        found.Round();
        return found;
    }

    // Small weights are told apart more finely than large ones.
    private static sbyte Step(float weight, float largest) =>
        largest > 0 ? (sbyte)(MathF.Sign(weight) * MathF.Round(Steps * MathF.Sqrt(MathF.Abs(weight) / largest))) : (sbyte)0;

    private static float Weight(sbyte step, float largest) => largest * (step * Math.Abs((int)step) / (Steps * Steps));

    private float[] Largest()
    {
        var largest = new float[Count];
        for (var at = 0; at < Weights.Length; at++)
        {
            largest[at % Count] = Math.Max(largest[at % Count], MathF.Abs(Weights[at]));
        }

        return largest;
    }

    private void Round()
    {
        var largest = Largest();
        for (var at = 0; at < Weights.Length; at++)
        {
            Weights[at] = Weight(Step(Weights[at], largest[at % Count]), largest[at % Count]);
        }
    }

    /// <summary>Which terms say something of topics: among many prompts the rarest ones don't, and would be most of a model file.</summary>
    private static bool[] Frequent(IReadOnlyList<SparseRow> rows, int terms)
    {
        var seen = new int[terms];
        foreach (var row in rows)
        {
            foreach (var term in row.Terms)
            {
                seen[term]++;
            }
        }

        var least = Math.Clamp(rows.Count / RowsEach, 1, MostAsked);
        return Array.ConvertAll(seen, count => count >= least);
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
