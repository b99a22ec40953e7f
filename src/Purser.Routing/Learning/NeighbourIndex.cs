namespace Purser.Routing.Learning;

/// <summary>A training prompt that is like the one asked about.</summary>
/// <param name="Row">Its row in the training set.</param>
/// <param name="Likeness">The cosine of the two, from 0 to 1.</param>
internal readonly record struct Neighbour(int Row, float Likeness);

/// <summary>
/// Finds the training prompts that are most like a prompt, by an inverted index over their terms; weights are as precise as a model file keeps them.
/// Immutable.
/// </summary>
internal sealed class NeighbourIndex
{
    private readonly int[] starts;
    private readonly int[] rows;
    private readonly float[] weights;
    private readonly int count;

    private NeighbourIndex(int count, int[] starts, int[] rows, float[] weights)
    {
        this.count = count;
        this.starts = starts;
        this.rows = rows;
        this.weights = weights;
    }

    /// <summary>Indexes training rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="terms">How many terms their space has.</param>
    public NeighbourIndex(IReadOnlyList<SparseRow> rows, int terms)
        : this(rows, terms, _ => true) { }

    /// <summary>Indexes training rows by some of their terms.</summary>
    public NeighbourIndex(IReadOnlyList<SparseRow> rows, int terms, Func<int, bool> isIndexed)
    {
        count = rows.Count;
        starts = new int[terms + 1];
        foreach (var row in rows)
        {
            foreach (var term in row.Terms)
            {
                starts[term + 1] += isIndexed(term) ? 1 : 0;
            }
        }

        for (var term = 0; term < terms; term++)
        {
            starts[term + 1] += starts[term];
        }

        var next = starts.AsSpan(0, terms).ToArray();
        this.rows = new int[starts[terms]];
        weights = new float[this.rows.Length];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var at = 0; at < rows[row].Terms.Length; at++)
            {
                if (isIndexed(rows[row].Terms[at]))
                {
                    var place = next[rows[row].Terms[at]]++;
                    this.rows[place] = row;
                    weights[place] = (float)(Half)rows[row].Weights[at];
                }
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static NeighbourIndex Read(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        var starts = Numbers.ReadInts(reader);
        var rows = new int[starts[^1]];
        for (var term = 0; term + 1 < starts.Length; term++)
        {
            for (int place = starts[term], row = 0; place < starts[term + 1]; place++)
            {
                row += reader.Read7BitEncodedInt();
                rows[place] = row < count ? row : throw new InvalidDataException("a row is out of range");
            }
        }

        return new NeighbourIndex(count, starts, rows, Numbers.ReadHalves(reader));
    }

    /// <summary>Writes the index.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(count);
        Numbers.Write(writer, starts);
        for (var term = 0; term + 1 < starts.Length; term++)
        {
            for (int place = starts[term], row = 0; place < starts[term + 1]; place++)
            {
                writer.Write7BitEncodedInt(rows[place] - row);
                row = rows[place];
            }
        }

        Numbers.WriteHalves(writer, weights);
    }

    /// <summary>The nearest rows, the nearest first; equally near ones in the order of the rows.</summary>
    /// <param name="prompt">The prompt's row.</param>
    /// <param name="most">How many to find at most.</param>
    /// <param name="without">Is a row left out? Null leaves none out.</param>
    public Neighbour[] Nearest(SparseRow prompt, int most, bool[]? without = null)
    {
        var likeness = new float[count];
        for (var at = 0; at < prompt.Terms.Length; at++)
        {
            var term = prompt.Terms[at];
            var weight = prompt.Weights[at];
            for (var place = starts[term]; place < starts[term + 1]; place++)
            {
                likeness[this.rows[place]] += weight * weights[place];
            }
        }

        // The least of the nearest comes first: a row that isn't nearer than it needs no look at the rest.
        var heap = new PriorityQueue<int, (float, int)>(most + 1);
        for (var row = 0; row < count; row++)
        {
            if (without is not null && without[row])
            {
                continue;
            }

            if (heap.Count < most)
            {
                heap.Enqueue(row, (likeness[row], -row));
            }
            else if (likeness[row] > likeness[heap.Peek()])
            {
                heap.EnqueueDequeue(row, (likeness[row], -row));
            }
        }

        var nearest = new Neighbour[heap.Count];
        for (var at = nearest.Length - 1; at >= 0; at--)
        {
            var row = heap.Dequeue();
            nearest[at] = new Neighbour(row, likeness[row]);
        }

        return nearest;
    }
}
