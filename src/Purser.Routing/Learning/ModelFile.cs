using System.IO.Compression;
using System.Security.Cryptography;
using Purser.Routing.Evidence;
using Purser.Routing.Understanding;

namespace Purser.Routing.Learning;

/// <summary>
/// The bytes of what was learned: a mark, the format's and the features' generation, the SHA-256 of what follows, and that, compressed.
/// A file that was altered isn't read.
/// </summary>
public static class ModelFile
{
    private const int Format = 2;
    private const int HashAt = 16;

    // Numbers are packed many at a time: one by one they'd take more room than they are.
    private const int Block = 1 << 16;
    private const int BodyAt = HashAt + 32;

    private static ReadOnlySpan<byte> Mark => "PURSROUT"u8;

    /// <summary>Writes what was learned.</summary>
    public static byte[] Write(LearnedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var predictor = model.Predictor;
        using var body = new MemoryStream();
        using (var packed = new BrotliStream(body, CompressionLevel.Optimal, leaveOpen: true))
        using (var whole = new BufferedStream(packed, Block))
        using (var writer = new BinaryWriter(whole))
        {
            WriteSurroundings(writer, predictor.Surroundings);
            Numbers.Write(writer, predictor.Familiarity.Floors);
            writer.Write(predictor.Models.Count());
            foreach (var name in predictor.Models)
            {
                writer.Write(name);
                WriteExperts(writer, predictor[name]);
            }

            WriteHeldOut(writer, predictor.Models, model.HeldOut);
        }

        var file = new byte[BodyAt + body.Length];
        Mark.CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(8), Format);
        BitConverter.TryWriteBytes(file.AsSpan(12), RequestReader.Generation);
        body.GetBuffer().AsSpan(0, (int)body.Length).CopyTo(file.AsSpan(BodyAt));
        SHA256.HashData(file.AsSpan(BodyAt), file.AsSpan(HashAt, 32));
        return file;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It isn't a model file, is of another generation, or was altered; the message says which.</exception>
    public static LearnedModel Read(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Length < BodyAt || !file.AsSpan(0, 8).SequenceEqual(Mark))
        {
            throw new InvalidDataException("not a router model");
        }

        if (BitConverter.ToInt32(file, 8) != Format || BitConverter.ToInt32(file, 12) != RequestReader.Generation)
        {
            throw new InvalidDataException("a router model of another version of purser: train it again");
        }

        var hash = file.AsSpan(HashAt, 32);
        if (!SHA256.HashData(file.AsSpan(BodyAt)).AsSpan().SequenceEqual(hash))
        {
            throw new InvalidDataException("the router model was altered: its hash isn't that of its content");
        }

        using var packed = new BrotliStream(new MemoryStream(file, BodyAt, file.Length - BodyAt), CompressionMode.Decompress);
        using var reader = new BinaryReader(new BufferedStream(packed, Block));
        var surroundings = ReadSurroundings(reader);
        var familiarity = new Familiarity(Numbers.ReadFloats(reader));
        var models = new Dictionary<string, Experts>(StringComparer.Ordinal);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            models.Add(reader.ReadString(), ReadExperts(reader));
        }

        var predictor = new LearnedPredictor(Convert.ToHexStringLower(hash), surroundings, familiarity, models);
        return new LearnedModel(predictor, ReadHeldOut(reader));
    }

    private static void WriteSurroundings(BinaryWriter writer, Surroundings surroundings)
    {
        var space = surroundings.Space;
        Numbers.Write(writer, space.Terms.Places);
        Numbers.Write(writer, [.. space.Terms.Rarity]);
        space.Topics.Write(writer);
        Numbers.Write(writer, space.Form.Means);
        Numbers.Write(writer, space.Form.Scales);
        writer.Write(surroundings.Kernels.Length);
        foreach (var kernel in surroundings.Kernels)
        {
            Numbers.Write(writer, kernel.Landmarks);
            writer.Write(kernel.Narrowness);
        }

        surroundings.Index.Write(writer);
    }

    private static Surroundings ReadSurroundings(BinaryReader reader)
    {
        var space = new PromptSpace(
            new TermSpace(Numbers.ReadInts(reader), Numbers.ReadFloats(reader)),
            LatentTopics.Read(reader),
            new Standard(Numbers.ReadFloats(reader), Numbers.ReadFloats(reader))
        );
        var kernels = new LandmarkKernel[reader.ReadInt32()];
        for (var at = 0; at < kernels.Length; at++)
        {
            kernels[at] = new LandmarkKernel(Numbers.ReadRows(reader), reader.ReadSingle());
        }

        return new Surroundings(space, kernels, NeighbourIndex.Read(reader));
    }

    private static void WriteHeldOut(BinaryWriter writer, IEnumerable<string> models, IReadOnlyList<HeldOutRow> rows)
    {
        writer.Write(rows.Count);
        writer.Write([.. rows.Select(row => (byte)row.Class)]);
        var columns = HeldOutColumn.Of(models, rows);
        writer.Write(columns.Count);
        foreach (var (name, expected, scores) in columns)
        {
            writer.Write(name);
            Numbers.Write(writer, expected);
            Numbers.Write(writer, scores);
        }
    }

    private static IReadOnlyList<HeldOutRow> ReadHeldOut(BinaryReader reader)
    {
        TaskClass[] classes = [.. reader.ReadBytes(reader.ReadInt32()).Select(kind => (TaskClass)kind)];
        var columns = new HeldOutColumn[reader.ReadInt32()];
        for (var at = 0; at < columns.Length; at++)
        {
            columns[at] = new HeldOutColumn(reader.ReadString(), Numbers.ReadFloats(reader), Numbers.ReadFloats(reader));
        }

        return HeldOutColumn.Rows(classes, columns);
    }

    private static void WriteExperts(BinaryWriter writer, Experts experts)
    {
        writer.Write(experts.Mean);
        Numbers.WriteHalves(writer, experts.Linear);
        Numbers.Write(writer, experts.Kernels);
        writer.Write(experts.Trees.Length);
        foreach (var (trees, columns, belief) in experts.Trees)
        {
            writer.Write(columns);
            writer.Write(belief);
            trees.Write(writer);
        }

        Numbers.Write(writer, experts.Neighbours.Targets);
        Numbers.Write(writer, experts.Neighbours.Belief);
        writer.Write(experts.Calibration.Slope);
        writer.Write(experts.Calibration.Offset);
        writer.Write(experts.Spread);
    }

    private static Experts ReadExperts(BinaryReader reader)
    {
        var mean = reader.ReadSingle();
        var linear = Numbers.ReadHalves(reader);
        var kernels = Numbers.ReadRows(reader);
        var trees = new BelievedTrees[reader.ReadInt32()];
        for (var at = 0; at < trees.Length; at++)
        {
            var (columns, belief) = (reader.ReadInt32(), reader.ReadSingle());
            trees[at] = new BelievedTrees(BoostedTrees.Read(reader), columns, belief);
        }

        var neighbours = new BelievedNeighbours(Numbers.ReadFloats(reader), Numbers.ReadFloats(reader));
        var calibration = new PlattScale(reader.ReadDouble(), reader.ReadDouble());
        return new Experts(mean, linear, kernels, trees, neighbours, calibration, reader.ReadSingle());
    }
}
