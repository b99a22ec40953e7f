namespace Purser.Routing.Learning;

/// <summary>How boosted trees are grown.</summary>
/// <param name="Trees">How many.</param>
/// <param name="Depth">How many questions a tree asks of a row.</param>
/// <param name="Rate">How much of each tree's correction is taken.</param>
/// <param name="Smallest">How many rows a leaf has at least.</param>
/// <param name="Rows">The share of the rows that each tree sees.</param>
/// <param name="Columns">The share of the columns that each tree sees.</param>
/// <param name="Penalty">Rows of no effect that each leaf has besides its own.</param>
internal sealed record Growth(int Trees, int Depth, float Rate, int Smallest, float Rows, float Columns, float Penalty);

/// <summary>Trees that each correct those before them (gradient boosting of squared error, on binned columns). Immutable.</summary>
internal sealed class BoostedTrees
{
    private const int Bins = 32;

    private readonly float[][] edges;
    private readonly List<Node[]> trees;

    private BoostedTrees(float[][] edges, List<Node[]> trees)
    {
        this.edges = edges;
        this.trees = trees;
    }

    private readonly record struct Node(short Column, byte Bin, float Value);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static BoostedTrees Read(BinaryReader reader)
    {
        var edges = Numbers.ReadRows(reader);
        var trees = new List<Node[]>();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var nodes = new Node[reader.ReadInt32()];
            for (var at = 0; at < nodes.Length; at++)
            {
                nodes[at] = new Node(reader.ReadInt16(), reader.ReadByte(), reader.ReadSingle());
            }

            trees.Add(nodes);
        }

