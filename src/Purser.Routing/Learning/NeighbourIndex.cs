namespace Purser.Routing.Learning;

/// <summary>A training prompt that is like the one asked about.</summary>
/// <param name="Row">Its row in the training set.</param>
/// <param name="Likeness">The cosine of the two, from 0 to 1.</param>
internal readonly record struct Neighbour(int Row, float Likeness);

/// <summary>Finds the training prompts that are most like a prompt, by an inverted index over their terms. Immutable.</summary>
internal sealed class NeighbourIndex
{
    private readonly int[] _starts;
    private readonly int[] _rows;
    private readonly float[] _weights;
    private readonly int _count;

    /// <summary>Indexes training rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="terms">How many terms their space has.</param>
    public NeighbourIndex(IReadOnlyList<SparseRow> rows, int terms)
    {
        _count = rows.Count;
        _starts = new int[terms + 1];
        foreach (var row in rows)
        {
            foreach (var term in row.Terms)
            {
                _starts[term + 1]++;
            }
        }

        for (var term = 0; term < terms; term++)
        {
            _starts[term + 1] += _starts[term];
        }

        var next = _starts.AsSpan(0, terms).ToArray();
        _rows = new int[_starts[terms]];
        _weights = new float[_rows.Length];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var at = 0; at < rows[row].Terms.Length; at++)
            {
                var place = next[rows[row].Terms[at]]++;
                _rows[place] = row;
                _weights[place] = rows[row].Weights[at];
            }
        }
    }

    /// <summary>The nearest rows, the nearest first; equally near ones in the order of the rows.</summary>
    /// <param name="prompt">The prompt's row.</param>
    /// <param name="most">How many to find at most.</param>
    /// <param name="without">Is a row left out? Null leaves none out.</param>
    public Neighbour[] Nearest(SparseRow prompt, int most, bool[]? without = null)
    {
        var likeness = new float[_count];
        for (var at = 0; at < prompt.Terms.Length; at++)
        {
            var term = prompt.Terms[at];
            var weight = prompt.Weights[at];
            for (var place = _starts[term]; place < _starts[term + 1]; place++)
            {
                likeness[_rows[place]] += weight * _weights[place];
            }
        }

        var heap = new PriorityQueue<int, (float, int)>();
        for (var row = 0; row < _count; row++)
        {
            if (without is not null && without[row])
            {
                continue;
            }

            if (heap.Count < most)
            {
                heap.Enqueue(row, (likeness[row], -row));
            }
            else
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