        return new BoostedTrees(edges, trees);
    }

    /// <summary>Writes the trees.</summary>
    public void Write(BinaryWriter writer)
    {
        Numbers.Write(writer, edges);
        writer.Write(this.trees.Count);
        foreach (var nodes in this.trees)
        {
            writer.Write(nodes.Length);
            foreach (var node in nodes)
            {
                writer.Write(node.Column);
                writer.Write(node.Bin);
                writer.Write(node.Value);
            }
        }
    }

    /// <summary>Grows trees for a target whose mean has been taken away.</summary>
    /// <param name="rows">The training rows, all of one width.</param>
    /// <param name="target">A target for each row.</param>
    /// <param name="growth">How.</param>
    /// <param name="seed">Chooses the rows and columns of each tree.</param>
    public static BoostedTrees Fit(float[][] rows, float[] target, Growth growth, int seed)
    {
        var width = rows[0].Length;
        var edges = new float[width][];
        var binned = new byte[width][];
        for (var column = 0; column < width; column++)
        {
            edges[column] = Edges(Array.ConvertAll(rows, row => row[column]));
            binned[column] = Array.ConvertAll(rows, row => Bin(edges[column], row[column]));
        }

        var forest = new BoostedTrees(edges, []);
        var residual = target.AsSpan().ToArray();
        var random = new Random(seed);
        for (var tree = 0; tree < growth.Trees; tree++)
        {
            var grown = new Grower(binned, residual, growth, random).Grow();
            forest.trees.Add(grown);
            for (var row = 0; row < residual.Length; row++)
            {
                residual[row] -= Leaf(grown, binned, row);
            }
        }

        return forest;
    }

    /// <summary>What the target is expected to be, above its mean.</summary>
    public float Predict(float[] row)
    {
        Span<byte> bins = stackalloc byte[edges.Length];
        for (var column = 0; column < bins.Length; column++)
        {
            bins[column] = Bin(edges[column], row[column]);
        }

        var sum = 0f;
        foreach (var tree in trees)
        {
            var at = 0;
            while (tree[at].Column >= 0)
            {
                at = (2 * at) + (bins[tree[at].Column] <= tree[at].Bin ? 1 : 2);
            }

            sum += tree[at].Value;
        }

        return sum;
    }

    private static float Leaf(Node[] tree, byte[][] binned, int row)
    {
        var at = 0;
        while (tree[at].Column >= 0)
        {
            at = (2 * at) + (binned[tree[at].Column][row] <= tree[at].Bin ? 1 : 2);
        }

        return tree[at].Value;
    }

    private static float[] Edges(float[] values)
    {
        Array.Sort(values);
        var edges = new List<float>();
        for (var bin = 1; bin < Bins; bin++)
        {
            var edge = values[(int)((long)bin * values.Length / Bins)];
            if (edge > values[0] && (edges.Count == 0 || edge > edges[^1]))
            {
                edges.Add(edge);
            }
        }

        return [.. edges];
    }

    private static byte Bin(float[] edges, float value)
    {
        int low = 0,
            high = edges.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = value >= edges[middle] ? (middle + 1, high) : (low, middle);
        }

        return (byte)low;
    }

    /// <summary>Grows one tree; node n has the children 2n+1 and 2n+2.</summary>
    private sealed class Grower
    {
        private readonly byte[][] binned;
        private readonly float[] residual;
        private readonly Growth growth;
        private readonly int[] columns;
        private readonly int[] rows;
        private readonly Node[] nodes;

        public Grower(byte[][] binned, float[] residual, Growth growth, Random random)
        {
            this.binned = binned;
            this.residual = residual;
            this.growth = growth;
            columns = Sample(binned.Length, growth.Columns, random);
            rows = Sample(residual.Length, growth.Rows, random);
            nodes = new Node[(2 << growth.Depth) - 1];
        }

        public Node[] Grow()
        {
            Split(0, rows, growth.Depth);
            return nodes;
        }

        private static int[] Sample(int count, float share, Random random)
        {
            var chosen = Enumerable.Range(0, count).Where(_ => random.NextDouble() < share).ToArray();
            return chosen.Length > 0 ? chosen : [random.Next(count)];
        }

        private void Split(int node, int[] rows, int depth)
        {
            double sum = 0;
            foreach (var row in rows)
            {
                sum += residual[row];
            }

            var best = depth > 0 && rows.Length >= 2 * growth.Smallest ? Best(rows, sum) : (Column: -1, Bin: 0);
            if (best.Column < 0)
            {
                nodes[node] = new Node(-1, 0, (float)(growth.Rate * sum / (rows.Length + growth.Penalty)));
                return;
            }

            nodes[node] = new Node((short)best.Column, (byte)best.Bin, 0);
            var bins = binned[best.Column];
            Split((2 * node) + 1, Array.FindAll(rows, row => bins[row] <= best.Bin), depth - 1);
            Split((2 * node) + 2, Array.FindAll(rows, row => bins[row] > best.Bin), depth - 1);
        }

        private (int Column, int Bin) Best(int[] rows, double sum)
        {
            var best = (Column: -1, Bin: 0);
            var most = Gain(sum, rows.Length) + 1e-9;
            Span<double> sums = stackalloc double[Bins];
            Span<int> counts = stackalloc int[Bins];
            foreach (var column in columns)
            {
                sums.Clear();
                counts.Clear();
                var bins = binned[column];
                foreach (var row in rows)
                {
                    var bin = bins[row];
                    sums[bin] += residual[row];
                    counts[bin]++;
                }

                double left = 0;
                var size = 0;
                for (var bin = 0; bin < Bins - 1; bin++)
                {
                    left += sums[bin];
                    size += counts[bin];
                    if (size < growth.Smallest || rows.Length - size < growth.Smallest || counts[bin] == 0)
                    {
                        continue;
                    }

                    var gain = Gain(left, size) + Gain(sum - left, rows.Length - size);
                    if (gain > most)
                    {
                        most = gain;
                        best = (column, bin);
                    }
                }
            }

            return best;
        }

        private double Gain(double sum, int count) => sum * sum / (count + growth.Penalty);
    }
}
